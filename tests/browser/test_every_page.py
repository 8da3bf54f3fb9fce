"""Every page that any role can reach by links, in the real product: accessible, narrow enough, in one language, and whole."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .house import CHROMIUM, ROLES, VENDOR, House, launch, shape

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
    pytest.mark.skipif(not VENDOR.exists(), reason="the assets are not built: python frontend/build.py"),
]

#: Pages are followed from the start page of a role: its menu, its tiles and links, and what those lead to.
DEPTH = 3
Look = tuple[str, str, int]
LOOKS: tuple[Look, ...] = (("zh-hans", "light", 1280), ("en", "dark", 360))
OTHER_LOOKS: tuple[Look, ...] = (("zh-hans", "dark", 360), ("en", "light", 1280))
#: The pages that decide are looked at in the two other ways too.
MAIN = ("/", "/hq/plan", "/dispatch/", "/dispatch/mine", "/residents/mine/", "/sampling/", "/wall", "/situation/plan/")
_LINK = re.compile(r'(?:href|hx-get)="([^"#][^"]*)"')

# Words that are the same in every language or are data of the demo: file kinds, codes of rules, sample logins.
# A word of a login, a code or a key (grid2, sampling.registered, system:demo) is no word of the page.
LATIN = re.compile(r"(?<![\w.:-])[A-Za-z]{4,}(?![\w:-]|\.\w)")
SAME_IN_CHINESE = frozenset(
    [
        "tongxin",
        "backup",  # the command
        "excel",
        "word",
        "xlsx",
        "docx",
        "json",
        "html",
        "sqlite",
        "postgresql",
        "covid",
        "english",
        "http",
        "https",
        "true",
        "false",
        "utf",
    ]
)
#: What stands on a page as data or as a name of the machine: logins, codes, hashes, tube labels.
DATA = "code, kbd, pre, samp, input, textarea, [lang=en], [data-verbatim], .tx-doc__code, script, style, svg"
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
#: The frame of a page holds no data: its words are ours.
CHROME = "h2, h3, button, th, label, legend, summary, dt, nav a, .tx-actions a, footer li, caption"


@dataclass
class Found:
    """What the walk through the house saw."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    statuses: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def crawl(house: House, context: BrowserContext, role: str, found: Found) -> None:
    """This function will follow every link of a role, one of each shape, and note what each answers."""
    waiting, seen = [("/", 0, "")], set()
    while waiting:
        path, depth, source = waiting.pop(0)
        if shape(path) in seen:
            continue
        seen.add(shape(path))
        answer = context.request.get(house.url + path, max_redirects=0)
        found.statuses[role, path] = answer.status
        # 422 is a form that says what it still needs to be told.
        if answer.status >= 400 and answer.status != 422:
            found.faults["dead links"].append(f"{role}: {path} on {source} answers {answer.status}")
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        text = answer.text()
        if text.lstrip().lower().startswith("<!doctype"):
            found.pages.setdefault(f"/ {role}" if path == "/" else shape(path), (role, path))
        if depth < DEPTH:
            links = (unescape(link) for link in _LINK.findall(text))
            waiting += [(link, depth + 1, path) for link in links if link.startswith("/") and "/static/" not in link]


def look(page: Page, language: str, width: int) -> Iterator[tuple[str, str]]:
    """This function will yield what is wrong with an open page, as (kind, words)."""
    for violation in Axe().run(page).response["violations"]:
        nodes = [node["html"][:120] for node in violation["nodes"][:2]]
        yield "axe", f"{violation['id']} {nodes}"
    if width == 360:
        for narrow in (360, 320):
            page.set_viewport_size({"width": narrow, "height": 740})
            wide, inner = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            if wide > inner:
                yield "widths", f"{wide} px of content at {narrow} px"
    if language == "en":
        texts = page.locator(CHROME).evaluate_all(
            f"all => all.filter(e => !e.closest('{DATA}, [lang]:not(html)')).map(e => e.innerText)"
        )
        wrong = sorted({word for text in texts for word in CHINESE.findall(text)} - {"中文"})
    else:
        texts = page.evaluate(WORDS_OF_PAGE, DATA)
        words = {word for text in texts for word in LATIN.findall(text)}
        wrong = sorted(word for word in words if word.lower() not in SAME_IN_CHINESE | set(ROLES) and word.islower())
        wrong += sorted(word for word in words if not word.islower() and word.lower() not in SAME_IN_CHINESE)
    if wrong and "/audit" not in page.url:  # the audit shows codes as they were recorded
        yield "words", ", ".join(wrong[:12])


WORDS_OF_PAGE = """data => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent && !parent.closest(data) && parent.checkVisibility()) found.push(walker.currentNode.data);
  }
  return found;
}"""


