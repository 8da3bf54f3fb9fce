"""Who may be one person: rules, reasons, and the time it takes."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from typing import Any

import pytest

from tongxin.community.importing.duplicates import compare, find_pairs, known_from_rows, row_key
from tongxin.community.importing.reasons import PAIR_SENTENCES
from tongxin.community.importing.shapes import KnownPerson
from tongxin.community.tests.importing.reading import book, parse

BORN = date(1958, 3, 12)


def person(key: str = "a", name: str = "王建国", **more: Any) -> KnownPerson:
    return KnownPerson(key=key, name=name, **more)


@pytest.mark.parametrize(
    ("one", "other", "score", "reason"),
    [
        ({"id_digest": "x"}, {"id_digest": "x", "name": "李某某"}, 1.0, "same_id"),
        ({"phone_digests": ("p",)}, {"phone_digests": ("q", "p")}, 0.95, "same_phone_and_name"),
        ({"phone_digests": ("p",)}, {"phone_digests": ("p",), "name": "王健国"}, 0.85, "same_phone_and_similar_name"),
        ({"door": "18-1-302"}, {"door": "18-1-302"}, 0.9, "same_door_and_name"),
        ({"door": "18-1-302"}, {"door": "18-1-302", "name": "王健国"}, 0.8, "same_door_and_sound"),
        ({"door": "18-1-302", "name": "陸遠"}, {"door": "18-1-302", "name": "陆 远"}, 0.9, "same_door_and_name"),
        ({"door": "d", "name": "Johann Schmidt"}, {"door": "d", "name": "Schmidt Johan"}, 0.7, "same_door_and_similar_name"),
        ({"birth_date": BORN}, {"birth_date": BORN}, 0.85, "same_name_and_birth_date"),
        ({"door": "d", "birth_date": BORN}, {"door": "d", "birth_date": BORN, "name": "王健国"}, 0.85, "same_birth_date"),
        ({"door": "d", "birth_date": BORN}, {"door": "d", "birth_date": date(1985, 1, 1)}, 0.6, "same_door_and_name"),
    ],
)  # fmt: skip
def test_one_person(one: dict[str, Any], other: dict[str, Any], score: float, reason: str) -> None:
    found, reasons = compare(person("a", **one), person("b", **other))
    assert (found, reason in reasons) == (pytest.approx(score), True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"door": "d"}, {"door": "d", "name": "王建军"}),
        ({"door": "d"}, {"door": "e"}),
        ({"door": "d", "id_digest": "x"}, {"door": "d", "id_digest": "y"}),
        ({"door": "d", "sex": "MALE"}, {"door": "d", "sex": "FEMALE"}),
        ({"phone_digests": ("p",)}, {"phone_digests": ("p",), "name": "李清"}),
        ({}, {}),
    ],
)
def test_two_people(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert compare(person("a", **one), person("b", **other)) == (0.0, ())


def test_pairs_come_surest_first_once_and_never_among_the_known() -> None:
    new = [person("n1", door="d", phone_digests=("p",)), person("n2", door="d")]
    known = [person("k1", phone_digests=("p",)), person("k2", phone_digests=("p",))]
    pairs = find_pairs(new, known)
    assert [(p.left, p.right, p.score) for p in pairs] == [("n1", "k1", 0.95), ("n1", "k2", 0.95), ("n1", "n2", 0.9)]


def test_every_reason_has_words() -> None:
    pairs = find_pairs([person("a", door="d"), person("b", door="d")])
    assert set(pairs[0].reasons) <= set(PAIR_SENTENCES)


def test_rows_become_people_with_hidden_numbers() -> None:
    rows = parse(
        book(
            ["姓名", "住址", "电话", "身份证号"],
            ["林远", "18-1-302", "13912345678", "11010519491231002X"],
            [None, "18-1-302", "13912345678", None],
            ["林 远", "18号楼1单元302", None, None],
        )
    )
    people = known_from_rows(rows, digest=lambda text: hashlib.sha256(text.encode()).hexdigest())
    assert len(people) == 2
    assert "139" not in "".join(people[0].phone_digests)[:3]
    (pair,) = find_pairs(people)
    assert (pair.left, pair.right) == (row_key(rows[0]), row_key(rows[2]))


def test_a_phone_shared_by_a_dormitory_pairs_only_equal_names() -> None:
    crowd = [person(f"k{i}", name=f"人{i:03d}", phone_digests=("p",), door="d") for i in range(200)]
    twins = [
        person("a", name="林远", phone_digests=("p",), door="d"),
        person("b", name="林远", phone_digests=("p",), door="d"),
    ]
    assert [(p.left, p.right) for p in find_pairs([*crowd, *twins])] == [("a", "b")]


def test_ten_thousand_against_ten_thousand_takes_seconds_at_most() -> None:
    names = [f"{s}{a}{b}" for s in "林苏方陆程" for a in "晓安明远清" for b in "和雨桐嘉宁子墨思"]
    new = [person(f"n{i}", names[i % 200], door=f"{i // 3}", phone_digests=(f"p{i}",)) for i in range(10_000)]
    known = [person(f"k{i}", names[i % 200], door=f"{i // 3}", phone_digests=(f"p{i}",)) for i in range(10_000)]
    started = time.process_time()
    pairs = find_pairs(new, known)
    assert time.process_time() - started < 4
    assert len({p.left for p in pairs if p.score >= 0.95}) == 10_000
