"""doctor, audit verify, backup, restore: what an administrator has at three in the morning."""

import shutil
import sqlite3
import tarfile

import pytest


def test_help_is_in_both_languages(tongxin):
    english, chinese = tongxin("--help"), tongxin("--help", lang="zh")
    assert "one plan, one ledger, one dispatcher" in " ".join(english.stdout.split())
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.stdout)
    assert english.returncode == chinese.returncode == 0


def test_an_empty_installation_verifies(tongxin):
    result = tongxin("audit", "verify")
    assert (result.returncode, result.stdout.strip()) == (0, "There is no audit entry yet.")


@pytest.mark.usefixtures("ready")
def test_backup_and_restore_into_an_empty_folder(tongxin, home, tmp_path):
    archive = tmp_path / "copy.tar.gz"
    assert tongxin("backup", archive, "--with-keys").returncode == 0
    key = (home / "keys" / "secret.key").read_text()
    shutil.rmtree(home)
    assert tongxin("restore", archive).returncode == 0
    assert (home / "keys" / "secret.key").read_text() == key
    assert tongxin("audit", "verify").returncode == 0


@pytest.mark.usefixtures("ready")
def test_restore_leaves_data_alone_unless_told(tongxin, tmp_path):
    archive = tmp_path / "copy.tar.gz"
    tongxin("backup", archive)
    refused = tongxin("restore", archive)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    assert tongxin("restore", archive, "--replace").returncode == 0


def damaged(archive, tmp_path):
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "open", filter="data")
    database = tmp_path / "open" / "tongxin.sqlite3"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE smuggled (x)")
    connection.commit()
    connection.close()
    with tarfile.open(archive, "w:gz") as tar:
        for path in (tmp_path / "open").iterdir():
            tar.add(path, arcname=path.name)


@pytest.mark.usefixtures("ready")
def test_a_damaged_backup_is_refused_and_nothing_changes(tongxin, home, tmp_path):
    archive = tmp_path / "copy.tar.gz"
    tongxin("backup", archive)
    damaged(archive, tmp_path)
    before = (home / "tongxin.sqlite3").stat().st_mtime_ns
    result = tongxin("restore", archive, "--replace")
    assert (result.returncode, result.stderr.strip()) == (
        2,
        "The backup is damaged: its checksum does not fit. Take another one.",
    )
    assert (home / "tongxin.sqlite3").stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00broken"])
def test_other_files_are_refused_in_a_sentence(here, tmp_path, content):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    result = here("trust", "restore", path, lang="zh")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert any("\u4e00" <= letter <= "\u9fff" for letter in result.stderr)


def test_a_missing_file_is_named(here, tmp_path):
    result = here("trust", "restore", tmp_path / "none.tar.gz")
    assert result.returncode == 2
    assert "none.tar.gz" in result.stderr


def test_doctor_says_what_to_do(tongxin):
    result = tongxin("doctor")
    assert result.returncode == 1
    assert "`tongxin run` applies them" in result.stdout
