"""The desk: one person once a round, one tube never over-full, taking back."""

import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from tongxin.base.idempotency import Operation, OtherBody
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry
from tongxin.community import api as community
from tongxin.dispatch import api as dispatch
from tongxin.incidents import api as incidents
from tongxin.sampling import api
from tongxin.sampling.models import Registration, RoundMember, SamplingRound, Tube
from tongxin.sampling.tests.stories import STAFF, fill, open_mass, say, take, young


@pytest.fixture
def round_(area, incident, at):
    return open_mass(incident, area, at)


def operation(person, tube="T001", op_id=None):
    return Operation(op_id or new_uuid(), "sampling.register", {"person": str(person.uuid), "tube": tube})


def test_the_first_scan_opens_the_tube_and_the_tenth_closes_it(area, round_, at):
    receipts = fill(round_, young(area)[:10], "t001", at)
    assert [row["seq"] for row in receipts] == list(range(1, 11))
    assert [row["is_full"] for row in receipts] == [False] * 9 + [True]
    tube = Tube.objects.get(code="T001")
    assert (tube.capacity, tube.filled, tube.state, tube.desk) == (10, 10, "CLOSED", "1-1")
    assert tube.result_due_at == at + timedelta(hours=24)
    assert AuditEntry.objects.filter(action="sampling.registered").count() == 10
    assert RoundMember.objects.filter(round=round_, state="DONE").count() == 10


def test_the_eleventh_is_refused_with_the_numbers(area, round_, at):
    people = young(area)
    fill(round_, people[:10], "T001", at)
    with pytest.raises(api.RegisterRefused) as refused:
        take(round_, people[10], "T001", at)
    assert (refused.value.code, refused.value.numbers["filled"]) == ("TUBE_FULL", 10)
    assert Registration.objects.count() == 10


def test_the_same_operation_gets_the_same_receipt(area, round_, at):
    person = young(area)[0]
    op = operation(person)
    first = take(round_, person, "T001", at, op=op)
    assert take(round_, person, "T001", at + timedelta(hours=1), op=op) == first
    assert Registration.objects.count() == Tube.objects.get().filled == 1
    with pytest.raises(OtherBody):
        take(round_, person, "T002", at, op=operation(person, "T002", op.op_id))


def test_somebody_registered_is_told_where_and_when(area, round_, at):
    person = young(area)[0]
    take(round_, person, "T001", at, desk="1-2")
    with pytest.raises(api.RegisterRefused) as refused:
        take(round_, person, "T002", at + timedelta(minutes=5))
    numbers = refused.value.numbers
    assert (refused.value.code, numbers["tube"], numbers["desk"], numbers["at"]) == ("ALREADY", "T001", "1-2", at)
    assert not Tube.objects.filter(code="T002").exists(), "a refusal leaves nothing behind"


