"""The real product for the browser tests: the demo played into a folder of its own, and the server that `tongxin run` starts."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VENDOR = ROOT / "src" / "tongxin" / "web" / "static" / "vendor"
#: What `tongxin demo` prints at its end.
PASSWORD = "tongxin-demo-2022"
ROLES = (
    "commander",
    "grid2",
    "sampler",
    "medic",
    "volunteer",
    "caller",
    "dispatcher",
    "documents",
    "auditor",
    "sysadmin",
    "security",
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TONGXIN = [sys.executable, "-c", "from tongxin.web.cli import main; main()"]


def shape(path: str) -> str:
    """This function will return a path without its query and with `*` for each uuid."""
    return _UUID.sub("*", path.split("?")[0].split("#")[0])


class House:
    """A running product: where it answers, and the sessions of those who signed in."""

    def __init__(self, url: str, home: Path) -> None:
        self.url = url
        self.home = home
        self.states: dict[str, Path] = {}

    def context(self, browser: Browser, role: str, **settings: object) -> BrowserContext:
        """This function will open a browser context in which the role is signed in, in a language, theme and width."""
        if role not in self.states:
            self._sign_in(browser, role)
        width, height = settings.get("width", 1280), settings.get("height", 800)
        context = browser.new_context(
            storage_state=str(self.states[role]),
            viewport={"width": width, "height": height},
            color_scheme=settings.get("theme", "light"),
            accept_downloads=True,
        )
        language = settings.get("language", "zh-hans")
        context.add_cookies([{"name": "django_language", "value": language, "url": self.url}])
        return context

    def wait_until_later(self, *, minutes: int) -> None:
        """This function will move the drill clock of the house forward."""
        clock = self.home / "clock-shift"
        clock.write_text(f"{int(clock.read_text()) + 60 * minutes}\n")

    def _sign_in(self, browser: Browser, role: str) -> None:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{self.url}/accounts/login/")
        page.locator("input[name=login]").fill(role)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main button.tx-btn-main, form button.tx-btn-main").first.click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        self.states[role] = self.home / f"session-{role}.json"
        context.storage_state(path=str(self.states[role]))
        context.close()


def launch(playwright: Playwright) -> Browser:
    """This function will start the Chromium of this machine."""
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)


@contextmanager
def running(home: Path) -> Iterator[House]:
    """This function will play the demo into `home`, serve it on a free port and stop it again.

    Raises `AssertionError` with what was printed when the demo or the server fails.
    """
    environment = os.environ | {
        "TONGXIN_HOME": str(home),
        "PYTHONPATH": str(ROOT / "src"),
        "TONGXIN_LANG": "en",
        "DJANGO_SETTINGS_MODULE": "tongxin.web.settings",
    }
    # The house of the tests is always a file of its own: a server's database is the other tests' matter.
    environment.pop("TONGXIN_DATABASE_URL", None)
    told = subprocess.run(
        [*_TONGXIN, "demo", "--residents", "400", "--seed", "7", "--no-serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-4000:]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen([*_TONGXIN, "run", "--port", str(port)], env=environment, stdout=out, stderr=out)
        try:
            house = House(f"http://127.0.0.1:{port}", home)
            _wait(house.url, server, log)
            yield house
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()[-4000:]
        try:
            urlopen(f"{url}/health", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text()[-4000:])
