"""Reads an upload: guard first, then a child process with limits on memory and time."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from typing import Any

import msgspec

from tongxin.community.importing import limits
from tongxin.community.importing.child import DATE_CODE
from tongxin.community.importing.guard import UploadFormat, UploadRefused, inspect_upload
from tongxin.community.importing.shapes import Cell, Merged, Sheet, Workbook

CHILD_MODULE = "tongxin.community.importing.child"


def read_upload(data: bytes, *, wall_s: float = limits.CHILD_WALL_S) -> Workbook:
    """This function will return the cells of an .xlsx, .xlsm or text ledger.

    Macros are never run and formulas never computed: the values saved in the file are taken.

    Raises:
        UploadRefused: the guard refused it, or the reading process ran out of memory or time,
            crashed, or could not make sense of the file.
    """
    upload_format = inspect_upload(data)
    answer = _decode(run_child(data, [upload_format.value], wall_s=wall_s))
    refused = answer.get("refused")
    if refused == "sheet_too_large":
        raise UploadRefused("sheet_too_large", cells=limits.MAX_RECTANGLE)
    if refused is not None:
        raise UploadRefused(str(refused))
    return _workbook(answer, upload_format)


def run_child(data: bytes, arguments: list[str], *, wall_s: float, module: str = CHILD_MODULE) -> bytes:
    """This function will run one guarded child on the data and return what it wrote.

    Raises:
        UploadRefused: the child died (``file_unreadable``) or ran too long.
    """
    # The child gets no secrets of this process, only where to find the code.
    environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", module, *arguments],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=wall_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UploadRefused("file_took_too_long") from error
    if done.returncode != 0:
        raise UploadRefused("file_unreadable")
    return done.stdout


def _ext_hook(code: int, data: memoryview) -> date | datetime:
    text = bytes(data).decode("ascii")
    if code != DATE_CODE:
        raise UploadRefused("file_unreadable")
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _decode(message: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.msgpack.Decoder(ext_hook=_ext_hook).decode(message)
    except (msgspec.DecodeError, ValueError) as error:
        raise UploadRefused("file_unreadable") from error
    if not isinstance(answer, dict):
        raise UploadRefused("file_unreadable")
    return answer


def _workbook(answer: dict[str, Any], upload_format: UploadFormat) -> Workbook:
    sheets = tuple(
        Sheet(
            name=sheet["name"],
            rows=_without_blank_end(sheet["rows"]),
            merged=tuple(Merged(*ends) for ends in sheet["merged"]),
            is_hidden=sheet["hidden"],
        )
        for sheet in answer["sheets"]
    )
    return Workbook(sheets, upload_format.value, answer["encoding"], answer["delimiter"])


def _without_blank_end(rows: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    end = len(rows)
    while end and not any(value is not None for value in rows[end - 1]):
        end -= 1
    return tuple(tuple(row) for row in rows[:end])
