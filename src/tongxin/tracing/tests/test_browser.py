"""The pages of tracing in a real browser: no accessibility violation, no overflow on a narrow phone, no broken policy."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
VENDOR = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: Set to a folder to keep pictures of the pages.
PICTURES = os.environ.get("TONGXIN_PICTURES", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the assets are not built: python frontend/build.py"),
]
LOOKS = [("zh-hans", "light", 1280), ("zh-hans", "dark", 320), ("en", "light", 320), ("en", "dark", 1280)]


@pytest.fixture
def context(live_server, cast, drill_clock):
    session = cast.client("tracer").cookies["sessionid"].value
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own loop would make Django refuse the database from this thread.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = chromium.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield context
        chromium.close()


def paths(story, case):
    uuid = story.investigation(case).uuid
    mate = next(p for p in story.area.by_door["1-1-101"] if p != case)
    return {
        "list": reverse("tracing:investigations"),
        "interview": reverse("tracing:investigation", args=[uuid]),
        "contacts": reverse("tracing:contacts", args=[uuid]),
        "managed": reverse("tracing:managed"),
        "management": reverse("tracing:management", args=[story.managed(mate).uuid]),
        "tests": reverse("tracing:tests") + "?date=2022-11-04",
        "rules": reverse("tracing:rules") + "?rule_set=covid-cn-20m",
        "ledger": reverse("tracing:ledger"),
    }


def test_pages_are_accessible_and_fit(story, case, context, live_server):
    story.list_contacts(case)
    found, page = [], context.new_page()
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if "Content Security Policy" in line.text else None)
    for name, path in paths(story, case).items():
        for language, theme, width in LOOKS:
            context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(live_server.url + path)
            violations = Axe().run(page).response["violations"]
            found += [(name, language, width, v["id"], v["nodes"][0]["html"][:90]) for v in violations]
            wide, seen = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
            found += [(name, language, "wider than the screen", wide, seen)] if wide > seen else []
            if PICTURES:
                page.screenshot(path=f"{PICTURES}/tracing-{name}-{language}-{width}.png", full_page=True)
    assert found == []


def test_an_exposure_is_added_and_removed_without_leaving_the_page(story, case, context, live_server):
    page = context.new_page()
    page.goto(live_server.url + paths_of_interview(case, story))
    page.locator("#exposures [name=place]").fill("食堂")
    page.locator("#exposures [name=starts_at]").fill("2022-11-02T12:00")
    page.locator("#exposures [name=ends_at]").fill("2022-11-02T13:00")
    page.locator("#exposures form.tx-form button[type=submit]").click()
    page.locator("#exposures li", has_text="食堂").wait_for()
    page.locator("#exposures li button").click()
    page.locator("#exposures li").wait_for(state="detached")
    assert "investigations" in page.url


def paths_of_interview(case, story):
    return reverse("tracing:investigation", args=[story.investigation(case).uuid])
