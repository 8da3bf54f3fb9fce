"""Documentation that cannot rot: every setting, command, permission and local link."""

import os
import re
from pathlib import Path

import django
import pytest
import typer.main
from django.utils import translation

from tongxin.base import policy
from tongxin.web.cli import build
from tongxin.web.configuration import Configuration
from tongxin.web.wording import ROLE_WORDS, SCOPE_WORDS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: English only: one is written from the declared keys, one is for engineers who write files of the planner.
ENGLISH_ONLY = {"docs/reference/profiles.md", "docs/reference/planner-formats.md"}
TRANSLATED = [
    page
    for page in PAGES
    if page.parent.name in {"tutorial", "howto", "explanation", "reference"}
    and not page.name.endswith(".zh-CN.md")
    and str(page.relative_to(ROOT)) not in ENGLISH_ONLY
]


def test_every_setting_has_a_heading():
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (\S+)$", text, re.MULTILINE))
    assert {f"TONGXIN_{name.upper()}" for name in Configuration.model_fields} | {"TONGXIN_LANG"} == headings


def test_every_command_is_described():
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(build()).commands
    assert [name for name in commands if f"`{name}" not in text] == []


ACCESS = {
    "en": (
        "access.md",
        "# Access\n\n[中文](access.zh-CN.md)\n\n"
        "Written by `python -m tests.test_docs` from the rooms' `policy.toml`. Empty: no access (404).\n\n",
        "permission",
    ),
    "zh-hans": (
        "access.zh-CN.md",
        "# 权限\n\n[English](access.md)\n\n"
        "由 `python -m tests.test_docs` 根据各房间的 `policy.toml` 生成。空格：无权访问（404）。\n\n",
        "权限",
    ),
}


def access_table(language: str) -> str:
    """Return the policy as the page of a language shows it: codes in English, the product's own words in Chinese."""
    _, head, permission = ACCESS[language]
    roles = [role for role in policy.ROLES if any(role in row for row in policy.table().values())]
    with translation.override(language):
        titles = roles if language == "en" else [str(ROLE_WORDS[role]) for role in roles]
        scopes = {code: code if language == "en" else str(word) for code, word in SCOPE_WORDS.items()}
    lines = [f"| {permission} | " + " | ".join(titles) + " |", "|---|" + "---|" * len(roles)]
    for name in sorted(policy.table()):
        row = policy.table()[name]
        lines.append(
            f"| {name} | " + " | ".join(scopes[row[role].value] if role in row else "" for role in roles) + " |"
        )
    return head + "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", ACCESS)
def test_the_access_page_is_the_policy(language):
    page = ROOT / "docs" / "reference" / ACCESS[language][0]
    assert page.read_text(encoding="utf-8") == access_table(language), "run: python -m tests.test_docs"


def _chinese(page: Path) -> Path:
    return page.with_name(f"{page.stem}.zh-CN.md")


def _outside_code(text: str) -> str:
    return FENCE.sub("", text)


def _commands(text: str) -> list[str]:
    """Return the code blocks without their comments, which each page writes in its own language."""
    return [re.sub(r"[ \t]+#.*$", "", block, flags=re.MULTILINE) for block in FENCE.findall(text)]


def _headings(text: str) -> list[str]:
    """Return the levels of the headings, in their order."""
    return re.findall(r"^(#+) ", _outside_code(text), re.MULTILINE)


def _without_chinese(text: str) -> list[str]:
    """Return paragraphs, items and rows that have words but no Chinese; names in backticks are no words."""
    blocks = re.split(r"\n\s*\n|\n(?=[|#*-] ?|\d+\. )", _outside_code(text))
    links = re.compile(
        r"\[English\]\([^)]*\)|\]\([^)]*\)|`[^`]*`|^#+ TONGXIN_\w+$|\b[a-z]+(?:[._][a-z_]+)+\b", re.MULTILINE
    )
    return [block for block in blocks if re.search(r"[A-Za-z]{2}", links.sub("", block)) and not CHINESE.search(block)]


def test_no_chinese_page_lacks_its_english_one():
    chinese = {page for page in PAGES if page.name.endswith(".zh-CN.md")}
    assert chinese == {_chinese(page) for page in [*TRANSLATED, ROOT / "README.md"]}


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_chinese_page_says_the_same(page):
    english, chinese = page.read_text(encoding="utf-8"), _chinese(page).read_text(encoding="utf-8")
    assert _headings(chinese) == _headings(english)
    assert _commands(chinese) == _commands(english)
    assert f"[中文]({_chinese(page).name})" in english.split("\n")[2]
    assert f"[English]({page.name})" in chinese.split("\n")[2]
    assert _without_chinese(chinese) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_local_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.web.settings")
    django.setup()
    for tongue, (name, *_) in ACCESS.items():
        (ROOT / "docs" / "reference" / name).write_text(access_table(tongue), encoding="utf-8")
