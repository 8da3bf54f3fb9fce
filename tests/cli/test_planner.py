"""`tongxin planner solve` and `check`: the slow tests as a real process without data folder and database."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run
from tongxin.engines.planner import CompoundDay, Problem, compound_day, validate
from tongxin.engines.planner.formats import read_result, write_problem
from tongxin.engines.planner.hhcrsp import check_routes, read_instance, read_routes
from tongxin.engines.planner.tests.test_hhcrsp import crowd, tiny
from tongxin.engines.planner.tests.test_vrptw import GOOD, SECTIONS, TABLE
from tongxin.engines.planner.vrptw import write_answer

TOY = Path(__file__).resolve().parents[3] / "shared" / "data" / "hhcrsp" / "toy.json"


def command(folder: Path, *arguments: object, lang: str = "en") -> tuple[list[str], dict[str, str]]:
    """Return command line and environment of a process that has no data folder and may make none."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TONGXIN_", "DJANGO_"))}
    environment |= {"TONGXIN_LANG": lang, "COLUMNS": "200", "TONGXIN_DATABASE_URL": "nonsense://nowhere"}
    program = "from tongxin.web.cli import main; main()"
    return [sys.executable, "-c", program, "planner", *map(str, arguments)], environment


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Run `tongxin planner …` in an empty folder, as its users do."""

    def run(*arguments: object, lang: str = "en") -> Done:
        line, environment = command(tmp_path, *arguments, lang=lang)
        done = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def day() -> Problem:
    return compound_day(CompoundDay(tasks=30, responders=6, seed=3))


@pytest.fixture
def problem(tmp_path: Path, day: Problem) -> Path:
    path = tmp_path / "day.json"
    path.write_text(write_problem(day), encoding="utf-8")
    return path


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(tiny()), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_public_instance_is_solved_and_checked_without_a_data_folder(process: Run, instance: Path) -> None:
    out = instance.with_name("out.json")
    made = process("solve", instance, "--seconds", 0.5, "--threads", 1, "--out", out)
    assert (made.returncode, "Traceback" in made.stderr) == (0, False), made.stderr
    assert "53.333" in made.stdout
    routes = json.loads(out.read_text())["routes"]
    assert set(routes[0]["locations"][0]) == {"patient_id", "service_id", "arrival_time", "departure_time"}
    checked = process("check", instance, out)
    assert checked.returncode == 0
    assert "53.333" in checked.stdout
    assert sorted(path.name for path in out.parent.iterdir()) == ["out.json", "tiny.json"]


@pytest.mark.slow
def test_a_day_is_planned_and_checked(process: Run, problem: Path, day: Problem) -> None:
    out = problem.with_name("out.json")
    assert process("solve", problem, "--seconds", 0.5, "--out", out).returncode == 0
    assert validate(day, read_result(out.read_text())) == []
    assert process("check", problem, out, "--format", "tongxin").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("text", [TABLE, SECTIONS], ids=["table", "sections"])
def test_routes_are_planned_and_checked(process: Run, tmp_path: Path, text: str) -> None:
    file, out = tmp_path / "street.txt", tmp_path / "street.sol"
    file.write_text(text)
    assert process("solve", file, "--seconds", 0.3, "--out", out).returncode == 0
    assert out.read_text().startswith("Route #1: ")
    assert process("check", file, out).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not TOY.is_file(), reason="the public data are not beside this checkout")
def test_the_toy_instance_of_the_public_data_is_solved(process: Run, tmp_path: Path) -> None:
    out = tmp_path / "toy.json"
    assert process("solve", TOY, "--seconds", 0.5, "--out", out).returncode == 0
    assert check_routes(read_instance(TOY.read_text()), read_routes(out.read_text())) == []


def takes(pid: int, number: int) -> bool:
    """Return whether a process takes a signal in its own way by now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    mask = next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1]
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux which signals a process takes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_stopping_it_writes_the_best_answer_so_far(tmp_path: Path, number: int) -> None:
    file, out = tmp_path / "crowd.json", tmp_path / "out.json"
    file.write_text(json.dumps(crowd(1)))
    line, environment = command(tmp_path, "solve", file, "--seconds", 300, "--out", out)
    running = subprocess.Popen(
        line, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while running.poll() is None and not takes(running.pid, signal.SIGTERM):
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(number)
    said, wrong = running.communicate(timeout=60)
    assert running.returncode == 0, wrong
    assert "Stopped early" in said
    assert check_routes(read_instance(file.read_text()), read_routes(out.read_text())) == []


def test_an_answer_to_another_instance_fails_with_every_broken_rule(planner: Run, instance: Path) -> None:
    other = instance.with_name("other.json")
    other.write_text(json.dumps({"routes": [{"caregiver_id": "x", "locations": []}]}))
    checked = planner("check", instance, other)
    assert checked.returncode == 1
    assert "x is not a caregiver" in checked.stderr
    assert "p1 gets 0 of 1 services" in checked.stderr
    assert "p4 gets 0 of 2 services" in checked.stderr


def test_an_answer_to_another_day_fails(planner: Run, problem: Path) -> None:
    answer = problem.with_name("answer.json")
    visit = {"task": "elsewhere", "hand": 0, "responder": "p0000", "start_min": 0, "end_min": 20}
    told = {
        "assignments": [{"visit": visit, "reason": {"code": "PINNED"}}],
        "unserved": [],
        "shortages": [],
        "pauses": [],
        "loads": [],
        "objective": {},
        "stats": {"iterations": 0, "elapsed_s": 0.0, "stopped_by": "COMPLETE", "seed": 0, "engine": "greedy"},
    }
    answer.write_text(json.dumps(told))
    checked = planner("check", problem, answer)
    assert checked.returncode == 1
    assert "UNKNOWN_ID: names something that the problem does not have (elsewhere, p0000)" in checked.stderr


def test_routes_that_break_a_rule_fail_in_both_languages(planner: Run, tmp_path: Path) -> None:
    file, answer = tmp_path / "street.txt", tmp_path / "street.sol"
    file.write_text(TABLE)
    answer.write_text(write_answer(GOOD).replace(" 6", ""))
    assert "customer 6 is visited 0 times, not once" in planner("check", file, answer).stderr
    checked = planner("check", file, answer, lang="zh")
    assert checked.returncode == 1
    assert "客户 6 被访问 0 次" in checked.stderr


def refused(done: Done) -> str:
    """Return the one sentence that a refusal says."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"hello", "is in none of the formats"),
        (b"{", "ends in the middle of its JSON"),
        (b"[]", "is of the wrong kind"),
        (b"{}", "is in none of the formats"),
        (b'{"patients": 3}', "patients"),
        (b'{"patients": [], "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nested too deeply"),
        (b'{"responders": [], "horizon_min": NaN}', "is not JSON"),
        (b'{"format": "tongxin-problem/1", "horizon_min": -1}', "is missing"),
    ],
    ids=["empty", "bytes", "words", "torn", "list", "nothing", "kind", "deep", "nan", "missing"],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    planner: Run, tmp_path: Path, content: bytes, says: str
) -> None:
    file, out = tmp_path / "bad.json", tmp_path / "out.json"
    file.write_bytes(content)
    assert says in refused(planner("solve", file, "--out", out))
    assert not out.exists()


def test_a_contradiction_is_refused_by_field_in_both_languages(planner: Run, problem: Path) -> None:
    told = json.loads(problem.read_text())
    told["tasks"][0]["place"] = "nowhere"
    problem.write_text(json.dumps(told))
    name = told["tasks"][0]["id"]
    assert f"tasks[{name}].place: is not a known place" in refused(planner("solve", problem))
    assert f"tasks[{name}].place：不是已知地点" in refused(planner("check", problem, problem, lang="zh"))


def test_a_huge_file_is_refused_unread(planner: Run, tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as sparse:
        sparse.truncate(300 << 20)
    assert "larger than 256 MB" in refused(planner("check", file, file))


@pytest.mark.parametrize(
    "out",
    ["", "no/such/folder/out.json", "tiny.json/out.json", "x" * 300 + ".json"],
    ids=["folder", "nowhere", "file", "long"],
)
def test_a_target_that_cannot_be_written_is_refused_at_once(planner: Run, instance: Path, out: str) -> None:
    started = time.monotonic()
    sentence = refused(planner("solve", instance, "--seconds", 600, "--out", instance.parent / out))
    assert "cannot be written" in sentence or "is a folder" in sentence
    assert time.monotonic() - started < 100


def test_a_file_that_is_not_there_is_refused(planner: Run, instance: Path) -> None:
    assert "There is no file" in refused(planner("solve", "gone.json"))
    assert "There is no file" in refused(planner("check", instance, instance.parent))


@pytest.mark.parametrize("option", [("--seconds", "nan"), ("--seconds", "-1"), ("--threads", "0"), ("--format", "x")])
def test_an_option_that_makes_no_sense_is_refused(planner: Run, instance: Path, option: tuple[str, str]) -> None:
    done = planner("solve", instance, *option)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_an_answer_in_another_form_is_refused(planner: Run, instance: Path) -> None:
    assert "routes: is missing" in refused(planner("check", instance, instance))


@pytest.mark.parametrize(("lang", "says"), [("en", "Plan a day"), ("zh", "排一天的班")])
def test_the_help_speaks_both_languages(planner: Run, lang: str, says: str) -> None:
    done = planner("--help", lang=lang)
    assert done.returncode == 0
    assert says in done.stdout
