"""Zone levels through the api: raised, lowered and lifted by facts; what is proposed, and what is refused."""

from datetime import date, timedelta

import pytest

from tongxin.base.actors import Actor, system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.versions import StaleVersion
from tongxin.incidents import api, wording
from tongxin.incidents.models import Incident, ZoneLevel
from tongxin.incidents.proposals import ProposalLine

pytestmark = pytest.mark.django_db
STAFF = system("test")


@pytest.fixture
def ids(incident):
    return {"area_id": incident.area_id, "incident_id": incident.pk}


@pytest.fixture
def fall_ill(ids):
    def call(person, at, kind="CASE", **more):
        return api.set_person_status(
            **ids,
            person_id=person.pk,
            kind=kind,
            effective_at=at,
            cause_kind="Result",
            cause_uuid=new_uuid(),
            actor=STAFF,
            at=at,
            **more,
        )

    return call


@pytest.fixture
def lay(ids, at):
    def call(place, kind, level, when=None, **more):
        return api.raise_zone(
            **ids, place_kind=kind, place_uuid=place.uuid, level=level, actor=STAFF, at=when or at, **more
        )

    return call


@pytest.fixture
def negative_round(ids):
    """Tell that everybody of these places was negative in one round."""

    def call(kind, places, when, code="ROUND_NEGATIVE", value=1.0):
        cause = new_uuid()
        for place in places:
            api.record_zone_fact(
                **ids,
                place_kind=kind,
                place_uuid=place.uuid,
                code=code,
                happened_at=when,
                value=value,
                cause_kind="SamplingRound",
                cause_uuid=cause,
                actor=STAFF,
                at=when,
            )

    return call


@pytest.fixture
def ninth(ids, at):
    """Headquarters ordered the 9th edition, so that the twenty measures of 11 November do not set in by date."""
    api.switch_rule_set(**ids, rule_set_id="covid-cn-9e", starts_at=at, actor=STAFF, at=at)


def lines(ids, at):
    return [
        (line.measure, line.target_kind, line.target_label, line.body.get("level"))
        for line in api.propose(**ids, at=at)
    ]


def carry_all(ids, at):
    for line in api.propose(**ids, at=at):
        api.carry_out(line, **ids, actor=STAFF, at=at)


def levels(ids, at):
    return {(row.place_kind, row.place_label): row.level for row in api.zone_levels(**ids, at=at)}


def test_nothing_is_proposed_without_a_finding(ids, area, at):
    assert api.propose(**ids, at=at) == []


def test_a_case_raises_building_grid_and_compound(ids, area, at, fall_ill):
    fall_ill(area.by_door["1-1-101"][0], at)
    assert lines(ids, at) == [
        ("RAISE_ZONE", "BUILDING", "1", "high"),
        ("RAISE_ZONE", "GRID", "1号网格", "medium"),
        ("RAISE_ZONE", "COMPOUND", "示例院区1", "low"),
    ]
    line = api.propose(**ids, at=at)[0]
    assert line.key == f"RAISE_ZONE:BUILDING:{area.buildings[0].uuid}"
    assert line.numbers == {"count": 1, "first": "2022-11-03", "last": "2022-11-03", "people": 16}
    assert line.rule_key.startswith("covid-cn-9e.zones.proposals")
    assert line.source
    assert line.grade == "D"
    assert "16" in wording.sentence(line.why, line.numbers, wording.WHY)


def test_two_cases_of_one_building_are_one_line(ids, area, at, fall_ill):
    for person in area.by_door["1-1-101"]:
        fall_ill(person, at)
    (building, *_rest) = api.propose(**ids, at=at)
    assert building.numbers["count"] == 2


def test_twenty_measures_seal_the_entrance_only(ids, area, at, fall_ill):
    api.switch_rule_set(**ids, rule_set_id="covid-cn-20m", starts_at=at, actor=STAFF, at=at)
    fall_ill(area.by_door["1-2-101"][0], at)
    assert lines(ids, at)[0] == ("RAISE_ZONE", "ENTRANCE", "1-2", "high")
    assert ("RAISE_ZONE", "BUILDING", "1", "high") not in lines(ids, at)


