"""`tongxin demo` with a small compound: the whole main job, in one command and a data folder of its own."""

import json
import sqlite3

import pytest


@pytest.fixture
def rows(home):
    """Ask the demo's database."""

    def ask(question: str) -> list[tuple]:
        connection = sqlite3.connect(home / "tongxin.sqlite3")
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    return ask


def count(rows, table: str, where: str = "1=1") -> int:
    return rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]


@pytest.mark.slow
def test_from_three_ledgers_to_tasks_in_hands(tongxin, home, rows):
    """One command plays the story; the second says that it is there; the audit holds."""
    told = tongxin("demo", "--residents", 400, "--days", 2, timeout=400)
    assert told.returncode == 0, told.stderr[-3000:]
    assert "0 broken rules" in told.stdout
    assert "commander, commander2" in told.stdout
    assert "It is for the demo only" in told.stdout
    assert {path.name for path in (home / "demo").iterdir()} >= {
        "people.xlsx", "special-care.xlsx", "responders.xlsx", "site-plan.json",
    }  # fmt: skip
    assert list((home / "demo").glob("report_*_zh.docx"))
    assert count(rows, "incidents_personstatus", "kind = 'CASE'") >= 1
    assert count(rows, "hq_planline", "state = 'CARRIED_OUT'") >= 5
    assert count(rows, "hq_planline", "state = 'FAILED'") == 0
    assert count(rows, "dispatch_task", "state = 'DONE'") >= 1
    assert count(rows, "base_queueitem", "state = 'PARKED'") == 0
    assert count(rows, "situation_report") >= 1
    ((violations,),) = rows("SELECT stats FROM dispatch_plannerrun WHERE state = 'DONE' ORDER BY id DESC LIMIT 1")
    assert json.loads(violations)["violations"] == []
    before = count(rows, "community_person")
    again = tongxin("demo")
    assert again.returncode == 0
    assert "nothing is imported again" in again.stdout
    assert count(rows, "community_person") == before
    assert tongxin("audit", "verify").returncode == 0


@pytest.mark.parametrize("arguments", [("--residents", "many"), ("--days", 0), ("--days", 99)])
def test_sizes_that_cannot_be_are_refused(here, arguments):
    result = here("demo", "demo", *arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_what_is_refused_makes_no_data_folder(tongxin, home):
    result = tongxin("demo", "--residents", 10)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert not (home / "tongxin.sqlite3").exists()


@pytest.mark.usefixtures("ready")
def test_an_installation_with_other_data_is_left_alone(tongxin, tmp_path):
    """Nobody plays a demo over a real ledger by mistake."""
    ledger = tmp_path / "people.csv"
    ledger.write_text("姓名,住址\n赵晓岚,1-1-101\n", encoding="utf-8")
    assert tongxin("import", ledger, "--kind", "people").returncode == 0
    result = tongxin("demo")
    assert result.returncode == 2
    assert "TONGXIN_HOME" in result.stderr