def test_the_constraints_hold_without_any_check(area, round_, at):
    person = young(area)[0]
    take(round_, person, "T001", at)
    row = Registration.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.create(
            area_id=1, round=round_, tube=row.tube, seq=2, person=person, sampled_at=at, registered_at=at,
            registered_by="x", op_id=new_uuid(),
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Tube.objects.update(filled=11)


def test_who_is_not_on_the_list_comes_in_as_a_guest_only(area, incident, at):
    places = [{"kind": "BUILDING", "uuid": str(area.buildings[0].uuid)}]
    round_ = open_mass(incident, area, at, places=places)
    guest = next(person for person in young(area) if person.building_id == area.buildings[2].pk)
    with pytest.raises(api.RegisterRefused, match="NOT_ON_LIST"):
        take(round_, guest, "T001", at)
    take(round_, guest, "T001", at, as_guest=True)
    member = RoundMember.objects.get(round=round_, person=guest)
    assert (member.state, member.state_reason) == ("DONE", "GUEST")
    api.void_registration(
        area_id=1, registration_uuid=Registration.objects.get().uuid, reason="MISTAKE", actor=STAFF, at=at
    )
    assert not RoundMember.objects.filter(round=round_, person=guest).exists(), "a guest taken back is missing nowhere"


def test_who_may_never_share_gets_a_tube_alone(area, incident, at):
    contact, other = young(area)[:2]
    incidents.set_person_status(
        area_id=1, incident_id=incident.pk, person_id=contact.pk, kind="CONTACT", effective_at=at, cause_kind="Told",
        cause_uuid=new_uuid(), actor=STAFF, at=at,
    )  # fmt: skip
    round_ = open_mass(incident, area, at)
    take(round_, other, "T001", at)
    with pytest.raises(api.RegisterRefused) as refused:
        take(round_, contact, "T001", at)
    assert (refused.value.code, refused.value.numbers["cause"]) == ("NEVER_POOLED", "UNTRANSFERRED_RISK")
    receipt = take(round_, contact, "S001", at)
    assert (receipt["capacity"], receipt["is_full"]) == (1, True)
    assert Tube.objects.get(code="S001").result_due_at == at + timedelta(hours=6)


def test_a_treatment_that_waits_makes_the_result_due_earlier(area, round_, at):
    person, other = young(area)[:2]
    community.add_care(area_id=1, needs=[(person, {"DIALYSIS": ""}, None)], actor=STAFF, at=at)
    take(round_, other, "T001", at)
    assert Tube.objects.get().result_due_at == at + timedelta(hours=24)
    take(round_, person, "T001", at + timedelta(minutes=5))
    assert Tube.objects.get().result_due_at == at + timedelta(hours=6, minutes=5)


@pytest.mark.parametrize(("code", "reason"), [("", "BAD_TUBE"), ("管", "BAD_TUBE"), ("=CMD()", "BAD_TUBE")])
def test_a_code_that_is_none_is_refused(area, round_, at, code, reason):
    with pytest.raises(api.RegisterRefused, match=reason):
        take(round_, young(area)[0], code, at)


def test_a_tube_of_another_round_or_closed_is_refused(area, incident, round_, at):
    first, second = young(area)[:2]
    take(round_, first, "T001", at)
    other = open_mass(incident, area, at)
    with pytest.raises(api.RegisterRefused) as refused:
        take(other, second, "T001", at)
    assert (refused.value.code, refused.value.numbers["number"]) == ("OTHER_ROUND", round_.number)
    api.close_tube(area_id=1, tube_uuid=Tube.objects.get(code="T001").uuid, actor=STAFF, at=at)
    with pytest.raises(api.RegisterRefused, match="TUBE_CLOSED"):
        take(round_, second, "T001", at)
    api.close_round(area_id=1, round_uuid=round_.uuid, actor=STAFF, at=at)
    with pytest.raises(api.RegisterRefused, match="ROUND_CLOSED"):
        take(round_, second, "T009", at)


def test_taking_back_frees_the_place_and_the_person(area, round_, at):
    people = young(area)
    receipts = fill(round_, people[:10], "T001", at)
    back = {"area_id": 1, "registration_uuid": receipts[3]["registration"], "reason": "MISTAKE", "actor": STAFF}
    tube = api.void_registration(**back, at=at)
    assert (tube.filled, tube.state) == (9, "OPEN")
    assert api.void_registration(**back, at=at).filled == 9, "twice is once"
    assert RoundMember.objects.get(round=round_, person=people[3]).state == "DUE"
    assert take(round_, people[10], "T001", at)["seq"] == 4
    assert take(round_, people[3], "T002", at)["seq"] == 1
    assert Registration.objects.filter(person=people[3]).count() == 2


def test_taking_back_needs_a_known_reason_and_no_result(area, round_, at):
    receipt = take(round_, young(area)[0], "T001", at)
    uuid = receipt["registration"]
    with pytest.raises(ValueError, match="because"):
        api.void_registration(area_id=1, registration_uuid=uuid, reason="because", actor=STAFF, at=at)
    with pytest.raises(api.NotRegistered):
        api.void_registration(area_id=1, registration_uuid=new_uuid(), reason="MISTAKE", actor=STAFF, at=at)
    say("T001", "NEGATIVE", at + timedelta(hours=3))
    with pytest.raises(api.HasResult):
        api.void_registration(area_id=1, registration_uuid=uuid, reason="MISTAKE", actor=STAFF, at=at)


def test_a_clock_that_runs_ahead_is_not_believed(area, round_, at):
    first, second = young(area)[:2]
    take(round_, first, "T001", at, sampled_at=at + timedelta(days=365))
    take(round_, second, "T001", at, sampled_at=at - timedelta(hours=2))
    assert Registration.objects.get(person=first).sampled_at == at
    assert Registration.objects.get(person=second).sampled_at == at - timedelta(hours=2)


def test_a_test_day_is_kept_by_a_sample(area, incident, round_, at):
    person = young(area)[0]
    fact = incidents.TestDutyFact(person.pk, at.date(), "Management", new_uuid())
    incidents.record_test_duties(area_id=1, incident_id=incident.pk, duties=[fact], actor=STAFF, at=at)
    take(round_, person, "T001", at)
    assert incidents.test_duties_of(1, incident.pk, [person.pk])[person.pk][0].done_at == at


def test_who_came_to_the_desk_is_not_visited(area, incident, round_, at):
    member = RoundMember.objects.filter(round=round_, is_at_home=True).first()
    take(round_, member.person, "T001", at)
    task = dispatch.list_tasks(area_id=1, incident_id=incident.pk, origin_uuids=[member.uuid]).get()
    assert task.state == "CANCELLED"


def test_an_empty_tube_closes_unused_and_counting_shows_a_difference(area, round_, at):
    tube = api.open_tube(area_id=1, round_uuid=round_.uuid, code="T009", actor=STAFF, at=at)
    assert api.open_tube(area_id=1, round_uuid=round_.uuid, code="t009", actor=STAFF, at=at).pk == tube.pk
    assert api.close_tube(area_id=1, tube_uuid=tube.uuid, actor=STAFF, at=at).state == "VOID"
    take(round_, young(area)[0], "T001", at)
    count = {"area_id": 1, "round_uuid": round_.uuid, "desk": "", "actor": STAFF, "at": at}
    assert api.count_tubes(counted=2, **count).in_system == 1
    assert api.last_counts(1, round_.pk)[""].counted == 2
    with pytest.raises(ValueError, match="counted"):
        api.count_tubes(counted=-1, **count)


def test_a_tube_has_the_size_of_the_round_or_one(area, round_, at):
    opening = {"area_id": 1, "round_uuid": round_.uuid, "actor": STAFF, "at": at}
    assert api.open_tube(code="S001", capacity=1, **opening).capacity == 1
    with pytest.raises(api.RegisterRefused, match="OTHER_SIZE"):
        api.open_tube(code="S001", **opening)
    with pytest.raises(api.RegisterRefused, match="OTHER_SIZE"):
        api.open_tube(code="S002", capacity=5, **opening)


# ---------- at the same moment ----------
def grab(calls):
    """Run calls in threads that start together, and return what each gave or raised."""
    found, gate = [], threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            found.append(call())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def shared_db(transactional_db):
    """A database that threads share. The audit refuses to be emptied, so its guard steps aside at the very end."""
    yield
    guard = import_module("tongxin.base.migrations.0002_audit_append_only")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in ("no_update", "no_delete"):
                cursor.execute(f"DROP TRIGGER base_auditentry_{name}")
            cursor.execute("DELETE FROM base_auditentry")
            for statement in guard.SQLITE:
                cursor.execute(statement)


@pytest.mark.usefixtures("shared_db")
def test_forty_grabs_for_ten_places_fill_exactly_ten(area, incident, at):
    round_ = open_mass(incident, area, at, with_tasks=False)
    calls = [lambda person=person: take(round_, person, "T001", at) for person in area.people]
    assert len(calls) == 40
    found = grab(calls)
    taken = sorted(row["seq"] for row in found if isinstance(row, dict))
    assert taken == list(range(1, 11))
    refused = [row for row in found if not isinstance(row, dict)]
    assert {getattr(row, "code", repr(row)) for row in refused} <= {"TUBE_FULL", "TUBE_CLOSED"}
    assert Tube.objects.get().filled == Registration.objects.filter(voided_at=None).count() == 10


@pytest.mark.usefixtures("shared_db")
def test_one_person_at_eight_desks_is_registered_once(area, incident, at):
    round_ = open_mass(incident, area, at, with_tasks=False)
    person = young(area)[0]
    found = grab([lambda n=n: take(round_, person, f"T{n:03d}", at, desk=f"1-{n}") for n in range(8)])
    assert sum(isinstance(row, dict) for row in found) == 1
    assert {row.code for row in found if not isinstance(row, dict)} == {"ALREADY"}
    assert Registration.objects.count() == 1
    assert sum(Tube.objects.values_list("filled", flat=True)) == 1
    assert SamplingRound.objects.count() == 1