def test_carried_out_lines_are_not_proposed_again(ids, area, at, fall_ill):
    fall_ill(area.by_door["1-1-101"][0], at)
    drafted = api.propose(**ids, at=at)
    done = [api.carry_out(line, **ids, actor=STAFF, at=at) for line in drafted]
    assert [row.counts for row in done] == [{"zones": 1}] * 3
    again = [api.carry_out(line, **ids, actor=STAFF, at=at) for line in drafted]
    assert [row.counts for row in again] == [{"zones": 0}] * 3
    assert [row.made_uuid for row in again] == [row.made_uuid for row in done]
    assert api.propose(**ids, at=at) == []
    assert ZoneLevel.objects.count() == 3


def test_what_a_raised_zone_keeps(ids, area, at, fall_ill):
    fall_ill(area.by_door["1-1-101"][0], at)
    carry_all(ids, at)
    row = api.own_level_of_place(**ids, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, at=at)
    assert [entry["code"] for entry in row.measures] == ["STAY_IN_HOME", "DOOR_SERVICE"]
    assert {entry["kind"] for entry in row.lift_conditions} == {"NO_NEW_DAYS", "ROUND_NEGATIVE_ON_DAY"}
    assert all(entry["source"] and entry["grade"] for entry in row.measures + row.lift_conditions)
    assert row.evidence == [{"code": "CASE", "count": 1, "first": "2022-11-03", "last": "2022-11-03"}]
    assert row.review_date == date(2022, 11, 10)
    (notice, *_rest) = OutboxEvent.objects.filter(kind="incidents.zone_level_changed.v1").order_by("id")
    assert (notice.payload["level"], notice.payload["previous"]) == ("high", "")
    assert AuditEntry.objects.filter(action="incidents.raise_zone").count() == 3


def test_the_hottest_level_around_counts(ids, area, at, lay):
    lay(area.compound, "COMPOUND", "low")
    lay(area.grids[0], "GRID", "medium")
    lay(area.buildings[0], "BUILDING", "high")
    found = {key: row.level for key, row in api.levels_by_entrance(**ids, at=at).items()}
    assert [found[entrance.pk] for entrance in area.entrances] == ["high", "high", "medium", "medium", "low", "low"]
    where = {"place_kind": "ENTRANCE", "place_uuid": area.entrances[2].uuid}
    assert api.level_of_place(**ids, **where, at=at).level == "medium"
    assert api.own_level_of_place(**ids, **where, at=at) is None
    assert api.levels_by_entrance(**ids, at=at - timedelta(days=1)) == {}


def test_a_building_inside_a_high_grid_needs_no_line(ids, area, at, lay, fall_ill):
    lay(area.grids[0], "GRID", "high")
    fall_ill(area.by_door["1-1-101"][0], at)
    assert lines(ids, at) == [("RAISE_ZONE", "COMPOUND", "示例院区1", "low")]


def test_a_place_has_one_open_level(ids, area, at, lay):
    first = lay(area.buildings[0], "BUILDING", "medium")
    second = lay(area.buildings[0], "BUILDING", "high", when=at + timedelta(hours=1))
    first.refresh_from_db()
    assert first.ends_at == second.starts_at
    assert ZoneLevel.objects.filter(ends_at=None).count() == 1


@pytest.mark.parametrize("level", ["high", "medium", "low"])
def test_raising_to_the_same_or_a_cooler_level_is_refused(level, area, lay):
    lay(area.buildings[0], "BUILDING", "high")
    with pytest.raises(api.NotHotter):
        lay(area.buildings[0], "BUILDING", level)


def test_wrong_places_levels_and_versions_are_refused(ids, area, other_area, at, lay):
    with pytest.raises(api.UnknownPlace):
        lay(other_area.buildings[0], "BUILDING", "high")
    with pytest.raises(api.UnknownPlace):
        lay(area.buildings[0], "ENTRANCE", "high")
    with pytest.raises(api.UnknownLevel):
        lay(area.buildings[0], "BUILDING", "purple")
    lay(area.buildings[0], "BUILDING", "medium")
    with pytest.raises(StaleVersion):
        lay(area.buildings[0], "BUILDING", "high", expected_version=7)
    api.close_incident(**ids, reason="Over", actor=STAFF, at=at)
    with pytest.raises(api.IncidentIsClosed):
        lay(area.buildings[1], "BUILDING", "high")


