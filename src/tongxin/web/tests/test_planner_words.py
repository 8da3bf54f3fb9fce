"""Whatever the planner's files get wrong has words: no code is without a sentence, no sentence without its numbers."""

import ast
import inspect
import re

import pytest
from django.utils import translation

from tongxin.engines.planner import ProblemError, Rule, Violation, check
from tongxin.engines.planner.faults import FAULTS, ROUTE_RULES, Broken, Fault, FormatError, RouteRule
from tongxin.web.cli import planner_words as words


def reasons_of_check() -> set[str]:
    """Return every reason that `check_problem` can give, read from its source, with placeholders for what is put in."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(check))):
        if not isinstance(node, ast.Yield) or not isinstance(node.value, ast.Tuple) or len(node.value.elts) != 2:
            continue
        reason = node.value.elts[1]
        if isinstance(reason, ast.Constant):
            found.add(words.placeholders_of(reason.value)[0])
        elif isinstance(reason, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in reason.values)
            found.add(words.placeholders_of(text)[0])
    return found


def test_every_contradiction_has_words() -> None:
    assert len(reasons_of_check()) > 20
    assert reasons_of_check() - set(words.CONTRADICTIONS) == set()


@pytest.mark.parametrize(
    ("codes", "sentences"),
    [(Fault, words.FAULTS), (RouteRule, words.ROUTE_RULES), (Rule, words.RULES)],
    ids=["faults", "routes", "rules"],
)
def test_every_code_has_words(codes, sentences) -> None:
    assert set(codes) - set(sentences) == set()


@pytest.mark.parametrize(
    ("engine", "web"), [(FAULTS, words.FAULTS), (ROUTE_RULES, words.ROUTE_RULES)], ids=["faults", "routes"]
)
def test_the_sentences_take_the_numbers_that_the_engine_gives(engine, web) -> None:
    def names(text: object) -> set[str]:
        return set(re.findall(r"%\((\w+)\)s", str(text)))

    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert [code for code in engine if names(web[code]) != names(engine[code])] == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (FormatError("tasks[3].window", Fault.MISSING), "无法使用 day.json：tasks[3].window：缺失。"),
        (FormatError("file", Fault.EMPTY), "无法使用 day.json：文件是空的。"),
        (
            ProblemError("tasks[t].window", "30 minutes of work do not fit into 20 minutes"),
            "无法使用 day.json：tasks[t].window：30 分钟的工作排不进 20 分钟。",
        ),
        (
            ProblemError("pins[t/0].waives", "BUSY cannot be waived"),
            "无法使用 day.json：pins[t/0].waives：BUSY 不能豁免。",
        ),
        (ProblemError("x", "is odd"), "无法使用 day.json：x：is odd。"),
    ],
    ids=["field", "file", "numbers", "code", "unknown"],
)
def test_a_refusal_is_one_chinese_sentence(error, says) -> None:
    with translation.override("zh-hans"):
        assert words.fault_in_words("day.json", error) == says


def test_a_broken_rule_is_one_line() -> None:
    with translation.override("en"):
        violation = Violation(rule=Rule.SYNC, task="t", detail={"hand": 1, "lag_min": 9})
        assert words.broken_in_words(violation) == "SYNC: the hands do not start in step (t, hand=1, lag_min=9)"
        assert words.broken_in_words(Broken(RouteRule.UNKNOWN_PATIENT, {"patient": "p"})) == "p is not a patient"
