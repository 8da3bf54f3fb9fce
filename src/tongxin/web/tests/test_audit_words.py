"""Every action that the code can write into the audit has words, in both languages."""

import ast

import pytest
from django.utils import translation

from tongxin.base.ids import new_uuid
from tongxin.web import audit_details, audit_wording
from tongxin.web.tests import audit_actions


@pytest.fixture(scope="module")
def found():
    """Each action that the code can write, with its place."""
    return [found for path in audit_actions.sources() for found in audit_actions.actions_in(path)]


def test_each_place_that_writes_an_entry_was_understood(found):
    assert [place for action, place in found if action is None] == []
    assert {action.partition(".")[0] for action, _place in found} == audit_wording.ROOMS.keys()


def test_every_action_has_words_and_no_words_are_left_over(found):
    written = {action for action, _place in found}
    assert sorted(written - audit_wording.ACTIONS.keys()) == []
    assert sorted(audit_wording.ACTIONS.keys() - written) == []
    assert sorted(audit_wording.LOOKS - audit_wording.ACTIONS.keys()) == []


def test_what_only_looks_is_counted_as_a_look():
    ends = (".read", ".looked_at", ".revealed", ".listed", ".exported", "_exported", "_downloaded", "_shown", ".taken")
    looking = {action for action in audit_wording.ACTIONS if action.endswith(ends)}
    assert looking - audit_wording.LOOKS == {"tracing.contacts.listed", "residents.request.taken"}


@pytest.mark.parametrize(
    "table", [audit_wording.ROOMS, audit_wording.ACTIONS, audit_wording.KINDS, audit_details.KEYS], ids=len
)
def test_all_words_are_chinese_too(table):
    with translation.override("en"):
        english = {code: str(words) for code, words in table.items()}
    with translation.override("zh-hans"):
        plain = [code for code, words in table.items() if str(words) == english[code]]
    assert plain == []


def test_every_kind_of_target_has_words():
    kinds = set()
    for path in audit_actions.sources():
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
                kinds |= {word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
    kinds -= {None}
    assert len(kinds) > 30
    assert sorted(kind for kind in kinds if audit_wording.kind_in_words(kind) == kind and kind.islower()) == []


@pytest.mark.parametrize(
    ("source", "actions"),
    [
        ("def f():\n audit.record('a.b')", ["a.b"]),
        ("def f(x):\n audit.record('a.b' if x else 'a.c')", ["a.b", "a.c"]),
        ("X = 'a.b'\ndef f():\n audit.record(X)", ["a.b"]),
        ("def f():\n y = 'a.b'\n audit.record(y)", ["a.b"]),
        (
            "def _r(action, row):\n audit.record(f'a.{action}')\ndef g(row):\n _r('b', row)\n _r('c', row)",
            ["a.b", "a.c"],
        ),
        ("def _r(*, action):\n audit.record(action)\ndef g():\n _r(action='a.b')", ["a.b"]),
        ("def f(x):\n audit.record(x)", [None]),
        ("def f(x):\n audit.record(x.y())", [None]),
    ],
)
def test_the_reader_of_the_code_sees_what_it_must(tmp_path, monkeypatch, source, actions):
    monkeypatch.setattr(audit_actions, "PACKAGE", tmp_path)
    path = tmp_path / "x.py"
    path.write_text(source)
    assert [action for action, _place in audit_actions.actions_in(path)] == actions


@pytest.mark.parametrize(
    ("detail", "english", "chinese"),
    [
        ({}, "", ""),
        (
            {"role": "COMMANDER", "scope": "AREA"},
            "role: Commander; scope: The whole compound",
            "角色：指挥长；范围：整个院区",
        ),
        ({"people": 7, "reason": ""}, "people: 7", "人数：7"),
        ({"role": "KING"}, "role: KING", "角色：KING"),
        ({"other": True}, "other: yes", "other：是"),
        ({"fields": ["a", "b"]}, "fields: a, b", "字段：a、b"),
        ({"counts": {"added": 2}}, "counts: added 2", "counts：新增 2"),
        ({"<b>": "<script>"}, "<b>: <script>", "<b>：<script>"),
    ],
)
def test_details_in_words(detail, english, chinese):
    with translation.override("en"):
        assert audit_details.in_words(detail) == english
    with translation.override("zh-hans"):
        assert audit_details.in_words(detail) == chinese


def test_ids_in_details_are_short_and_long_details_end():
    uuid = new_uuid()
    with translation.override("en"):
        assert audit_details.in_words({"target": str(uuid)}) == f"target: …{str(uuid)[-6:]}"
        assert audit_details.in_words({"hash": "ab" * 32}) == "hash: abababababab…"
        assert len(audit_details.in_words({"x": "y" * 5000})) == audit_details.LONGEST + 1


def test_what_the_system_did_by_itself_is_told_so():
    with translation.override("en"):
        assert audit_details.actor_in_words("system:hq.carry_out") == "by itself (hq.carry_out)"
        assert audit_details.actor_in_words("grid-1") == "grid-1"