def test_down_from_high_in_the_order_of_the_rule_set(ninth, ids, area, at, fall_ill, negative_round):
    """High for seven days and a negative round, medium for three more, then nothing but the compound's low."""
    person = area.by_door["1-1-101"][0]
    fall_ill(person, at)
    carry_all(ids, at)
    building = next(row for row in api.zone_levels(**ids, at=at) if row.place_kind == "BUILDING")
    day_6 = at + timedelta(days=6)
    negative_round("COMPOUND", [area.compound], day_6)
    check = api.check_lifts(**ids, at=day_6 + timedelta(hours=1))[building.uuid]
    assert [(c.kind, c.holds, c.numbers.get("days")) for c in check.conditions] == [
        ("NO_NEW_DAYS", False, 6),
        ("ROUND_NEGATIVE_ON_DAY", True, None),
    ]
    assert api.propose(**ids, at=day_6 + timedelta(hours=1)) == []
    day_7 = at + timedelta(days=7)
    assert lines(ids, day_7) == [
        ("LOWER_ZONE", "BUILDING", "1", "medium"),
        ("LIFT_ZONE", "GRID", "1号网格", None),
    ]
    carry_all(ids, day_7)
    assert levels(ids, day_7) == {("COMPOUND", "示例院区1"): "low", ("BUILDING", "1"): "medium"}
    lowered = api.own_level_of_place(**ids, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, at=day_7)
    assert lowered.is_lowered
    assert [entry["number"] for entry in lowered.lift_conditions] == [3]
    day_10 = day_7 + timedelta(days=3)
    assert api.propose(**ids, at=day_10 - timedelta(days=1)) == []
    assert lines(ids, day_10) == [("LIFT_ZONE", "BUILDING", "1", None)]
    carry_all(ids, day_10)
    assert lines(ids, day_10) == [("LIFT_ZONE", "COMPOUND", "示例院区1", None)]
    carry_all(ids, day_10)
    assert levels(ids, day_10) == {}
    assert api.propose(**ids, at=day_10) == []
    codes = [entry["code"] for entry in api.timeline(**ids, since=at, until=day_10 + timedelta(days=1))]
    assert codes.count("ZONE_RAISED") == 3
    assert codes.count("ZONE_LOWERED") == 1
    assert codes.count("ZONE_LIFTED") == 3


def test_a_case_known_before_does_not_raise_a_lowered_place_again(ids, area, at, fall_ill, negative_round):
    fall_ill(area.by_door["1-1-101"][0], at)
    carry_all(ids, at)
    day_7 = at + timedelta(days=7)
    negative_round("COMPOUND", [area.compound], day_7 - timedelta(hours=1))
    carry_all(ids, day_7)
    assert lines(ids, day_7) == []
    fall_ill(area.by_door["1-1-102"][0], day_7 + timedelta(hours=1))
    assert ("RAISE_ZONE", "BUILDING", "1", "high") in lines(ids, day_7 + timedelta(hours=1))


def test_a_new_case_starts_the_days_again(ninth, ids, area, at, fall_ill, negative_round):
    fall_ill(area.by_door["1-1-101"][0], at)
    carry_all(ids, at)
    fall_ill(area.by_door["1-2-201"][0], at + timedelta(days=5))
    negative_round("COMPOUND", [area.compound], at + timedelta(days=7))
    day_8 = at + timedelta(days=8)
    assert [line for line in lines(ids, day_8) if line[1] == "BUILDING"] == []
    zone = api.own_level_of_place(**ids, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, at=day_8)
    (days, round_) = api.check_lifts(**ids, at=day_8)[zone.uuid].conditions
    assert days.numbers["since"] == "2022-11-08"
    assert days.due_date == date(2022, 11, 15)
    assert not round_.holds