class Looker:
    """One browser that looks at pages; each role keeps one tab for each look, because signing in and opening cost most."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house = house
        self.browser = browser
        self.tabs: dict[tuple[str, Look], tuple[Page, list[str]]] = {}

    def tab(self, role: str, look_: Look) -> tuple[Page, list[str]]:
        """This function will return a tab and the list of what went wrong in it since it was last asked for."""
        if (role, look_) not in self.tabs:
            language, theme, width = look_
            page = self.house.context(self.browser, role, language=language, theme=theme, width=width).new_page()
            said: list[str] = []
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
            page.on("response", lambda r: said.append(f"{r.status} {r.url}") if r.status >= 400 else None)
            self.tabs[role, look_] = (page, said)
        page, said = self.tabs[role, look_]
        page.set_viewport_size({"width": look_[2], "height": 800})
        said.clear()
        return page, said

    def visit(self, key: str, found: Found) -> None:
        """This function will open a page in each look that it is asked for, and note what is wrong."""
        role, path = found.pages[key]
        for look_ in LOOKS + OTHER_LOOKS if key.split()[0] in MAIN else LOOKS:
            language, theme, width = look_
            page, said = self.tab(role, look_)
            page.goto(self.house.url + path)
            for kind, words in [*look(page, language, width), *(("console", line) for line in said)]:
                found.faults[kind].append(f"{key} ({role}, {language}, {theme}, {width}): {words}")


def in_two_browsers(house: House, work: Callable[[Looker, str], None], things: list[str]) -> None:
    """This function will share things among two Chromiums, each in a thread of its own."""

    def part(mine: list[str]) -> None:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            looker = Looker(house, browser)
            for thing in mine:
                work(looker, thing)
            browser.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(part, [things[::2], things[1::2]]))


def propose_a_week(looker: Looker, role: str) -> None:
    """This function will have the shifts of a week proposed: the demo has none, and their pages are pages too."""
    page, _said = looker.tab(role, LOOKS[0])
    page.goto(f"{looker.house.url}/workforce/rota")
    page.locator("main form button[type=submit]").last.click()
    for _try in range(60):
        page.goto(f"{looker.house.url}/workforce/rota")
        if page.locator("main a[href*='/workforce/rota/']").count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(page.locator("main").inner_text())


@pytest.fixture(scope="module")
def found(house: House) -> Found:
    result = Found()
    in_two_browsers(house, propose_a_week, ["dispatcher"])

    def follow(looker: Looker, role: str) -> None:
        crawl(house, looker.tab(role, LOOKS[0])[0].context, role, result)

    in_two_browsers(house, follow, list(ROLES))
    in_two_browsers(house, lambda looker, key: looker.visit(key, result), sorted(result.pages))
    return result


@pytest.mark.parametrize("kind", ["dead links", "axe", "widths", "words", "console"])
def test_no_page_has_faults(found: Found, kind: str) -> None:
    faults = sorted(set(found.faults[kind]))
    assert not faults, "\n".join(faults)


def test_every_role_has_a_start_page(found: Found) -> None:
    assert {key for key in found.pages if key.startswith("/ ")} == {f"/ {role}" for role in ROLES}


def test_the_walk_saw_most_pages(found: Found) -> None:
    assert len(found.pages) > 70


# ---------- no page is forgotten ----------
#: Pages that a link reaches only when something special happened, or that are parts of pages; each has tests in its room.
NOT_ON_THE_WAY = frozenset(
    [
        "community:care",
        "community:correct",
        "community:edit_building",
        "community:household_move_out",
        "community:import_marked",
        "community:import_progress",
        "community:pair",
        "community:site_plan",
        "community:verify_item",
        "dispatch:call",
        "dispatch:call_print",
        "dispatch:plan",
        "dispatch:running",
        "dispatch:what_if_running",
        "dispatch:why_not",
        "hq:judgement_sign",
        "hq:judgements",
        "hq:line_edit",
        "hq:line_strike",
        "hq:meeting",
        "residents:request",
        "sampling:count",
        "sampling:missing",
        "situation:wall_blocks",
        "web:compounds",
        "web:health",
        "web:styleguide",
        "web:styleguide_phone",
        "web:styleguide_print",
        "web:styleguide_wall",
        "web:wall_plan",
        "web:who_saw",
        "workforce:import",
        "workforce:import_marked",
        "workforce:import_progress",
        "workforce:rota_person",
        "workforce:rota_running",
    ]
)
ANY_UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
_PART = {"uuid": ANY_UUID, "slug": "people", "str": "done", "int": "1"}


def names_and_paths(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """This function will yield every URL name of the rooms with an example path."""
    for part in resolver.url_patterns:
        path = before + re.sub(r"<(\w+):\w+>", lambda match: _PART[match[1]], str(part.pattern))
        if isinstance(part, URLResolver):
            if part.app_name:
                yield from names_and_paths(part, path, f"{part.app_name}:")
        elif isinstance(part, URLPattern) and space:
            yield f"{space}{part.name}", f"/{path}"


def test_what_no_link_reaches_only_takes_forms(house: House, browser: Browser, found: Found) -> None:
    reached = {
        resolve(path.split("?")[0]).view_name for (_role, path), status in found.statuses.items() if status < 400
    }
    contexts = {role: house.context(browser, role) for role in ("commander", "security", "volunteer", "auditor")}
    answers = {}
    for name, path in names_and_paths(get_resolver()):
        if name in reached or name in NOT_ON_THE_WAY:
            continue
        answers[name] = {c.request.get(house.url + path, max_redirects=0).status for c in contexts.values()}
    for context in contexts.values():
        context.close()
    assert [name for name, statuses in answers.items() if 405 not in statuses] == []


def test_strangers_see_the_entrance_only(house: House, found: Found) -> None:
    for _role, path in found.pages.values():
        with urlopen(Request(house.url + path), timeout=20) as answer:
            assert "/accounts/login/" in answer.url, path
