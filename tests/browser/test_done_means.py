"""The main job in a real browser: a positive tube becomes a plan, the plan tasks, a volunteer finishes one, the wall moves,
and the report opens in Word. One story, told once; each test looks at its next chapter, in the order of the file."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .house import CHROMIUM, ROOT, VENDOR, House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the assets are not built: python frontend/build.py"),
]

TUBE = "TX900001"
SCREENS = ROOT / "docs" / "_static" / "screens"
#: The pictures of the README are rewritten only when somebody asks for it, so that a test run leaves the tree as it was.
IS_PICTURE_DAY = bool(os.environ.get("TONGXIN_SCREENSHOTS"))
PATIENCE = 60_000


class Walk:
    """Opens pages as somebody, and remembers what the next chapter needs."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house = house
        self.browser = browser
        self.contexts: list[BrowserContext] = []

    def page(self, role: str, path: str, **settings: Any) -> Page:
        context = self.house.context(self.browser, role, **settings)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(self.house.url + path)
        return page

    def picture(self, page: Page, name: str) -> None:
        """Keep a picture of what is on the screen for the documentation."""
        if IS_PICTURE_DAY:
            SCREENS.mkdir(parents=True, exist_ok=True)
            page.evaluate("document.fonts.ready")
            page.screenshot(path=str(SCREENS / f"{name}.png"))


@pytest.fixture(scope="module")
def story(house: House, browser: Browser) -> Walk:
    return Walk(house, browser)


@pytest.fixture
def walk(story: Walk) -> Iterator[Walk]:
    yield story
    while story.contexts:
        story.contexts.pop().close()


def wall_numbers(page: Page) -> str:
    """Return the numbers of the wall without how old they are."""
    return " ".join(page.locator(".tx-wall__block").all_inner_texts())


def unfold(page: Page, selector: str) -> None:
    """Open what is folded around the first of these, from the outside in."""
    for _fold in range(4):
        if page.locator(selector).first.is_visible():
            return
        page.locator(f"details:not([open]):has({selector}) > summary").first.click()
        page.wait_for_timeout(300)
    expect(page.locator(selector).first).to_be_visible()


def test_a_sampler_fills_a_tube_and_records_that_it_is_positive(walk: Walk) -> None:
    page = walk.page("sampler", "/sampling/", width=390, height=800)
    page.locator("main a[href*='/sampling/rounds/']").last.click()
    unfold(page, "#missing-list tbody .tx-door")
    door = page.locator("#missing-list tbody .tx-door").first.inner_text().strip()
    page.locator("a[href*='/desk/']").first.click()
    page.locator("input[data-scan]").fill(TUBE)
    page.keyboard.press("Enter")
    expect(page.locator("#desk .tx-message")).to_contain_text(TUBE)
    page.locator(".tx-flash").click()
    page.locator("input[data-scan]").fill(door)
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).to_contain_text(door)
    pick = page.locator("#desk form:has(input[name=person]) button")
    page.wait_for_timeout(500)  # what fills the screen comes a moment after what stays
    flash = page.locator(".tx-flash")
    if flash.count():
        flash.click()
    expect(flash).to_have_count(0)
    walk.picture(page, "desk")
    if pick.count():
        pick.first.click()
    expect(page.locator("#desk ol.tx-list li")).to_have_count(1)
    page.locator("form[action*='/close/'] button").click()
    page.goto(f"{walk.house.url}/sampling/results/")
    page.locator("input[name=value][value=POSITIVE]").check()
    page.locator("#scan-code").fill(TUBE)
    page.keyboard.press("Enter")
    expect(page.locator("#told [data-scan-result]")).to_contain_text(TUBE)


_APPROVE = "button[name=choice]"


def open_plan(walk: Walk, role: str, **settings: Any) -> Page:
    """Return the plan page once it has something to choose: the queue drafts in the background."""
    page = walk.page(role, "/hq/plan", **settings)
    for _try in range(60):
        if page.locator(_APPROVE).count():
            return page
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def approve_all(page: Page) -> None:
    """Decide as an officer does: all lines of a kind where one officer may, else one line after the other."""
    for _line in range(60):
        whole = page.locator("button[name=whole]")
        button = whole.first if whole.count() else page.locator(_APPROVE).first
        if not button.count():
            return
        button.click()
        page.wait_for_load_state()
    raise AssertionError(page.locator("main").inner_text())


def test_two_commanders_approve_the_plan_that_the_result_drafted(walk: Walk) -> None:
    for language, name in (("zh-hans", "plan-zh-light-desktop"), ("en", "plan-en-light-desktop")):
        page = open_plan(walk, "commander", language=language, height=1000)
        expect(page.locator("#to-decide")).to_be_visible()
        expect(page.locator("#hands")).to_be_visible()
        walk.picture(page, name)
    first = open_plan(walk, "commander", language="en")
    lines = first.locator(_APPROVE).count()
    assert lines >= 3
    expect(first.get_by_text("List the contacts and begin their management").first).to_be_visible()
    approve_all(first)
    second = open_plan(walk, "commander2", language="zh-hans")
    assert 0 < second.locator(_APPROVE).count() <= lines
    expect(second.locator(".hq-line__approvals").filter(has_text="commander 已批准").first).to_be_visible()
    approve_all(second)
    history = walk.page("commander", "/hq/orders", language="en")
    assert history.locator("main tbody tr, main li").count() > 0