@pytest.mark.parametrize(("entrances", "holds"), [([0, 1], True), ([0], False), ([], False), ([1], False)])
def test_a_round_counts_for_a_building_when_each_entrance_told_it(entrances, holds, ids, area, at, lay, negative_round):
    zone = lay(area.buildings[0], "BUILDING", "high")
    later = at + timedelta(days=6)
    negative_round("ENTRANCE", [area.entrances[index] for index in entrances], later)
    conditions = api.check_lifts(**ids, at=later)[zone.uuid].conditions
    assert {c.kind: c.holds for c in conditions}["ROUND_NEGATIVE_ON_DAY"] is holds


def test_two_rounds_of_half_a_building_each_are_not_one(ids, area, at, lay, negative_round):
    zone = lay(area.buildings[0], "BUILDING", "high")
    later = at + timedelta(days=6)
    negative_round("ENTRANCE", [area.entrances[0]], later)
    negative_round("ENTRANCE", [area.entrances[1]], later)
    conditions = api.check_lifts(**ids, at=later)[zone.uuid].conditions
    assert {c.kind: c.holds for c in conditions}["ROUND_NEGATIVE_ON_DAY"] is False


def test_lowering_needs_its_conditions(ids, area, at, lay):
    zone = lay(area.buildings[0], "BUILDING", "high")
    where = {**ids, "place_kind": "BUILDING", "place_uuid": area.buildings[0].uuid, "actor": STAFF, "at": at}
    with pytest.raises(api.ConditionsNotHeld) as refused:
        api.lower_zone(**where, level="medium")
    assert [c.kind for c in refused.value.conditions] == ["NO_NEW_DAYS", "ROUND_NEGATIVE_ON_DAY"]
    with pytest.raises(api.ConditionsNotHeld):
        api.lift_zone(**where)
    with pytest.raises(api.ReasonMissing):
        api.lower_zone(**where, level="medium", is_waived=True, reason="  ")
    with pytest.raises(api.NotCooler):
        api.lower_zone(**where, level="high", is_waived=True, reason="x")
    zone.refresh_from_db()
    assert zone.ends_at is None
    row = api.lower_zone(**where, level="low", is_waived=True, reason="A wrong result")
    assert (row.level, row.is_lowered) == ("low", True)
    assert AuditEntry.objects.get(action="incidents.lower_zone").detail["waived"]


def test_a_level_with_a_next_one_is_not_lifted_at_once(ninth, ids, area, at, lay, negative_round):
    lay(area.buildings[0], "BUILDING", "high")
    later = at + timedelta(days=8)
    negative_round("BUILDING", [area.buildings[0]], later)
    with pytest.raises(api.LowerFirst) as refused:
        api.lift_zone(**ids, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, actor=STAFF, at=later)
    assert refused.value.to == "medium"


def test_ending_a_level_that_is_not_there(ids, area, at):
    with pytest.raises(api.NoLevel):
        api.lift_zone(**ids, place_kind="BUILDING", place_uuid=area.buildings[0].uuid, actor=STAFF, at=at)


def test_a_recalled_pool_flags_its_entrances_until_it_is_cleared(ids, area, at, fall_ill):
    people = [area.by_door["1-1-101"][0], area.by_door["3-2-102"][0]]
    for person in people:
        fall_ill(person, at, kind="SUSPECT")
    assert lines(ids, at) == [
        ("RAISE_ZONE", "ENTRANCE", "1-1", "medium"),
        ("RAISE_ZONE", "ENTRANCE", "3-2", "medium"),
    ]
    carry_all(ids, at)
    soon = at + timedelta(hours=6)
    fall_ill(people[0], soon, kind="CLEARED")
    assert lines(ids, soon) == [("LIFT_ZONE", "ENTRANCE", "1-1", None)]
    fall_ill(people[1], soon, kind="CASE")
    assert ("RAISE_ZONE", "BUILDING", "3", "high") in lines(ids, soon)
    assert ("LIFT_ZONE", "ENTRANCE", "3-2", None) not in lines(ids, soon)


def test_an_old_case_raises_nothing(ids, area, at, fall_ill):
    fall_ill(area.by_door["1-1-101"][0], at - timedelta(days=30))
    assert [line for line in lines(ids, at) if line[3] == "high"] == []


