"""The recorded days still get the recorded answers; only the command changes the file."""

import json
from pathlib import Path

import pytest

from tongxin.engines.planner.baseline import DAYS, main, measure

FILE = Path(__file__).parent / "baselines" / "days.json"


@pytest.mark.parametrize("k", range(len(DAYS)))
def test_a_recorded_day_is_answered_as_recorded(k: int) -> None:
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    assert measure(DAYS[k]) == recorded[k]
    assert recorded[k]["violations"] == 0


def test_the_command_writes_what_it_then_finds_unchanged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "days.json"
    assert main([str(file), "--write"]) == 0
    assert main([str(file)]) == 0
    entries = json.loads(file.read_text(encoding="utf-8"))
    entries[0]["objective"][1] += 1
    file.write_text(json.dumps(entries), encoding="utf-8")
    assert main([str(file)]) == 1
    assert "measured" in capsys.readouterr().out
