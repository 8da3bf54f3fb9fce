"""What only a real browser can show: accessibility, widths, themes, and the page scripts under the strict page policy."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tongxin.base.models import Account

from .house import CHROMIUM, VENDOR

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the assets are not built: python frontend/build.py"),
]

Open = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """Where the product answers, and the session of one who signed in."""

    url: str
    session: str


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """One server for the module: a server that empties the database after each test takes longer than the tests."""
    with django_db_blocker.unblock():
        account = Account.objects.create_user("liaison-07", password="a-long-word-of-its-own")
        client = Client()
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        server = LiveServer("localhost")
        yield Site(server.url, client.cookies["sessionid"].value)
        server.stop()
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(
        path: str,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        theme: str = "light",
        size: str = "normal",
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        contexts.append(context)
        cookies = {"django_language": language, "tx_size": size}
        if path not in FOR_STRANGERS:
            cookies["sessionid"] = site.session
        context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(site.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


def again(page: Page, *, language: str, theme: str, width: int) -> None:
    """Load an open page once more as another reader has it: its files are here already."""
    page.context.add_cookies([{"name": "django_language", "value": language, "url": urljoin(page.url, "/")}])
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.reload()
    assert page.locator("html").get_attribute("lang").lower() == language


FOR_STRANGERS = ["/accounts/login/"]
PAGES = [
    *FOR_STRANGERS,
    "/styleguide",
    "/styleguide/phone",
    "/styleguide/wall",
    "/styleguide/print",
    "/accounts/password/change/",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_accessibility_violations(open_page: Open, path: str) -> None:
    page, found = None, []
    for language, theme, width in [
        ("zh-hans", "light", 1280),
        ("zh-hans", "dark", 360),
        ("en", "light", 360),
        ("en", "dark", 1280),
    ]:
        page = page or open_page(path, language=language, theme=theme, width=width)
        again(page, language=language, theme=theme, width=width)
        assert urlsplit(page.url).path == path
        result = Axe().run(page)
        found += [(language, theme, width, violation["id"]) for violation in result.response["violations"]]
    assert found == []


@pytest.mark.parametrize(("language", "size"), [("zh-hans", "normal"), ("en", "large")])
def test_pages_fit_320_pixels(open_page: Open, site: Site, language: str, size: str) -> None:
    page, found = None, {}
    for path in PAGES:
        if page and path not in FOR_STRANGERS:
            page.goto(site.url + path)
        else:
            page = open_page(path, width=320, height=640, language=language, size=size)
        found[path] = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert {path: widths for path, widths in found.items() if widths[0] > widths[1]} == {}


TARGETS = """() => [...document.querySelectorAll("button, a, input:not([type=hidden]), select, summary")]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest("label") && !e.matches("p a"))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height)
  .map(([html, box]) => [html, box.height, box.y + scrollY])"""


@pytest.mark.parametrize("path", ["/styleguide", "/styleguide/phone"])
def test_targets_are_large_enough(open_page: Open, path: str) -> None:
    targets = open_page(path, width=360, height=740).evaluate(TARGETS)
    assert len(targets) > 10
    assert [(html, height) for html, height, top in targets if height < 43.5 and top >= 0] == []


def test_phone_text_and_buttons_have_field_sizes(open_page: Open) -> None:
    page = open_page("/styleguide/phone", width=360, height=740)
    assert page.locator(".tx-btn-main").first.bounding_box()["height"] >= 76
    assert page.locator("form.tx-scan button").bounding_box()["height"] >= 60
    sizes = page.locator("main *, .tx-bottom *").evaluate_all(
        "all => all.filter(e => e.innerText).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 17  # the mark inside a badge; every word is 18 or more, see below
    words = page.locator("main p, main label, main button, main a, .tx-bottom a").evaluate_all(
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(words) >= 18
    assert page.locator("input[data-scan]").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 22


def test_wall_text_is_at_least_28_pixels_at_1080p(open_page: Open) -> None:
    page = open_page("/styleguide/wall", width=1920, height=1080, language="zh-hans")
    sizes = page.locator("body *").evaluate_all(
        "all => all.filter(e => e.innerText && e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 28
    assert page.locator(".tx-wall__block").count() <= 7
    assert page.locator("html").evaluate("e => e.scrollHeight") <= 1080


def test_the_theme_follows_the_system_until_somebody_chooses(open_page: Open) -> None:
    page = open_page("/styleguide", theme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.locator("details.tx-menu > summary").click()
    page.get_by_role("button", name="Light").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    expect(page.get_by_role("button", name="Light")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")
    assert 'data-bs-theme="light"' in page.request.get(page.url).text()


def test_large_text_makes_text_larger(open_page: Open) -> None:
    page = open_page("/styleguide")
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    before = page.locator("main p").first.evaluate(size)
    page.locator("details.tx-menu > summary").click()
    page.get_by_role("button", name="Large text").click()
    assert page.locator("main p").first.evaluate(size) == pytest.approx(before * 1.25)


def test_the_language_switch_stays_on_the_page(open_page: Open) -> None:
    page = open_page("/styleguide", language="en")
    page.locator("details.tx-menu > summary").click()
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("界面规范")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_menu_closes_with_escape_and_gives_the_focus_back(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.locator("details.tx-menu > summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("details.tx-menu")).not_to_have_attribute("open", "")
    expect(page.locator("details.tx-menu > summary")).to_be_focused()


def test_narrow_pages_open_their_menu_with_a_button(open_page: Open) -> None:
    page = open_page("/styleguide", width=360)
    menu = page.locator("#tx-nav")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu).to_be_visible()


def test_a_scan_fills_the_screen_and_renews_the_operation_id(open_page: Open) -> None:
    page = open_page("/styleguide/phone", width=360, height=740)
    field = page.locator("input[data-scan]")
    expect(field).to_be_focused()
    first = page.locator(".tx-scan input[data-op-id]").input_value()
    field.fill("１２３ ４５")  # what a reader types through a Chinese input method
    field.press("Enter")
    expect(page.locator(".tx-flash--ok")).to_contain_text("Registered")
    expect(page.locator("#scan-result")).to_contain_text("12345")
    second = page.locator(".tx-scan input[data-op-id]").input_value()
    assert UUID(second).version == 7
    assert UUID(second).variant == UUID(first).variant
    assert second != first
    page.locator(".tx-flash").click()
    expect(field).to_be_focused()
    field.fill("<b>no</b>")
    field.press("Enter")
    expect(page.locator(".tx-flash--stop")).to_contain_text("not known")


def test_operation_ids_rise_with_time(open_page: Open) -> None:
    page = open_page("/styleguide")
    ids = page.locator("html").evaluate("() => Array.from({length: 3000}, () => window.tongxin.newOpId())")
    assert len(set(ids)) == 3000
    assert ids == sorted(ids)
    assert all(UUID(text).version == 7 for text in ids)


def test_what_could_not_be_sent_is_counted_kept_and_sent_again(open_page: Open) -> None:
    page = open_page("/styleguide/phone", width=360, height=740)
    sent: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method == "POST" and len(sent) == 0:
            sent.append(route.request.post_data or "")
            route.abort()
        else:
            sent.append(route.request.post_data or "")
            route.continue_()

    page.route("**/styleguide/phone", cut)
    page.locator("input[data-scan]").fill("777")
    page.locator("input[data-scan]").press("Enter")
    expect(page.locator("[data-unsent]")).to_contain_text("1 not sent yet")
    expect(page.locator("[data-send-error]")).to_contain_text("No network")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#scan-result")).to_contain_text("777")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    ids = [re.search(r"op_id=([0-9a-f-]+)", body)[1] for body in sent]
    assert ids[0] == ids[1], "the second try must carry the same operation id"


def test_an_entry_outlives_a_session_and_goes_out_after_signing_in_again(open_page: Open, site: Site) -> None:
    page = open_page("/styleguide/phone", width=360, height=740)
    bodies: list[str] = []
    page.on("request", lambda request: bodies.append(request.post_data or "") if request.method == "POST" else None)
    page.context.clear_cookies(name="sessionid")
    page.locator("input[data-scan]").fill("777")
    page.locator("input[data-scan]").press("Enter")
    expect(page.locator("[data-send-error]")).to_contain_text("signed out")
    expect(page.locator("[data-sign-in]")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_contain_text("1 not sent yet")
    # Signing in gives a new session and a new token, as the library does it.
    again = {"sessionid": site.session, "csrftoken": "A1b2C3d4" * 4}
    page.context.add_cookies([{"name": name, "value": value, "url": site.url} for name, value in again.items()])
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#scan-result")).to_contain_text("777")
    expect(page.locator("[data-send-error]")).to_be_hidden()
    ids = [re.search(r"op_id=([0-9a-f-]+)", body)[1] for body in bodies]
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_undo_counts_down_and_waits_while_it_is_looked_at(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.clock.install()
    page.reload()
    toast = page.locator("[data-undo]")
    left = toast.locator("[data-undo-left]")
    toast.hover()
    shown = int(left.text_content())
    page.clock.run_for(2500)
    held = int(left.text_content())
    assert held >= shown - 1
    page.mouse.move(5, 5)
    page.clock.run_for(2500)
    assert int(left.text_content()) < held


def test_drafts_come_back_only_for_marked_fields(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.locator("#id_door").fill("18-1-302")
    page.locator("#id_reason").fill("Bring gloves")
    page.wait_for_function("() => localStorage.length > 0")
    stored = page.locator("html").evaluate("() => JSON.stringify(Object.values(localStorage))")
    assert "Bring gloves" in stored
    assert "18-1-302" not in stored
    page.reload()
    expect(page.locator("#id_reason")).to_have_value("Bring gloves")
    expect(page.locator("#id_door")).to_have_value("")
    page.get_by_role("button", name="Start again").click()
    expect(page.locator("#id_reason")).to_have_value("")
    assert page.locator("html").evaluate("() => localStorage.length") == 0


def test_copy_says_that_it_copied(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.get_by_role("button", name="Copy as text").click()
    expect(page.locator("[data-copy-label]")).to_have_text("Copied")


def test_old_numbers_turn_grey_and_say_so(open_page: Open) -> None:
    page = open_page("/styleguide/wall", width=1920, height=1080)
    old = page.locator(".tx-wall__block.is-stale")
    expect(old).to_have_count(1)
    expect(old).to_contain_text("Out of date: 6 min ago")


def test_the_wall_asks_again_and_turns_grey_when_nobody_answers(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.clock.install()
    page.goto(page.url + "/wall")
    fresh = page.locator(".tx-wall__block:not(.is-stale)")
    expect(fresh).to_have_count(6)
    with page.expect_response("**/styleguide/wall") as answer:
        page.clock.run_for(16_000)
    assert "<html" not in answer.value.text()
    expect(fresh).to_have_count(6)
    page.route("**/styleguide/wall", lambda route: route.abort())
    page.clock.run_for(130_000)
    expect(fresh).to_have_count(0)


def test_a_wrong_form_says_what_is_wrong_beside_the_field(open_page: Open) -> None:
    page = open_page("/styleguide")
    page.get_by_role("button", name="Save", exact=True).click()
    field = page.locator("#id_door")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_door_error")).to_be_visible()
    assert Axe().run(page).response["violations"] == []


def test_pages_work_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": "sessionid", "value": site.session, "url": site.url}])
    page = context.new_page()
    page.goto(site.url + "/styleguide/phone")
    page.locator("input[data-scan]").fill("42")
    page.locator("form.tx-scan button").click()
    assert "42" in page.content()
    page.goto(site.url + "/styleguide")
    assert page.locator("#tx-nav").is_visible()
    context.close()
