"""`tongxin planner solve` with several problems, and with a bound: one answer file each, over processes or over Ray."""

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tongxin.engines.planner import CompoundDay, compound_day, solve, validate
from tongxin.engines.planner.formats import read_problem, read_result, write_problem
from tongxin.engines.planner.tests.builders import person, problem, task
from tongxin.web.cli.planner_many import ANSWER

QUICK = ("--seconds", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three days of three compounds."""
    made = tmp_path / "days"
    made.mkdir()
    for k in range(3):
        day = compound_day(CompoundDay(tasks=12 + k, responders=4, seed=k))
        (made / f"compound{k}.json").write_text(write_problem(day), encoding="utf-8")
    return made


def answers_of(folder: Path) -> list[str]:
    """Return the names of the answers in a folder."""
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(ANSWER))


def check_answers(folder: Path, out: Path, names: list[str]) -> None:
    """Judge every answer, and compare it with the one that this process gives."""
    for name in names:
        day = read_problem((folder / f"{name}.json").read_text(encoding="utf-8"))
        answer = read_result((out / f"{name}{ANSWER}").read_text(encoding="utf-8"))
        assert validate(day, answer) == []
        assert answer.visits == solve(day).visits


@pytest.mark.slow
def test_a_folder_is_planned_by_processes_with_one_answer_each(planner: Run, folder: Path, tmp_path: Path) -> None:
    bad = problem([task(), task()], [person()])
    (folder / "bad.json").write_text(write_problem(bad), encoding="utf-8")
    done = planner("solve", folder, *QUICK, "--threads", 2, "--out", tmp_path / "new" / "out")
    assert (done.returncode, "appears twice" in done.stderr) == (2, True)
    assert "3 / 4" in done.stdout
    assert "Planning" in done.stderr
    out, names = tmp_path / "new" / "out", ["compound0", "compound1", "compound2"]
    assert answers_of(out) == [f"{name}{ANSWER}" for name in names]
    check_answers(folder, out, names)


@pytest.mark.slow
def test_files_are_answered_beside_them_and_answers_are_no_problems(planner: Run, folder: Path) -> None:
    two = [folder / "compound0.json", folder / "compound1.json"]
    assert planner("solve", *two, *QUICK, "--threads", 1, "--bound").returncode == 0
    assert len(answers_of(folder)) == 2
    assert planner("solve", folder, *QUICK, "--threads", 1).returncode == 0
    assert len(answers_of(folder)) == 3


@pytest.mark.slow
def test_ray_gives_the_same_answers(planner: Run, folder: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra tongxin[city])")
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False)
    try:
        done = planner("solve", folder, *QUICK, "--ray", "local", "--out", tmp_path / "out")
    finally:
        ray.shutdown()
    assert done.returncode == 0, done.stderr
    check_answers(folder, tmp_path / "out", ["compound0", "compound1", "compound2"])


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "No Ray cluster answers at 127.0.0.1:1."), ("zh", "127.0.0.1:1 处没有 Ray 集群应答。")],
    ids=["en", "zh"],
)
def test_a_cluster_that_does_not_answer_is_said(planner: Run, folder: Path, lang: str, says: str) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (extra tongxin[city])")
    done = planner("solve", folder, *QUICK, "--ray", "127.0.0.1:1", lang=lang)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert answers_of(folder) == []


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "Ray is not installed here: install tongxin[city]"), ("zh", "此处未安装 Ray")],
    ids=["en", "zh"],
)
def test_a_missing_extra_is_said(
    planner: Run,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    says: str,
) -> None:
    # What Python takes for a module that is not there.
    monkeypatch.setitem(sys.modules, "ray", None)
    done = planner("solve", folder, *QUICK, "--ray", "auto", lang=lang)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "There is no problem (*.json)"), ("zh", "没有问题文件")], ids=["en", "zh"]
)
def test_an_empty_folder_is_refused(planner: Run, tmp_path: Path, lang: str, says: str) -> None:
    done = planner("solve", tmp_path, lang=lang)
    assert (done.returncode, says in done.stderr) == (2, True)


def test_other_formats_a_file_as_folder_and_answers_on_top_of_each_other_are_refused(
    planner: Run,
    folder: Path,
    tmp_path: Path,
) -> None:
    day = folder / "compound0.json"
    done = planner("solve", day, folder, "--out", day)
    assert (done.returncode, "need a folder" in done.stderr) == (2, True)
    other = tmp_path / "compound0.json"
    other.write_text("{", encoding="utf-8")
    done = planner("solve", day, other, "--out", tmp_path / "out")
    assert (done.returncode, "in the same file" in done.stderr) == (2, True)
    care = tmp_path / "care.json"
    care.write_text('{"patients": [], "services": [], "caregivers": [], "distances": [[0]]}', encoding="utf-8")
    done = planner("solve", care, other)
    assert done.returncode == 2
    assert "must be in the format tongxin" in done.stderr
    assert "ends in the middle" in done.stderr


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "No plan leaves less undone than"), ("zh", "任何方案遗留的优先级都不低于")],
    ids=["en", "zh"],
)
def test_a_bound_is_shown_and_written(planner: Run, folder: Path, tmp_path: Path, lang: str, says: str) -> None:
    out = tmp_path / "out.json"
    done = planner("solve", folder / "compound2.json", *QUICK, "--threads", 1, "--bound", "--out", out, lang=lang)
    assert (done.returncode, says in done.stdout) == (0, True), done.stderr
    answer = read_result(out.read_text(encoding="utf-8"))
    assert answer.bound is not None
    assert answer.gap is not None
    assert answer.gap >= 0
