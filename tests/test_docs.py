"""Documentation that cannot rot: every setting, command, permission and local link."""

import re
from pathlib import Path

import pytest
import typer.main

from tongxin.base import policy
from tongxin.web.cli import build
from tongxin.web.configuration import Configuration

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_setting_has_a_heading():
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (\S+)$", text, re.MULTILINE))
    assert {f"TONGXIN_{name.upper()}" for name in Configuration.model_fields} | {"TONGXIN_LANG"} == headings


def test_every_command_is_described():
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(build()).commands
    assert [name for name in commands if f"`{name}" not in text] == []


def access_table() -> str:
    """Return the policy as the page shows it."""
    head = (
        "# Access\n\nWritten by `python -m tests.test_docs` from the rooms' `policy.toml`. Empty: no access (404).\n\n"
    )
    roles = [role for role in policy.ROLES if any(role in row for row in policy.table().values())]
    lines = ["| permission | " + " | ".join(roles) + " |", "|---|" + "---|" * len(roles)]
    for name in sorted(policy.table()):
        row = policy.table()[name]
        lines.append(f"| {name} | " + " | ".join(row[role].value if role in row else "" for role in roles) + " |")
    return head + "\n".join(lines) + "\n"


def test_the_access_page_is_the_policy():
    page = ROOT / "docs" / "reference" / "access.md"
    assert page.read_text(encoding="utf-8") == access_table(), "run: python -m tests.test_docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_local_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


if __name__ == "__main__":
    (ROOT / "docs" / "reference" / "access.md").write_text(access_table(), encoding="utf-8")
