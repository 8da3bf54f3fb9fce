"""Phones of the fault run: they send operations over HTTP, keep every receipt, and retry with the same id."""

import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tongxin.base.ids import new_uuid

#: In every story one pool is positive; more are by chance.
POSITIVE_TUBE = "FT000002"
_LATER = {401, 302, 403}


@dataclass
class Told:
    """What the server acknowledged, and what went another way than it may."""

    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    repeats: int = 0
    other_receipts: int = 0
    retried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Rack:
    """The tube in hand of a table: several phones fill the same one, so that they race for its last place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 1

    def code(self) -> str:
        return f"FT{self._number:06d}"

    def next_after(self, code: str) -> str:
        """Take a new tube unless another phone has done so already."""
        with self._lock:
            if self.code() == code:
                self._number += 1
            return self.code()


class Line:
    """One device's connection: a cookie jar, a log-in, and no following of redirects."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._port, self._username, self._password = port, username, password
        self._cookies: dict[str, str] = {}

    def send(self, method: str, path: str, body: str = "", kind: str = "application/json") -> tuple[int, bytes]:
        """Send one request and return status and body; OSError or HTTPException when the server is dead."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items()), "Content-Type": kind}
        headers |= {"X-CSRFToken": self._cookies.get("csrftoken", ""), "HX-Request": "true"}
        wire = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            wire.request(method, path, body=body.encode() or None, headers=headers)
            answer = wire.getresponse()
            data = answer.read()
        finally:
            wire.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, data

    def log_in(self) -> None:
        """Log in by the page that people use."""
        self._cookies.clear()
        self.send("GET", "/accounts/login/")
        form = urlencode({"login": self._username, "password": self._password})
        self.send("POST", "/accounts/login/", form, "application/x-www-form-urlencoded")


class Phone(threading.Thread):
    """Registers people one after the other, and reports the result of each tube that it filled."""

    def __init__(
        self, *, port: int, login: tuple[str, str], work: Iterator[tuple[str, str]], rack: Rack, told: Told, seed: int
    ) -> None:
        super().__init__(daemon=True)
        self._line, self._work, self._rack, self._told = Line(port, *login), work, rack, told
        self._dice = random.Random(seed)
        self._full: list[tuple[str, str, str]] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        for round_uuid, person_uuid in self._work:
            if self.stopped.is_set():
                break
            self._register(round_uuid, person_uuid)
            while self._full:
                self._report(*self._full.pop())
        # What was begun is finished: an operation that was not acknowledged is sent until it is.

    # ---------- sending until there is an answer ----------
    def _until_answered(self, path: str, body: str, kind: str) -> tuple[int, bytes]:
        tries = 0
        while True:
            tries += 1
            try:
                status, data = self._line.send("POST", path, body, kind)
            except (OSError, http.client.HTTPException):
                status, data = 0, b""
            if status in _LATER:
                self._log_in()
            elif 0 < status < 500:
                self._told.retried += tries > 1
                return status, data
            time.sleep(0.05)

    def _log_in(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._line.log_in()

    # ---------- the two deeds ----------
    def _register(self, round_uuid: str, person_uuid: str) -> None:
        tube = self._rack.code()
        while True:
            body = {"round": round_uuid, "tube": tube, "person": person_uuid, "desk": "1"}
            operation = {"op_id": str(new_uuid()), "kind": "sampling.register", "body": body, "device_id": self.name}
            text = json.dumps(operation)
            status, data = self._until_answered("/sampling/ops", text, "application/json")
            code = "" if status == 200 else _code(data)
            if status == 200:
                self._keep(operation["op_id"], json.loads(data)["receipt"], text)
                return
            if code == "NEVER_POOLED":
                tube = f"FS{person_uuid[-8:].upper()}{round_uuid[-4:].upper()}"
            elif code in ("TUBE_FULL", "TUBE_CLOSED"):
                tube = self._rack.next_after(tube)
            else:
                self._told.unexpected.append(f"{status} {code}")
                return

    def _keep(self, op_id: str, receipt: dict[str, Any], text: str) -> None:
        with self._told.lock:
            self._told.receipts[op_id] = receipt
        if receipt["is_full"]:
            is_positive = receipt["tube"] == POSITIVE_TUBE or self._dice.random() < 0.01
            value = "POSITIVE" if is_positive else "NEGATIVE"
            self._full.append((receipt["tube"], value, str(new_uuid())))
        if self._dice.random() < 0.1:
            status, data = self._until_answered("/sampling/ops", text, "application/json")
            self._told.repeats += 1
            self._told.other_receipts += status != 200 or json.loads(data)["receipt"] != receipt

    def _report(self, tube: str, value: str, op_id: str) -> None:
        form = urlencode({"code": tube, "value": value, "op_id": op_id})
        status, data = self._until_answered("/sampling/results/", form, "application/x-www-form-urlencoded")
        if status == 200:
            self._told.results[tube] = value
        else:
            self._told.unexpected.append(f"result {status} {data[:80]!r}")


def _code(data: bytes) -> str:
    try:
        return str(json.loads(data)["code"])
    except (ValueError, KeyError):
        return repr(data[:80])
