"""Every page of the roof in a real browser: accessibility, narrow phones, both languages, light and dark; the wall."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tongxin.base import audit
from tongxin.base.actors import system
from tongxin.base.models import Account
from tongxin.sampling import api as sampling

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor" / "htmx"
#: Where to put pictures of what was tested; nowhere when it is not set.
PICTURES = os.environ.get("TONGXIN_TEST_PICTURES", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the assets are not built: python frontend/build.py"),
]
Open = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def audit_can_be_emptied(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A live server needs committed rows, and these are deleted after each test: SQLite's guard of the audit steps aside.

    Of the module's scope, so that it ends after the last of these tests was cleaned up.
    """
    guard = import_module("tongxin.base.migrations.0002_audit_append_only")
    with django_db_blocker.unblock():
        is_sqlite = connection.vendor == "sqlite"
        if is_sqlite:
            _run("DROP TRIGGER base_auditentry_no_update", "DROP TRIGGER base_auditentry_no_delete")
    yield
    with django_db_blocker.unblock():
        if is_sqlite:
            _run(*guard.SQLITE)


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright's own loop would make Django refuse the database from this thread.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            yield chromium
            chromium.close()


@pytest.fixture
def story(cast: Any, incident: Any, area: Any, at: Any, drill_clock: Any) -> Any:
    """An incident with an open round, a few looks at people in the audit, a role that has ended."""
    me = system("test")
    sampling.open_round(
        area_id=1,
        incident_id=incident.pk,
        kind="MASS",
        opens_at=at,
        closes_at=at + timedelta(hours=4),
        places=[{"kind": "COMPOUND", "uuid": str(area.compound.uuid)}],
        origin_kind="test",
        origin_uuid=incident.uuid,
        actor=me,
        at=at,
    )
    for person in area.people[:3]:
        audit.record(
            "community.person.revealed", actor=me, at=at, area_id=1, target_kind="Person", target_uuid=person.uuid
        )
    Account.objects.filter(username="caller").update(must_change_password=True)
    return cast


@pytest.fixture
def open_page(browser: Browser, live_server: Any, story: Any) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(
        name: str, path: str, *, width: int = 1280, height: int = 800, language: str = "en", theme: str = "light"
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        contexts.append(context)
        session = story.client(name).cookies["sessionid"].value
        cookies = {"django_language": language, "sessionid": session}
        context.add_cookies([{"name": key, "value": value, "url": live_server.url} for key, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


HOMES = "commander grid_leader_1 sampler medic volunteer tracer dispatcher documents auditor outsider"


def pages_of(cast: Any, part: str) -> list[tuple[str, str, str]]:
    """Return (who, address, name of the picture) of the pages to look at."""
    if part == "homes":
        return [(name, "/", f"home-{name}") for name in HOMES.split()]
    person, account = cast.area.people[0].uuid, cast.accounts["volunteer"].uuid
    return [
        ("system_admin", "/", "home-system_admin"),
        ("security_admin", "/", "home-security_admin"),
        ("commander", "/compounds", "compounds"),
        ("auditor", "/audit/", "audit"),
        ("commander", f"/audit/who-saw/{person}", "who-saw"),
        ("security_admin", "/logins/", "logins"),
        ("security_admin", "/logins/new", "login-new"),
        ("security_admin", f"/logins/{account}", "login"),
        ("system_admin", "/system", "system"),
        ("caller", "/", "password-first"),
    ]


LOOKS = [("zh-hans", "light", 1280), ("zh-hans", "dark", 360), ("en", "dark", 360), ("en", "light", 1280)]


@pytest.mark.parametrize("part", ["homes", "officers"])
def test_pages_have_no_accessibility_violations_and_fit(open_page: Open, story: Any, part: str) -> None:
    found = []
    for index, (name, path, picture) in enumerate(pages_of(story, part)):
        # Neighbors share their templates: each is looked at in two ways, and in all four for pictures.
        looks = LOOKS if PICTURES else LOOKS[index % 2 :: 2]
        for language, theme, width in looks:
            page = open_page(name, path, language=language, theme=theme, width=width)
            found += [(picture, language, theme, width, v["id"]) for v in Axe().run(page).response["violations"]]
            sizes = page.locator("html").evaluate("element => [element.scrollWidth, element.clientWidth]")
            if sizes[0] > sizes[1]:
                found.append((picture, language, theme, width, "too wide"))
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/{picture}-{language}-{theme}-{width}.png", full_page=True)
            page.context.close()
    assert found == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_wall_is_read_from_across_the_room(open_page: Open, language: str) -> None:
    page = open_page("commander", "/wall", width=1920, height=1080, language=language)
    expect(page.locator(".tx-wall__plan svg")).to_be_visible()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/wall-{language}.png")
    words = page.locator("header *, main *").evaluate_all(
        "all => all.filter(e => e.innerText && e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(words) >= 28
    assert 1 <= page.locator(".tx-wall__block").count() <= 7
    assert page.locator("html").evaluate("e => [e.scrollHeight, e.scrollWidth]") == [1080, 1920]
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []


def test_the_wall_counts_again_by_itself_and_turns_grey_when_nobody_answers(open_page: Open) -> None:
    page = open_page("commander", "/wall", width=1920, height=1080)
    page.clock.install()
    page.reload()
    fresh = page.locator(".tx-wall__block:not(.is-stale)")
    count = page.locator(".tx-wall__block").count()
    with page.expect_response("**/wall") as answer:
        page.clock.run_for(11_000)
    assert "<html" not in answer.value.text()
    expect(fresh).to_have_count(count)
    page.route("**/wall", lambda route: route.abort())
    page.clock.run_for(130_000)
    expect(fresh).to_have_count(0)


def test_the_text_size_is_kept_with_the_account(open_page: Open) -> None:
    page = open_page("volunteer", "/")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    before = page.locator("main p").first.evaluate(size)
    page.locator("details.tx-menu > summary").click()
    with page.expect_response("**/display") as answer:
        page.get_by_role("button", name="Large text").click()
    assert answer.value.status == 204
    assert page.locator("main p").first.evaluate(size) == pytest.approx(before * 1.25)
    assert Account.objects.get(username="volunteer").is_large_print