def test_the_board_shows_who_does_what(walk: Walk) -> None:
    page = walk.page("dispatcher", "/dispatch/", language="zh-hans", height=1000)
    for _try in range(30):
        if page.locator("main").get_by_text(re.compile("R\\d{4}")).count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("main").get_by_text(re.compile("R\\d{4}")).first).to_be_visible()
    walk.picture(page, "board")


def find_worker(walk: Walk) -> tuple[str, Page]:
    """Return somebody of the field with a task on the phone; the volunteer first."""
    for role in ("volunteer", "medic", "caller"):
        page = walk.page(role, "/dispatch/mine", width=360, height=740)
        if page.locator(".tx-task").count():
            return role, page
    raise AssertionError("nobody in the field has a task")


def test_the_phone_shows_a_task_with_why_and_finishing_it_moves_the_wall(walk: Walk) -> None:
    wall = walk.page("commander", "/wall", width=1920, height=1080, theme="dark")
    before = wall_numbers(wall)
    assert re.search(r"\d", before)
    _role, page = find_worker(walk)
    why = page.locator(".tx-task .tx-soft").first
    assert len(why.inner_text()) > 8
    walk.picture(page, "phone-my-tasks")
    page.locator(".tx-task a.btn").first.click()
    page.wait_for_load_state()
    for step in ("accept", "start"):
        button = page.locator(f"form[action$='/{step}'] button")
        if button.count():
            button.click()
            expect(button).to_have_count(0)
    expect(page.locator("form[action$='/finish']")).to_be_visible()
    page.locator("form[action$='/finish'] button[name=outcome]").first.click()
    expect(page.locator("[data-scan-result=ok]")).to_be_visible()
    # The end of a task is told to the other rooms when its undo has run out; the wall asks again every few seconds.
    for _try in range(8):
        wall.wait_for_timeout(5000)
        wall.reload()
        if wall_numbers(wall) != before:
            break
    assert wall_numbers(wall) != before


def test_the_report_opens_in_word_in_both_languages(walk: Walk) -> None:
    page = walk.page("documents", "/situation/reports/", language="zh-hans", height=1000)
    page.locator("main tbody a[href*='/situation/reports/']").first.click()
    expect(page.locator("article.sit-report")).to_be_visible()
    walk.picture(page, "report")
    for language, word in (("zh", "采样"), ("en", "ampl")):
        answer = page.request.get(
            walk.house.url + str(page.locator(f"a[href$='/{language}.docx']").get_attribute("href"))
        )
        assert answer.ok
        document = docx.Document(io.BytesIO(answer.body()))
        text = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert word in text
        assert document.tables
    answer = page.request.get(walk.house.url + str(page.locator("a[href$='/zh.pdf']").get_attribute("href")))
    assert answer.body().startswith(b"%PDF-")
    if IS_PICTURE_DAY:
        draw_first_page(answer.body(), walk.house.home)


def draw_first_page(pdf: bytes, folder: Path) -> None:
    source = folder / "report.pdf"
    source.write_bytes(pdf)
    tool = shutil.which("pdftoppm")
    assert tool, "pictures of reports need pdftoppm (Debian: poppler-utils)"
    target = str(SCREENS / "report-pdf-zh")
    subprocess.run([tool, "-png", "-r", "80", "-singlefile", "-f", "1", str(source), target], check=True)


def open_when_there(page: Page, selector: str) -> None:
    """Ask again until the queue has done its part."""
    for _try in range(30):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


#: Pictures of pages that the story passes by: (name, role, path or what to follow, settings).
PICTURES = [
    ("wall", "commander", "/wall", {"width": 1920, "height": 1080, "theme": "dark"}),
    ("site-plan", "commander", "/situation/plan/", {"height": 1000}),
    ("coverage", "commander", "/residents/", {"height": 1000}),
    ("still-missing", "grid2", "/sampling/", {"height": 1000}),
    ("start-commander", "commander", "/", {"height": 1000}),
    ("calls-phone", "caller", "/residents/mine/", {"width": 360, "height": 740}),
]


@pytest.mark.parametrize(("name", "role", "path", "settings"), PICTURES)
def test_the_pages_that_decide_show_something(
    walk: Walk, name: str, role: str, path: str, settings: dict[str, Any]
) -> None:
    if name == "calls-phone":
        walk.house.wait_until_later(minutes=45)  # the window of the calls begins at three
    page = walk.page(role, path, **settings)
    if name == "calls-phone":
        open_when_there(page, "[name=outcome], a[href^='tel:']")
    if name == "still-missing":
        page.locator("main a[href*='/sampling/rounds/']").last.click()
        expect(page.locator("#missing-list")).to_be_visible()
    if name == "wall":
        expect(page.locator(".tx-wall__plan svg")).to_be_visible()
    assert re.search(r"\d", page.locator("body").inner_text())
    walk.picture(page, name)