def test_lifting_is_judged_anew_when_a_plan_is_carried_out_late(ids, area, at, fall_ill, negative_round):
    fall_ill(area.by_door["1-1-101"][0], at)
    carry_all(ids, at)
    day_7 = at + timedelta(days=7)
    negative_round("COMPOUND", [area.compound], day_7)
    stale = next(line for line in api.propose(**ids, at=day_7) if line.measure == "LOWER_ZONE")
    fall_ill(area.by_door["1-2-202"][0], day_7)
    with pytest.raises(api.ConditionsNotHeld):
        api.carry_out(stale, **ids, actor=STAFF, at=day_7 + timedelta(minutes=1))


def test_a_level_that_the_new_rule_set_does_not_have(ids, area, at, lay):
    lay(area.grids[0], "GRID", "medium")
    lay(area.buildings[0], "BUILDING", "high")
    preview = api.preview_rule_set(**ids, rule_set_id="covid-cn-20m", language="en", at=at)
    assert {row.place_label: row.effect for row in preview.zones} == {"1号网格": "GONE", "1": "CONDITIONS"}
    assert any(row.key.startswith("contacts.secondary") for row in preview.changes)
    api.switch_rule_set(**ids, rule_set_id="covid-cn-20m", starts_at=at, actor=STAFF, at=at)
    assert lines(ids, at) == [("LIFT_ZONE", "GRID", "1号网格", None)]
    assert api.propose(**ids, at=at)[0].why == "LEVEL_ABOLISHED"
    carry_all(ids, at)
    assert levels(ids, at) == {("BUILDING", "1"): "high"}


@pytest.fixture
def vector(area, at):
    row = api.open_incident(area_id=1, code="chik", title="Fever", profile_id="chikungunya", actor=STAFF, at=at)
    return {"area_id": 1, "incident_id": row.pk}


def test_a_vector_index_raises_and_lowers(vector, area, at):
    def survey(value, when):
        api.record_zone_fact(
            **vector,
            place_kind="BUILDING",
            place_uuid=area.buildings[1].uuid,
            code="INDEX",
            happened_at=when,
            value=value,
            cause_kind="Survey",
            cause_uuid=new_uuid(),
            actor=STAFF,
            at=when,
        )

    survey(12.5, at)
    assert lines(vector, at) == [("RAISE_ZONE", "BUILDING", "2", "medium")]
    assert "12.5" in wording.sentence("INDEX_ABOVE", api.propose(**vector, at=at)[0].numbers, wording.WHY)
    carry_all(vector, at)
    survey(25, at + timedelta(days=1))
    assert lines(vector, at + timedelta(days=1)) == [("RAISE_ZONE", "BUILDING", "2", "high")]
    carry_all(vector, at + timedelta(days=1))
    survey(9, at + timedelta(days=3))
    assert lines(vector, at + timedelta(days=3)) == [("LOWER_ZONE", "BUILDING", "2", "medium")]


def test_zone_facts_are_corrected_not_doubled(ids, area, at):
    fact = {"place_kind": "BUILDING", "place_uuid": area.buildings[0].uuid, "code": "INDEX", "cause_uuid": new_uuid()}
    first = api.record_zone_fact(**ids, **fact, happened_at=at, value=3, cause_kind="S", actor=STAFF, at=at)
    second = api.record_zone_fact(**ids, **fact, happened_at=at, value=4, cause_kind="S", actor=STAFF, at=at)
    assert (first.pk, second.value) == (second.pk, 4)
    with pytest.raises(ValueError, match="RUMOR"):
        api.record_zone_fact(**ids, **fact | {"code": "RUMOR"}, happened_at=at, cause_kind="S", actor=STAFF, at=at)


GOOD = {"place_kind": "BUILDING", "place_uuid": str(new_uuid()), "level": "high", "canonical": "HIGH"}


