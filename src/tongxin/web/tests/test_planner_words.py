"""Whatever the planner's files get wrong has words: no code is without a sentence, no sentence without its numbers."""

import pickle
import re

import pytest
from django.utils import translation

from tongxin.engines.planner import Contradiction, ProblemError, Rule, Violation
from tongxin.engines.planner.check import CONTRADICTIONS
from tongxin.engines.planner.faults import FAULTS, ROUTE_RULES, Broken, Fault, FormatError, RouteRule
from tongxin.web.cli import planner_words as words


@pytest.mark.parametrize(
    ("codes", "sentences"),
    [
        (Fault, words.FAULTS),
        (Fault, FAULTS),
        (Contradiction, words.CONTRADICTIONS),
        (Contradiction, CONTRADICTIONS),
        (RouteRule, words.ROUTE_RULES),
        (Rule, words.RULES),
    ],
    ids=["faults", "faults-english", "contradictions", "contradictions-english", "routes", "rules"],
)
def test_every_code_has_words(codes, sentences) -> None:
    assert set(codes) - set(sentences) == set()


@pytest.mark.parametrize(
    ("engine", "web"),
    [(FAULTS, words.FAULTS), (CONTRADICTIONS, words.CONTRADICTIONS), (ROUTE_RULES, words.ROUTE_RULES)],
    ids=["faults", "contradictions", "routes"],
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
            FormatError("tasks[3].deadline_min", Fault.EXPECTED, expected="int | null", got="str"),
            "无法使用 day.json：tasks[3].deadline_min：类型不对：应为整数或空值，实为文字。",
        ),
        (
            ProblemError("tasks[t].window", Contradiction.TOO_LONG, longest=30, room=20),
            "无法使用 day.json：tasks[t].window：30 分钟的工作排不进 20 分钟。",
        ),
        (
            ProblemError("pins[t/0].waives", Contradiction.NOT_WAIVABLE, rule="BUSY"),
            "无法使用 day.json：pins[t/0].waives：BUSY 不能豁免。",
        ),
    ],
    ids=["field", "file", "kinds", "numbers", "code"],
)
def test_a_refusal_is_one_chinese_sentence(error, says) -> None:
    with translation.override("zh-hans"):
        assert words.fault_in_words("day.json", error) == says


@pytest.mark.parametrize("fault", list(Contradiction))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_contradiction_is_said_with_its_numbers(fault, language) -> None:
    names = re.findall(r"%\((\w+)\)s", CONTRADICTIONS[fault])
    error = ProblemError("tasks[t]", fault, **{name: 41 + k for k, name in enumerate(names)})
    with translation.override(language):
        said = words.fault_in_words("day.json", error)
    assert "%(" not in said
    assert all(str(number) in said for number in error.detail.values())
    assert (error.reason in said) is (language == "en")


@pytest.mark.parametrize(
    "error",
    [FormatError("x", Fault.TOO_LOW, low=3), ProblemError("x", Contradiction.TOO_LOW, low=3)],
    ids=["format", "problem"],
)
def test_an_error_comes_whole_out_of_another_process(error) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.field, again.fault, again.detail) == (type(error), "x", error.fault, {"low": 3})
    assert str(again) == str(error)


def test_a_broken_rule_is_one_line() -> None:
    with translation.override("en"):
        violation = Violation(rule=Rule.SYNC, task="t", detail={"hand": 1, "lag_min": 9})
        assert words.broken_in_words(violation) == "SYNC: the hands do not start in step (t, hand=1, lag_min=9)"
        assert words.broken_in_words(Broken(RouteRule.UNKNOWN_PATIENT, {"patient": "p"})) == "p is not a patient"
