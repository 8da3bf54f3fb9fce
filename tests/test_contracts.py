"""The house's small contracts: doors, foreign keys, views, personal-data marks, unique keys, URL policy, names.

The order of rooms itself is held by import-linter (`make lint`). A contract is never loosened to make a build pass.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, ManyToManyField, OneToOneField, UniqueConstraint
from django.urls import URLPattern, URLResolver, get_resolver

from tongxin.base import policy
from tongxin.base.marks import Mark

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tongxin"
ORDER = list(settings.ROOMS)
FIELD_ROOMS = {"sampling", "tracing", "residents"}
DOORS = {"api", "events", "urls"}
#: What every room may take from `base`: the ground is not a room with doors.
GROUND = {"base", "engines"}


def sources(pattern="**/*.py"):
    return [
        path
        for path in sorted(SOURCE.glob(pattern))
        if "tests" not in path.parts and "migrations" not in path.parts and path.name != "conftest.py"
    ]


@cache
def imports(path):
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def our_models():
    return [model for model in apps.get_models() if model.__module__.startswith("tongxin.")]


@pytest.mark.parametrize("room", [room for room in ORDER if room not in ("base", "web")])
def test_other_rooms_come_in_by_the_doors(room):
    wrong = []
    for path in sources():
        own = path.relative_to(SOURCE).parts[0]
        if own == room:
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[:2] == ["tongxin", room] and len(parts) > 2 and parts[2] not in DOORS:
                wrong.append(f"{path.relative_to(SOURCE)} imports {name}")
    assert not wrong


def test_cross_room_foreign_keys_point_down_and_leave_no_trace():
    wrong = []
    for model in our_models():
        for field in model._meta.local_fields:
            if not isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                continue
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if there not in ORDER or here == there:
                continue
            if here in FIELD_ROOMS and there in FIELD_ROOMS:
                wrong.append(f"{field}: field rooms are strangers")
            if ORDER.index(there) >= ORDER.index(here):
                wrong.append(f"{field}: points up to {there}")
            if field.remote_field.related_name != "+":
                wrong.append(f"{field}: related_name must be '+'")
    assert not wrong


@pytest.mark.parametrize("name", ["views.py", "handlers.py"])
def test_views_and_handlers_touch_no_table(name):
    wrong = [
        f"{path.relative_to(SOURCE)}: {found}"
        for path in [*sources(f"**/{name}"), *sources(f"**/{name.removesuffix('.py')}/*.py")]
        for found in re.findall(r"\.objects\b|\.save\(|\.delete\(", path.read_text(encoding="utf-8"))
    ]
    assert not wrong


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_field_has_a_personal_data_mark(model):
    fields = {field.name for field in [*model._meta.local_fields, *model._meta.local_many_to_many]}
    fields |= {field.name for parent in model._meta.parents for field in parent._meta.local_fields}
    marks = model.marks
    assert fields - set(marks) == set(), "fields without a mark"
    assert set(marks) - fields == set(), "marks without a field"
    for mark in marks.values():
        assert isinstance(mark, Mark)
        assert 1 <= mark.level <= 5
        assert mark.purpose
        assert mark.keep


def test_the_compound_is_in_every_unique_key():
    wrong = []
    for model in our_models():
        if model._meta.label in ("base.Account", "base.KnownDevice"):  # a login may serve several compounds
            continue
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and "area_id" not in constraint.fields:
                wrong.append(constraint.name)
        for field in model._meta.local_fields:
            if field.unique and not field.primary_key and field.name != "area_id":
                wrong.append(str(field))
    assert not wrong


def named_urls(resolver=None, namespace=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from named_urls(entry, inner)
        elif isinstance(entry, URLPattern):
            callback = getattr(entry.callback, "__module__", "")
            if callback.startswith("tongxin."):
                yield f"{namespace}:{entry.name}" if namespace else str(entry.name)


def test_every_url_has_a_row_in_the_access_policy():
    urls = set(named_urls())
    rows = set(policy.url_permissions())
    assert urls - rows == set(), "URLs without a row"
    assert rows - urls == set(), "rows without a URL"


def test_every_permission_is_used_somewhere():
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*sources(), *SOURCE.glob("*/policy.toml")])
    unused = [name for name in policy.table() if text.count(f'"{name}"') < 2]
    assert not unused


BANNED = {
    "common",
    "core",
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "service",
    "services",
    "extras",
}


def test_no_file_has_a_name_that_says_nothing():
    assert [str(p) for p in sources() if p.stem in BANNED or set(p.relative_to(SOURCE).parts[:-1]) & BANNED] == []


def function_lengths():
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(SOURCE)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, node


def test_functions_and_files_stay_small():
    lengths = [(name, length) for name, length, _ in function_lengths()]
    assert [row for row in lengths if row[1] > 60] == []
    assert sum(length <= 35 for _, length in lengths) >= 0.9 * len(lengths)
    files = [(str(p.relative_to(SOURCE)), len(p.read_text(encoding="utf-8").splitlines())) for p in sources()]
    assert [row for row in files if row[1] > 600] == []
    assert sum(length <= 400 for _, length in files) >= 0.9 * len(files)


def test_no_function_takes_more_than_five_positional_parameters():
    wrong = [
        name
        for name, _, node in function_lengths()
        if len([a for a in [*node.args.posonlyargs, *node.args.args] if a.arg not in ("self", "cls")]) > 5
    ]
    assert not wrong


@pytest.mark.parametrize("room", [room for room in ORDER if room not in ("base", "web")])
def test_every_room_has_its_doors_and_its_page(room):
    folder = SOURCE / room
    for name in ("README.md", "events.py", "handlers.py", "access.py", "rules.py", "policy.toml", "urls.py"):
        assert (folder / name).exists(), f"{room} lacks {name}"
    assert (folder / "api.py").exists() or (folder / "api" / "__init__.py").exists()
    module = __import__(f"tongxin.{room}.api", fromlist=["api"])
    assert module.__all__
    for name in ("figures", "timeline", "forget"):
        assert callable(getattr(module, name)), f"{room}.api lacks {name}"


def test_events_carry_no_personal_data():
    wrong = []
    for path in sources("*/events.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""
            if re.search(r"name|phone|address|id_number|note|text", name):
                wrong.append(f"{path.relative_to(SOURCE)}: {name}")
    assert not wrong


def test_no_signals_and_no_save_overrides():
    wrong = [
        str(path.relative_to(SOURCE))
        for path in sources()
        if re.search(r"django\.db\.models\.signals|def save\(", path.read_text(encoding="utf-8"))
    ]
    assert not wrong