@pytest.mark.parametrize(
    ("measure", "body", "field"),
    [
        ("BURN_DOWN", GOOD, "measure"),
        ("RAISE_ZONE", {**GOOD, "place_kind": "CITY"}, "place_kind"),
        ("RAISE_ZONE", {**GOOD, "place_uuid": "1 OR 1=1"}, "place_uuid"),
        ("RAISE_ZONE", {**GOOD, "level": ""}, "level"),
        ("RAISE_ZONE", {**GOOD, "level": 3}, "level"),
        ("RAISE_ZONE", {**GOOD, "name": "x"}, "name"),
        ("RAISE_ZONE", {**GOOD, "review_date": "soon"}, "review_date"),
        ("RAISE_ZONE", {**GOOD, "evidence": "many"}, "evidence"),
        ("RAISE_ZONE", {}, "place_kind"),
        ("LIFT_ZONE", GOOD, "level"),
    ],
)
def test_wrong_bodies_are_refused(measure, body, field):
    with pytest.raises(api.NotEditable) as refused:
        api.check_body(measure, body)
    assert refused.value.field == field


def test_good_bodies_pass():
    api.check_body("RAISE_ZONE", {**GOOD, "review_date": "2022-11-10", "evidence": []})
    api.check_body("LIFT_ZONE", {key: GOOD[key] for key in ("place_kind", "place_uuid")})


def line(measure, canonical):
    return ProposalLine(
        "incidents", measure, "k", "BUILDING", None, "1", "w", {}, "", "", "D", {"canonical": canonical}
    )


@pytest.mark.parametrize(
    ("measure", "canonical", "persons"),
    [
        ("RAISE_ZONE", "HIGH", 2),
        ("RAISE_ZONE", "MEDIUM", 1),
        ("LOWER_ZONE", "MEDIUM", 2),
        ("LIFT_ZONE", "LOW", 2),
        ("RAISE_ZONE", "", 1),
    ],
)
def test_how_many_people_must_approve(measure, canonical, persons):
    rule_set = api.rule_set_named(api.profile_named("covid-cn"), "covid-cn-9e")
    assert api.approvals_for(rule_set, line(measure, canonical)).value.persons == persons


def test_a_request_needs_a_second_person(ids, area, at):
    first, second = Actor("one", account_id=1), Actor("two", account_id=2)
    wish = {"action": "RAISE", "place_kind": "BUILDING", "place_uuid": area.buildings[0].uuid, "level": "high"}
    row = api.ask_zone(**ids, **wish, actor=first, at=at)
    assert (row.state, levels(ids, at)) == ("WAITING", {})
    with pytest.raises(api.RequestWaiting):
        api.ask_zone(**ids, **wish, actor=second, at=at)
    with pytest.raises(api.SamePerson):
        api.agree_zone(area_id=1, uuid=row.uuid, actor=first, at=at)
    done = api.agree_zone(area_id=1, uuid=row.uuid, actor=second, at=at)
    assert (done.state, levels(ids, at)) == ("DONE", {("BUILDING", "1"): "high"})
    with pytest.raises(api.NotWaiting):
        api.agree_zone(area_id=1, uuid=row.uuid, actor=Actor("three", account_id=3), at=at)


def test_what_cannot_be_done_is_told_to_the_one_who_asks(ids, area, at, lay):
    lay(area.buildings[0], "BUILDING", "high")
    wish = {"place_kind": "BUILDING", "place_uuid": area.buildings[0].uuid, "actor": STAFF, "at": at}
    with pytest.raises(api.NotHotter):
        api.ask_zone(**ids, action="RAISE", level="high", **wish)
    with pytest.raises(api.ConditionsNotHeld):
        api.ask_zone(**ids, action="LOWER", level="low", **wish)
    assert api.zone_requests(**ids) == []
    assert ZoneLevel.objects.count() == 1


# ---------- incident and rule sets ----------
def test_opening_makes_groups_notice_and_audit(area, at):
    row = api.open_incident(area_id=1, code="x", title="X", profile_id="measles", actor=STAFF, at=at)
    assert [group.code for group in api.groups(1, row.pk)] == [code for code, _zh, _en in api.GROUPS]
    assert api.find_open_incident(1) == row
    assert OutboxEvent.objects.filter(kind="incidents.incident_opened.v1").count() == 1
    assert AuditEntry.objects.get(action="incidents.open").target_uuid == row.uuid
    api.close_incident(area_id=1, incident_id=row.pk, reason="Over", actor=STAFF, at=at)
    api.close_incident(area_id=1, incident_id=row.pk, reason="Over", actor=STAFF, at=at)
    assert OutboxEvent.objects.filter(kind="incidents.incident_closed.v1").count() == 1
    assert api.find_open_incident(1) is None


