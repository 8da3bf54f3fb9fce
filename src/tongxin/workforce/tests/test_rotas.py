"""A week of shifts in the real database: proposed, changed, taken, taken back; what people say about their days."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse

from tongxin.base import outbox
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.workforce import api
from tongxin.workforce.models import Absence, Rota, Shift
from tongxin.workforce.rota import proposed_needs

WEEK = date(2022, 11, 7)  # the Monday after the story's Thursday
DAY_SHIFT = api.Need("REGISTRATION", time(8), time(16), (1, 1, 1, 1, 1, 1, 1))


@pytest.fixture
def now(drill_clock, at, incident):
    drill_clock(at)
    return at


def midday(day, hour=12):
    return datetime.combine(WEEK + timedelta(days=day), time(hour), tzinfo=api.local_zone())


def offer(cast, now, who, days=range(7), start=8, hours=8):
    drafts = [
        api.ShiftDraft(cast.responders[who].pk, midday(day, start), midday(day, start) + timedelta(hours=hours))
        for day in days
    ]
    return api.set_shifts(
        drafts, area_id=cast.responders[who].area_id, actor=cast.actor("dispatcher"), at=now, check=False
    )


def made(cast, area, now, needs=(DAY_SHIFT,), whom="OFFERED", week=WEEK):
    who = {"area_id": area.area_id, "actor": cast.actor("dispatcher"), "at": now}
    asked = api.ask_rota(week_date=week, needs=list(needs), whom=whom, **who)
    while outbox.run_one(is_long=True):
        pass
    return api.get_rota(area.area_id, asked.uuid)


def who_of(cast, area, now, name="dispatcher"):
    return {"area_id": area.area_id, "actor": cast.actor(name), "at": now}


def shifts(area, person):
    start = datetime.combine(WEEK, time(0), tzinfo=api.local_zone())
    rows = api.shifts_between(area.area_id, start, start + timedelta(days=7), [person.pk])
    return [(row.starts_at, row.ends_at) for row in rows]


def test_a_week_is_shared_by_those_who_offered_and_each_cell_has_a_reason(cast, area, now):
    offer(cast, now, "volunteer")
    offer(cast, now, "medic")
    rota = made(cast, area, now)
    assert rota.state == "PROPOSED"
    assert len(rota.pairs) == 7
    assert rota.empty == []
    people = {cast.responders[name].pk for name in ("volunteer", "medic")}
    assert {who for who, _ in rota.pairs} == people
    worked = [sum(who == pk for who, _ in rota.pairs) for pk in people]
    assert sorted(worked) == [3, 4]
    for pk in people:
        assert set(rota.cells[str(pk)]) == {str(day) for day in range(7)}
    assert {cell["why"] for cells in rota.cells.values() for cell in cells.values()} <= {
        "LIGHTEST", "FEWER_LIGHTER", "NOT_NEEDED", "ONLY_ONE", "REST_DAYS", "DAYS_IN_A_ROW",
    }  # fmt: skip


def test_an_empty_place_names_who_could_be_asked_and_the_rule(cast, area, now):
    offer(cast, now, "volunteer", days=[0, 1])
    rota = made(cast, area, now, needs=[api.Need("REGISTRATION", time(8), time(16), (1, 1, 1, 0, 0, 0, 0))])
    assert [(entry["slot"], entry["people"]) for entry in rota.empty] == [("0-2", 1)]
    assert rota.empty[0]["bindings"] == {"AVAILABILITY": 1}
    relief = rota.empty[0]["relief"]
    assert (relief["kind"], relief["people"]) == ("ASK", [cast.responders["volunteer"].pk])


@pytest.mark.parametrize(
    ("need", "kind"),
    [
        (api.Need("REGISTRATION", time(8), time(20), (1, 0, 0, 0, 0, 0, 0)), "SHORTER"),
        (api.Need("DISINFECTION", time(8), time(16), (1, 0, 0, 0, 0, 0, 0)), "MORE"),
    ],
    ids=["longer than the day", "a skill that nobody has"],
)
def test_the_smallest_relief_fits_what_forbids(cast, area, now, need, kind):
    offer(cast, now, "volunteer", start=0, hours=24)
    rota = made(cast, area, now, needs=[need, api.Need("REGISTRATION", time(8), time(9), (1,) + (0,) * 6)])
    assert rota.empty[0]["relief"]["kind"] == kind


def test_the_answer_keeps_rest_after_a_night(cast, area, now):
    offer(cast, now, "volunteer", start=0, hours=24)
    night = api.Need("REGISTRATION", time(22), time(6), (1, 0, 0, 0, 0, 0, 0))
    morning = api.Need("REGISTRATION", time(8), time(12), (0, 1, 0, 0, 0, 0, 0))
    rota = made(cast, area, now, needs=[night, morning])
    assert len(rota.pairs) == 1
    assert sum(entry["people"] for entry in rota.empty) == 1
    limits = api.limits_for(area_id=area.area_id, at=now)
    assert limits.rest_min > 120


def test_taking_lays_offers_aside_and_taking_back_puts_them_there_again(cast, area, now):
    offer(cast, now, "volunteer", start=6, hours=14)
    offer(cast, now, "medic")
    before = {name: shifts(area, cast.responders[name]) for name in ("volunteer", "medic")}
    rota = made(cast, area, now)
    taken = api.take_rota(uuid=rota.uuid, **who_of(cast, area, now))
    assert taken.state == "TAKEN"
    after = [span for name in before for span in shifts(area, cast.responders[name])]
    assert len(after) == len(rota.pairs) == 7
    assert {end - start for start, end in after} == {timedelta(hours=8)}
    there = api.availability(area_id=area.area_id, start=midday(0, 0), end=midday(6, 23))
    assert sum(len(one.spans) for one in there.values()) == 7
    assert OutboxEvent.objects.filter(kind="workforce.rota_settled.v1").count() == 1
    api.undo_rota(uuid=rota.uuid, **who_of(cast, area, now))
    assert {name: shifts(area, cast.responders[name]) for name in before} == before
    actions = AuditEntry.objects.filter(action__startswith="workforce.rota.").values_list("action", flat=True)
    assert list(actions.order_by("id")) == [f"workforce.rota.{verb}" for verb in ("asked", "adopted", "undone")]
    with pytest.raises(api.NotThisState):
        api.undo_rota(uuid=rota.uuid, **who_of(cast, area, now))


def test_a_second_rota_reads_the_offers_that_the_first_laid_aside(cast, area, now):
    offer(cast, now, "volunteer", start=6, hours=14)
    first = made(cast, area, now, needs=[api.Need("", time(8), time(12), (1, 0, 0, 0, 0, 0, 0))])
    api.take_rota(uuid=first.uuid, **who_of(cast, area, now))
    in_force = shifts(area, cast.responders["volunteer"])
    assert len(in_force) == 1
    second = made(cast, area, now, needs=[api.Need("", time(12), time(18), (1,) * 5 + (0, 0))])
    assert len(second.pairs) == 5
    api.take_rota(uuid=second.uuid, **who_of(cast, area, now))
    assert Rota.objects.get(pk=first.pk).state == "REPLACED"
    api.undo_rota(uuid=second.uuid, **who_of(cast, area, now))
    assert Rota.objects.get(pk=first.pk).state == "TAKEN"
    assert shifts(area, cast.responders["volunteer"]) == in_force


def test_who_cannot_come_is_not_asked_again_and_blocks_an_older_proposal(cast, area, now):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now, needs=[api.Need("", time(8), time(16), (1, 0, 0, 0, 0, 0, 0))])
    api.refuse_day(responder=cast.responders["volunteer"], day=WEEK, **who_of(cast, area, now, "volunteer"))
    with pytest.raises(api.RotaRefused) as refused:
        api.take_rota(uuid=rota.uuid, **who_of(cast, area, now))
    assert [rule.value for _, _, rule in refused.value.broken] == ["AVAILABILITY"]
    assert Rota.objects.get(pk=rota.pk).state == "PROPOSED"
    again = made(cast, area, now, needs=[api.Need("", time(8), time(16), (1, 0, 0, 0, 0, 0, 0))])
    assert again.pairs == []
    assert again.cells[str(cast.responders["volunteer"].pk)]["0"]["why"] == "ABSENT"
    assert Rota.objects.get(pk=rota.pk).state == "DISCARDED"


def test_an_offer_of_ones_own_is_used_by_the_next_proposal(cast, area, now):
    who = who_of(cast, area, now, "volunteer")
    api.offer_day(responder=cast.responders["volunteer"], day=WEEK, part="MORNING", **who)
    rota = made(cast, area, now, needs=[api.Need("", time(8), time(12), (1, 0, 0, 0, 0, 0, 0))])
    assert rota.pairs == [[cast.responders["volunteer"].pk, "0-0"]]
    with pytest.raises(api.NotThisDay):
        api.offer_day(responder=cast.responders["volunteer"], day=WEEK, part="DAY", **who)
    with pytest.raises(api.NotThisDay):
        api.refuse_day(responder=cast.responders["volunteer"], day=date(2022, 11, 2), **who)


def change(cast, area, now, rota, name, day, slot):
    return api.change_cell(
        uuid=rota.uuid, responder_uuid=cast.responders[name].uuid, day=day, slot_id=slot, **who_of(cast, area, now)
    )


def test_a_cell_is_changed_by_hand_and_the_empty_places_follow(cast, area, now):
    offer(cast, now, "volunteer", days=[0])
    rota = made(cast, area, now, needs=[api.Need("", time(8), time(16), (1, 0, 0, 0, 0, 0, 0))])
    changed = change(cast, area, now, rota, "volunteer", 0, "")
    assert changed.pairs == []
    assert [entry["slot"] for entry in changed.empty] == ["0-0"]
    assert changed.cells[str(cast.responders["volunteer"].pk)]["0"]["why"] == "BY_HAND"
    back = change(cast, area, now, changed, "volunteer", 0, "0-0")
    assert (back.pairs, back.empty, back.version) == (rota.pairs, [], rota.version + 2)


@pytest.mark.parametrize(
    ("name", "day", "slot", "error"),
    [
        ("volunteer", 1, "0-1", "REST"),
        ("medic", 0, "1-0", "SKILL"),
        ("volunteer", 0, "0-1", None),
        ("volunteer", 0, "7-7", None),
    ],
    ids=["no rest", "took no part", "a shift of another day", "no such shift"],
)
def test_a_change_against_the_rules_is_refused_and_stores_nothing(cast, area, now, name, day, slot, error):
    offer(cast, now, "volunteer", start=0, hours=24)
    needs = [
        api.Need("", time(6), time(14), (0, 1, 0, 0, 0, 0, 0)),
        api.Need("", time(16), time(23), (2, 0, 0, 0, 0, 0, 0)),
    ]
    rota = made(cast, area, now, needs=needs)
    Rota.objects.filter(pk=rota.pk).update(pairs=[[cast.responders["volunteer"].pk, "1-0"]])
    with pytest.raises(api.RotaRefused if error else api.WrongNeeds) as refused:
        change(cast, area, now, rota, name, day, slot)
    if error:
        assert [rule.value for _, _, rule in refused.value.broken] == [error]
    assert Rota.objects.get(pk=rota.pk).pairs == [[cast.responders["volunteer"].pk, "1-0"]]


@pytest.mark.parametrize(
    ("week", "needs", "error"),
    [
        (date(2022, 10, 31), [api.Need("", time(8), time(16), (1,) * 4 + (0,) * 3)], api.WrongNeeds),
        (date(2022, 10, 24), [DAY_SHIFT], api.WeekOver),
        (date(2023, 11, 6), [DAY_SHIFT], api.WeekOver),
        (date(2022, 11, 8), [DAY_SHIFT], api.WrongNeeds),
        (WEEK, [], api.WrongNeeds),
        (WEEK, [DAY_SHIFT] * 25, api.WrongNeeds),
    ],
    ids=["only days that are over", "a past week", "next year", "no Monday", "nothing", "too much"],
)
def test_what_cannot_be_asked_for(cast, area, now, week, needs, error):
    with pytest.raises(error):
        api.ask_rota(week_date=week, needs=needs, **who_of(cast, area, now))
    assert not Rota.objects.exists()


def test_one_week_is_made_once_at_a_time_and_can_be_stopped(cast, area, now):
    who = who_of(cast, area, now)
    asked = api.ask_rota(week_date=WEEK, needs=[DAY_SHIFT], **who)
    with pytest.raises(api.RotaRunning):
        api.ask_rota(week_date=WEEK, needs=[DAY_SHIFT], **who)
    assert api.cancel_rota(uuid=asked.uuid, **who)
    assert not api.cancel_rota(uuid=asked.uuid, **who)
    outbox.run_one(is_long=True)
    assert api.get_rota(area.area_id, asked.uuid).state == "CANCELLED"


def test_who_is_stopped_while_searching_proposes_nothing(cast, area, now):
    offer(cast, now, "volunteer")
    asked = api.ask_rota(week_date=WEEK, needs=[DAY_SHIFT], **who_of(cast, area, now))
    done = api.run_rota(area_id=area.area_id, rota_uuid=asked.uuid, now=lambda: now, report=lambda percent: True)
    assert (done.state, done.pairs) == ("CANCELLED", [])


def test_a_taken_week_cannot_be_undone_once_it_has_begun(cast, area, now, drill_clock):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now)
    api.take_rota(uuid=rota.uuid, **who_of(cast, area, now))
    with pytest.raises(api.TooLate):
        api.undo_rota(uuid=rota.uuid, **who_of(cast, area, midday(0, 9)))


def test_needs_begin_with_the_work_that_was_there(cast, area, incident, now):
    zone = api.local_zone()
    start = datetime.combine(date(2022, 11, 2), time(8), tzinfo=zone)
    demands = [api.Demand(start, start + timedelta(hours=8), 300, ("SAMPLING",)) for _ in range(5)]
    demands += [api.Demand(start + timedelta(hours=16), start + timedelta(hours=20), 240, ("GUARD",))]
    limits = api.limits_for(area_id=area.area_id, at=now)
    needs = api_needs(demands, limits)
    assert needs == [("GUARD", "00:00", "08:00", 1), ("SAMPLING", "08:00", "16:00", 4)]


def api_needs(demands, limits):
    found = proposed_needs(demands, days=1, limits=limits)
    return [(n.skill, n.starts.strftime("%H:%M"), n.ends.strftime("%H:%M"), n.people[0]) for n in found]


# pages


def form(rows=((("REGISTRATION"), "08:00", "16:00", [1] * 7),), whom="OFFERED", **more):
    body = {"need-TOTAL_FORMS": len(rows), "need-INITIAL_FORMS": 0, "whom": whom, "week": WEEK.isoformat()}
    for number, (skill, start, end, people) in enumerate(rows):
        body |= {f"need-{number}-skill": skill, f"need-{number}-starts": start, f"need-{number}-ends": end}
        body |= {f"need-{number}-d{day}": count for day, count in enumerate(people)}
    return body | {"op_id": str(new_uuid())} | more


def test_a_dispatcher_asks_looks_changes_and_takes(cast, area, now):
    offer(cast, now, "volunteer")
    client = cast.client("dispatcher")
    page = client.get(reverse("workforce:rotas"))
    assert page.context["week"] == WEEK.isoformat()
    body = form()
    assert client.post(reverse("workforce:rotas"), body).status_code == 302
    assert client.post(reverse("workforce:rotas"), body).status_code == 302  # sent twice is asked once
    assert Rota.objects.count() == 1
    assert b"progress" in client.get(reverse("workforce:rota_running") + f"?week={WEEK}").content
    outbox.run_one(is_long=True)
    assert client.get(reverse("workforce:rota_running") + f"?week={WEEK}")["HX-Refresh"] == "true"
    rota = Rota.objects.get()
    page = client.get(reverse("workforce:rota", args=[rota.uuid])).content.decode()
    assert ">volunteer</a>" in page
    assert "08:00–16:00 Registration" in page
    assert cast.responders["volunteer"].name not in page
    person = reverse("workforce:rota_person", args=[rota.uuid, cast.responders["volunteer"].uuid])
    assert "Nobody else could have taken this shift." in client.get(person).content.decode()
    assert client.post(person, {"day": "0", "slot": ""}).status_code == 302
    assert client.post(reverse("workforce:rota_step", args=[rota.uuid, "take"])).status_code == 302
    assert Rota.objects.get().state == "TAKEN"
    assert len(shifts(area, cast.responders["volunteer"])) == len(Rota.objects.get().pairs) >= 5
    assert client.get(reverse("workforce:rota", args=[rota.uuid])).status_code == 200
    client.post(reverse("workforce:rota_step", args=[rota.uuid, "undo"]))
    assert Rota.objects.get().state == "UNDONE"


@pytest.mark.parametrize(
    "change",
    [
        {"need-0-starts": ""},
        {"need-0-ends": "08:00"},
        {"need-0-d0": "-1"},
        {"need-0-d0": "999999999999"},
        {"need-0-skill": "<script>"},
        {"need-0-starts": "25:99"},
        {"whom": "EVERYONE"},
        {"need-TOTAL_FORMS": "1000000"},
        {"need-TOTAL_FORMS": "x"},
        {f"need-0-d{day}": "0" for day in range(7)},
        {"week": "2022-10-24"},
    ],
    ids=str,
)
def test_a_wrong_form_is_told_and_asks_for_nothing(cast, area, now, change):
    response = cast.client("dispatcher").post(reverse("workforce:rotas"), form(**change))
    assert response.status_code == 422
    assert not Rota.objects.exists()


def test_a_refused_change_tells_the_rule_in_a_sentence(cast, area, now):
    offer(cast, now, "volunteer", start=0, hours=24)
    needs = [
        api.Need("", time(6), time(14), (0, 1, 0, 0, 0, 0, 0)),
        api.Need("", time(16), time(23), (1, 0, 0, 0, 0, 0, 0)),
    ]
    rota = made(cast, area, now, needs=needs)
    Rota.objects.filter(pk=rota.pk).update(pairs=[[cast.responders["volunteer"].pk, "1-0"]])
    person = reverse("workforce:rota_person", args=[rota.uuid, cast.responders["volunteer"].uuid])
    response = cast.client("dispatcher").post(person, {"day": "1", "slot": "0-1"})
    assert response.status_code == 422
    assert "would not have the rest between two shifts" in response.content.decode()
    assert cast.client("dispatcher").post(person, {"day": "9", "slot": "' OR 1=1"}).status_code == 422


@pytest.mark.parametrize("who", ["volunteer", "grid_leader_1", "auditor", "outsider", "other_commander"])
def test_a_week_is_for_headquarters_of_its_compound(cast, area, now, who):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now)
    client = cast.client(who)
    person = cast.responders["volunteer"]
    assert client.get(reverse("workforce:rota", args=[rota.uuid])).status_code == 404
    assert client.get(reverse("workforce:rota_person", args=[rota.uuid, person.uuid])).status_code == 404
    assert client.post(reverse("workforce:rota_step", args=[rota.uuid, "take"])).status_code == 404
    assert Rota.objects.get().state == "PROPOSED"


@pytest.mark.parametrize("step", ["erase", "undo", "cancel"])
def test_steps_that_do_not_fit_change_nothing(cast, area, now, step):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now)
    answer = cast.client("commander").post(reverse("workforce:rota_step", args=[rota.uuid, step]))
    assert answer.status_code == (404 if step == "erase" else 302)
    assert Rota.objects.get().state == "PROPOSED"


def test_a_volunteer_sees_the_own_week_and_says_no_and_yes(cast, area, now):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now)
    api.take_rota(uuid=rota.uuid, **who_of(cast, area, now))
    client = cast.client("volunteer")
    page = client.get(reverse("workforce:my_week") + f"?week={WEEK}").content.decode()
    assert page.count("08:00–16:00") == 6
    assert "The free day of the week." in page or "Rests: the days in a row" in page
    body = {"op_id": str(new_uuid())}
    for _ in range(2):
        client.post(reverse("workforce:my_day", args=["2022-11-08"]), body)
    assert Absence.objects.filter(cancelled_at=None).count() == 1
    client.post(reverse("workforce:my_day", args=["2022-11-15"]), {"part": "NIGHT"})
    made_shift = Shift.objects.get(starts_at=datetime(2022, 11, 15, 22, tzinfo=api.local_zone()))
    assert (made_shift.is_night, made_shift.ends_at - made_shift.starts_at) == (True, timedelta(hours=8))
    page = client.get(reverse("workforce:my_week") + f"?week={WEEK}").content.decode()
    assert "Told to be away" in page


@pytest.mark.parametrize(
    ("day", "body", "status"),
    [
        ("2022-13-99", {}, 404),
        ("9999-12-31", {}, 404),
        ("2022-11-08", {"part": "x' OR 1=1"}, 404),
        ("2022-11-01", {}, 302),
        ("2022-11-01", {"part": "DAY"}, 302),
    ],
)
def test_days_that_cannot_be_said_anything_about(cast, area, now, day, body, status):
    before = (Absence.objects.count(), Shift.objects.count())
    assert cast.client("volunteer").post(reverse("workforce:my_day", args=[day]), body).status_code == status
    assert (Absence.objects.count(), Shift.objects.count()) == before


def test_who_serves_nowhere_has_no_week(cast, area, now):
    client = cast.client("commander")
    assert client.get(reverse("workforce:my_week")).status_code == 200
    assert client.post(reverse("workforce:my_day", args=["2022-11-08"])).status_code == 404


@pytest.mark.parametrize("week", ["0001-01-01", "9999-12-31", "x", "2022-11-09"])
def test_a_strange_week_in_the_url_is_the_usual_one(cast, area, now, week):
    for who, name in (("dispatcher", "rotas"), ("volunteer", "my_week"), ("dispatcher", "rota_running")):
        response = cast.client(who).get(reverse(f"workforce:{name}") + f"?week={week}")
        assert response.status_code == 200


def test_queries_of_the_grid_do_not_grow_with_people(cast, area, now, django_assert_max_num_queries):
    offer(cast, now, "volunteer")
    rota = made(cast, area, now, whom="ALL", needs=[api.Need("", time(8), time(16), (3,) * 7)])
    client = cast.client("dispatcher")
    path = reverse("workforce:rota", args=[rota.uuid])
    client.get(path)
    with django_assert_max_num_queries(26):
        client.get(path)
