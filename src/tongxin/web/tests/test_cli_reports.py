"""`tongxin report` and `tongxin plan`: documents, a table, and refusals in one sentence with exit code 2."""

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from tongxin.situation import api as situation
from tongxin.web import cli


@pytest.fixture
def run(monkeypatch, drill_clock, at):
    """Run the command line in English on the story's morning."""
    monkeypatch.setenv("TONGXIN_LANG", "en")
    monkeypatch.setattr("tongxin.web.cli.reports.migrate", lambda: None)
    drill_clock(at)
    return lambda *arguments: CliRunner().invoke(cli.build(), [str(argument) for argument in arguments])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_is_written_as_word_and_pdf(run, incident, tmp_path, lang):
    result = run("report", "--date", "2022-11-03", "--lang", lang, "--out", tmp_path / "new")
    assert result.exit_code == 0, result.output
    files = {path.name: path.read_bytes()[:2] for path in (tmp_path / "new").iterdir()}
    assert files == {f"report_2022-11-03_{lang}.docx": b"PK", f"report_2022-11-03_{lang}.pdf": b"%P"}
    assert "provisional" in result.output


def test_a_ready_report_is_printed_as_it_stands(run, incident, tmp_path, at, drill_clock):
    drill_clock(at + timedelta(days=1))
    for _ in range(2):
        assert run("report", "--date", "2022-11-03", "--out", tmp_path).exit_code == 0
    assert situation.find_report(1, incident.pk, at.date()).version == 1
    assert run("report", "--date", "2022-11-03", "--out", tmp_path, "--recount").exit_code == 0
    assert situation.find_report(1, incident.pk, at.date()).version == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--date", "tomorrow"], "is not a day"),
        (["--date", "2022-13-99"], "is not a day"),
        (["--date", "2022-11-03", "--lang", "fr"], "Choose zh or en"),
        (["--date", "2022-11-09"], "has not begun yet"),
        (["--date", "2022-10-09"], "was not open"),
        (["--date", "2022-11-03", "--incident", "nothing"], "no incident nothing"),
        (["--date", "2022-11-03", "--area", "77"], "no compound 77"),
    ],
)
def test_refusals_write_nothing(run, incident, tmp_path, arguments, sentence):
    out = tmp_path / "out"
    result = run("report", *arguments, "--out", out)
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
    assert not out.exists()


def test_a_file_is_no_folder(run, incident, tmp_path):
    target = tmp_path / "file"
    target.write_text("x")
    assert run("report", "--date", "2022-11-03", "--out", target).exit_code == 2
    assert target.read_text() == "x"


def test_without_an_incident_there_is_nothing_to_report(run, area, tmp_path):
    assert run("report", "--date", "2022-11-03", "--out", tmp_path).exit_code == 2
    assert run("plan").exit_code == 2


def test_the_plan_is_printed_as_a_table(run, incident, cast):
    result = run("plan")
    assert result.exit_code == 0, result.output
    assert "Plan 1" in result.output
    assert "Plan 1" in run("plan").output
    assert "Plan 2" in run("plan", "--draft").output