def test_opening_refuses_what_does_not_exist(area, at):
    wish = {"area_id": 1, "code": "x", "title": "X", "actor": STAFF, "at": at}
    with pytest.raises(api.UnknownProfile):
        api.open_incident(**wish, profile_id="plague")
    with pytest.raises(api.UnknownRuleSet):
        api.open_incident(**wish, profile_id="measles", rule_set_id="covid-cn-9e")
    with pytest.raises(api.NoRuleSet):
        api.open_incident(**wish | {"at": at - timedelta(days=900)}, profile_id="covid-cn")
    api.open_incident(**wish, profile_id="measles")
    with pytest.raises(api.CodeTaken):
        api.open_incident(**wish, profile_id="measles")
    assert Incident.objects.count() == 1
    api.open_incident(**wish | {"area_id": 2}, profile_id="measles")


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2022, 11, 3), "covid-cn-9e"), (date(2022, 11, 10), "covid-cn-9e"), (date(2022, 11, 11), "covid-cn-20m")],
)
def test_the_dates_of_the_profile_decide(day, expected, incident):
    assert api.rule_set_of(incident, day).id == expected


def test_an_order_of_headquarters_goes_before_the_dates(ids, incident, at):
    api.switch_rule_set(**ids, rule_set_id="covid-cn-9e", starts_at=at + timedelta(days=2), actor=STAFF, at=at)
    assert api.rule_set_of(incident, date(2022, 11, 20)).id == "covid-cn-9e"
    periods = api.rule_set_periods(incident, until=date(2022, 11, 20))
    assert [(row.rule_set.id, row.from_date.day, row.is_ordered) for row in periods] == [
        ("covid-cn-9e", 3, False),
        ("covid-cn-9e", 5, True),
    ]
    with pytest.raises(api.UnknownRuleSet):
        api.switch_rule_set(**ids, rule_set_id="nonsense", starts_at=at, actor=STAFF, at=at)
    assert OutboxEvent.objects.filter(kind="incidents.rule_set_switched.v1").count() == 1


def test_a_corrected_profile_is_read_without_a_restart(settings, tmp_path):
    source = api.profiles_at_hand()
    assert not source.problems
    settings.TONGXIN_PROFILES = str(tmp_path)
    assert api.profiles_at_hand().profiles == {}
    (tmp_path / "measles.toml").write_text("id = 'measles'\nbroken", encoding="utf-8")
    reading = api.profiles_at_hand()
    assert reading.profiles == {}
    assert "measles.toml" in reading.problems[0].text("en")


def test_figures_and_timeline(ids, area, at, fall_ill):
    fall_ill(area.people[0], at)
    fall_ill(area.people[1], at, kind="SUSPECT")
    carry_all(ids, at)
    numbers = api.figures(**ids, at=at)
    assert numbers["incidents.cases"] == numbers["incidents.new_cases_today"] == numbers["incidents.cases_total"] == 1
    assert (numbers["incidents.zones_high"], numbers["incidents.suspects"], numbers["incidents.died"]) == (1, 1, 0)
    entries = api.timeline(**ids, since=at, until=at + timedelta(days=1))
    assert {"STATUS_CASE", "STATUS_SUSPECT", "ZONE_RAISED"} <= {entry["code"] for entry in entries}
    assert all(entry["code"] in wording.TIMELINE for entry in entries)
    assert api.timeline(**ids, since=at + timedelta(days=1), until=at + timedelta(days=2)) == []


def test_nothing_of_another_compound_is_read(ids, area, other_area, at, fall_ill):
    fall_ill(area.people[0], at)
    carry_all(ids, at)
    elsewhere = {"area_id": 2, "incident_id": ids["incident_id"]}
    assert api.zone_levels(**elsewhere, at=at) == []
    assert sum(api.count_status(**elsewhere).values()) == 0
    assert api.timeline(**elsewhere, since=at, until=at + timedelta(days=1)) == []
    with pytest.raises(Incident.DoesNotExist):
        api.propose(**elsewhere, at=at)
