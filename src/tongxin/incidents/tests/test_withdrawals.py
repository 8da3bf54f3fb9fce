"""Facts told by mistake: who may withdraw them, who has to agree, what the person is then, and how they come back."""

import re
from datetime import date, timedelta
from itertools import permutations

import pytest
from django.urls import reverse

from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.outbox import deliver_all, publish
from tongxin.community.events import PeopleMerged, PersonErased
from tongxin.incidents import api
from tongxin.incidents.models import FactWithdrawal, PersonStatus

pytestmark = pytest.mark.django_db
STAFF = system("test")
LISTED = "tracing.investigation"


@pytest.fixture(autouse=True)
def the_morning(drill_clock):
    """Pages read the installation's clock: the story's morning."""


@pytest.fixture
def ids(incident):
    return {"area_id": incident.area_id, "incident_id": incident.pk}


@pytest.fixture
def tell(ids, at):
    def call(person, kind, day=0, **more):
        values = {"cause_kind": "Tube", "cause_uuid": new_uuid()} | more
        return api.set_person_status(
            **ids, person_id=person.pk, kind=kind, effective_at=at + timedelta(days=day), actor=STAFF, at=at, **values
        )

    return call


@pytest.fixture
def ask(ids, cast, at):
    """Ask to withdraw facts as a named person."""

    def call(*facts, who="commander", reason="WRONG_PERSON", person=None):
        return api.ask_withdrawal(
            **ids,
            person_id=person.pk if person else facts[0].person_id,
            fact_uuids=[fact.uuid for fact in facts],
            reason=reason,
            actor=cast.actor(who),
            at=at,
        )

    return call


def stands(ids, person):
    row = api.status_of(ids["area_id"], ids["incident_id"], [person.pk]).get(person.pk)
    return row.kind if row else ""


def notices():
    rows = OutboxEvent.objects.filter(kind="incidents.person_status_changed.v1").order_by("id")
    return [(row.payload["previous"], row.payload["kind"]) for row in rows]


# ---------- deciding ----------
def test_a_case_needs_a_second_person_and_then_the_later_facts_count_again(ids, tell, ask, cast, area, at):
    person = area.people[0]
    tell(person, "CONTACT", -2)
    case = tell(person, "CASE", onset_date=date(2022, 11, 1))
    row = ask(case)
    assert (row.state, row.persons_needed, row.rule_key) == ("WAITING", 2, "site.approvals.WITHDRAW_CASE")
    assert stands(ids, person) == "CASE", "nothing changes until the second person agrees"
    with pytest.raises(api.SamePerson):
        api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("commander"), at=at)
    done = api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)
    assert done.state == "DONE"
    assert stands(ids, person) == "CONTACT"
    assert notices()[-1] == ("CASE", "CONTACT")
    assert PersonStatus.objects.get(pk=case.pk).withdrawn_at == at
    entry = AuditEntry.objects.get(action="incidents.withdraw_status")
    assert (entry.actor, entry.detail["reason"]) == ("second_commander", "WRONG_PERSON")
    with pytest.raises(api.NotWaiting):
        api.refuse_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)


@pytest.mark.parametrize("kind", ["SUSPECT", "RECOVERED", "EXPOSED", "CONTACT"])
def test_other_facts_are_withdrawn_at_once_and_put_back_by_one(ids, tell, ask, cast, area, at, kind):
    person = area.people[1]
    if kind == "RECOVERED":
        tell(person, "CASE", -9)
    fact = tell(person, kind)
    before = stands(ids, person)
    assert ask(fact, who="tracer").state == "DONE"
    assert stands(ids, person) != before
    again = api.put_back(area_id=1, uuid=fact.uuid, actor=cast.actor("tracer"), at=at + timedelta(minutes=5))
    assert stands(ids, person) == before
    assert (again.kind, again.effective_at, again.cause_uuid) == (fact.kind, fact.effective_at, fact.cause_uuid)
    assert PersonStatus.objects.get(pk=fact.pk).withdrawn_at is not None, "what happened stays readable"
    with pytest.raises(api.NotWithdrawn):
        api.put_back(area_id=1, uuid=fact.uuid, actor=cast.actor("tracer"), at=at)


def test_a_death_told_by_mistake_needs_two(tell, ask, area):
    assert ask(tell(area.people[2], "DIED")).state == "WAITING"


def test_two_facts_that_say_the_same_go_together_with_one_notice(ids, tell, ask, cast, area, at):
    person = area.people[0]
    facts = [
        tell(person, "CASE", sample_date=date(2022, 11, 3)),
        tell(person, "CASE", cause_kind="tracing.interview", onset_date=date(2022, 11, 1)),
    ]
    count = len(notices())
    row = ask(*facts)
    api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)
    assert notices()[count:] == [("CASE", "")]
    assert stands(ids, person) == ""


def test_a_case_stays_a_case_while_another_fact_says_so(ids, tell, ask, cast, area, at):
    person = area.people[0]
    first, _second = tell(person, "CASE"), tell(person, "CASE", 1)
    row = ask(first, reason="LABORATORY_ERROR")
    api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)
    assert stands(ids, person) == "CASE"


STORY = [("CONTACT", -3), ("SUSPECT", -1), ("CASE", 0), ("RECOVERED", 5), ("CASE", 9)]


def test_what_is_left_counts_in_every_order_of_arrival(ids, tell, ask, cast, area, at):
    ends = set()
    for person, order in zip(area.people[:24], permutations(STORY), strict=False):
        facts = {(kind, day): tell(person, kind, day) for kind, day in order}
        row = ask(facts[("CASE", 0)])
        api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)
        ends.add(stands(ids, person))
    assert ends == {"CASE"}, "the later illness still holds; without the first one there was no recovery"


# ---------- refusals ----------
@pytest.mark.parametrize("reason", ["", "wrong_person", "BECAUSE", "=1+1", "张三其实没病"])
def test_a_reason_is_a_code_of_the_list(tell, ask, area, reason):
    with pytest.raises(api.UnknownReason):
        ask(tell(area.people[0], "CASE"), reason=reason)


def test_nonsense_is_refused_whole(ids, tell, ask, area, cast, at):
    case, suspect, other = tell(area.people[0], "CASE"), tell(area.people[0], "SUSPECT"), tell(area.people[1], "CASE")
    for facts in ([case, suspect], [case, other], [other]):
        with pytest.raises(api.NothingToWithdraw):
            ask(*facts, person=area.people[0])
    with pytest.raises(api.NothingToWithdraw):
        api.ask_withdrawal(
            **ids, person_id=case.person_id, fact_uuids=[], reason="TOLD_TWICE", actor=cast.actor("commander"), at=at
        )
    ask(suspect)
    with pytest.raises(api.NothingToWithdraw):
        ask(suspect)
    ask(case)
    with pytest.raises(api.WithdrawalWaiting):
        ask(case, who="tracer")


def test_a_contact_of_the_list_is_taken_back_in_tracing(tell, ask, area, cast, at):
    fact = tell(area.people[0], "CONTACT", cause_kind=LISTED)
    with pytest.raises(api.FollowsFromList):
        ask(fact)
    api.withdraw_status(area_id=1, uuid=fact.uuid, reason="NO_CONTACT", actor=STAFF, at=at)
    with pytest.raises(api.FollowsFromList):
        api.put_back(area_id=1, uuid=fact.uuid, actor=cast.actor("tracer"), at=at)


def test_what_was_withdrawn_meanwhile_is_not_withdrawn_twice(tell, ask, cast, area, at):
    case = tell(area.people[0], "CASE")
    row = ask(case)
    api.withdraw_status(area_id=1, uuid=case.uuid, reason="CORRECTED", actor=STAFF, at=at)
    with pytest.raises(api.NothingToWithdraw):
        api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)
    assert api.refuse_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("commander"), at=at).state == "REFUSED"


def test_after_the_end_nothing_is_withdrawn(ids, tell, ask, area, incident, cast, at):
    case = tell(area.people[0], "CASE")
    row = ask(case)
    api.close_incident(**ids, reason="over", actor=STAFF, at=at)
    with pytest.raises(api.IncidentIsClosed):
        api.agree_withdrawal(area_id=1, uuid=row.uuid, actor=cast.actor("second_commander"), at=at)


def test_facts_of_two_incidents_are_not_withdrawn_together(tell, area, at):
    case = tell(area.people[0], "CASE")
    with pytest.raises(PersonStatus.DoesNotExist):
        api.withdraw_statuses(area_id=1, uuids=[case.uuid, new_uuid()], reason="X", actor=STAFF, at=at)
    with pytest.raises(PersonStatus.DoesNotExist):
        api.withdraw_statuses(area_id=2, uuids=[case.uuid], reason="X", actor=STAFF, at=at)


def test_a_merge_asks_anew_and_forgetting_leaves_no_request(tell, ask, area, at):
    kept, gone = area.people[0], area.people[1]
    row = ask(tell(gone, "CASE"))
    publish(PeopleMerged(kept.uuid, gone.uuid), area_id=1, at=at)
    deliver_all()
    row.refresh_from_db()
    assert row.state == "REFUSED"
    ask(tell(kept, "DIED"))
    publish(PersonErased(kept.uuid), area_id=1, at=at)
    deliver_all()
    assert not FactWithdrawal.objects.filter(person=kept).exists()


# ---------- pages ----------
def url(name, *args):
    return reverse(f"incidents:{name}", args=args)


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_two_officers_withdraw_a_case_on_the_pages(ids, tell, cast, incident, area):
    person = area.people[0]
    case = tell(person, "CASE")
    one, two = cast.client("commander"), cast.client("second_commander")
    facts = url("facts", incident.uuid, person.uuid)
    assert facts in text_of(one.get(url("persons", incident.uuid)))
    page = text_of(one.get(facts))
    assert "Withdraw: Case" in page
    assert person.name not in page
    assert AuditEntry.objects.filter(action="incidents.read_facts", target_uuid=person.uuid).count() == 1
    sent = {"facts": [str(case.uuid)], "reason": "LABORATORY_ERROR", "op_id": str(new_uuid())}
    asked = one.post(url("withdraw", incident.uuid, person.uuid), sent, follow=True)
    assert "Another person has to agree" in text_of(asked)
    assert "You have agreed: another person has to." in text_of(asked)
    again = one.post(url("withdraw", incident.uuid, person.uuid), sent, follow=True)
    assert again.status_code == 200
    assert FactWithdrawal.objects.count() == 1, "the same form twice asks once"
    row = FactWithdrawal.objects.get()
    assert "The laboratory made a mistake" in text_of(two.get(url("persons", incident.uuid)))
    done = text_of(two.post(url("withdrawal_agree", row.uuid), follow=True))
    assert "Withdrawn. What the person is follows" in done
    assert "Nothing holds of this person now" in done
    assert "Put back" in done
    assert stands(ids, person) == ""


def test_a_single_fact_is_withdrawn_with_an_undo_on_the_next_page(ids, tell, cast, incident, area):
    person = area.people[3]
    fact = tell(person, "EXPOSED", cause_kind="Told")
    client = cast.client("tracer")
    page = client.post(
        url("withdraw", incident.uuid, person.uuid), {"facts": [str(fact.uuid)], "reason": "WRONG_STATUS"}, follow=True
    )
    assert 'data-undo="10"' in text_of(page)
    assert stands(ids, person) == ""
    back = client.post(url("put_back", fact.uuid), follow=True)
    assert "The fact holds again" in text_of(back)
    assert stands(ids, person) == "EXPOSED"
    assert "This fact holds already" in text_of(client.post(url("put_back", fact.uuid), follow=True))


def test_a_grid_leader_reads_own_people_and_withdraws_nothing(tell, cast, incident, area):
    person = area.people[0]  # 1-1-101, in grid 1
    case = tell(person, "CASE")
    own, other = cast.client("grid_leader_1"), cast.client("grid_leader_2")
    page = text_of(own.get(url("facts", incident.uuid, person.uuid)))
    assert "Withdraw: Case" not in page
    assert other.get(url("facts", incident.uuid, person.uuid)).status_code == 404
    sent = {"facts": [str(case.uuid)], "reason": "WRONG_PERSON"}
    for client in (own, other):
        assert client.post(url("withdraw", incident.uuid, person.uuid), sent).status_code == 404
        assert client.post(url("put_back", case.uuid)).status_code == 404
    assert not FactWithdrawal.objects.exists()


@pytest.mark.parametrize(
    "who", ["volunteer", "caller", "sampler", "dispatcher", "documents", "auditor", "outsider", "other_commander"]
)
def test_who_has_nothing_to_do_here_finds_nothing(tell, ask, cast, incident, area, who):
    person = area.people[0]
    case = tell(person, "CASE")
    row = ask(case)
    client = cast.client(who)
    assert client.get(url("facts", incident.uuid, person.uuid)).status_code == 404
    for name, args in (
        ("withdraw", (incident.uuid, person.uuid)),
        ("put_back", (case.uuid,)),
        ("withdrawal_agree", (row.uuid,)),
        ("withdrawal_refuse", (row.uuid,)),
    ):
        assert client.post(url(name, *args)).status_code == 404, name


def test_a_tracer_asks_and_does_not_agree(tell, ask, cast, area):
    row = ask(tell(area.people[0], "CASE"), who="tracer")
    assert row.state == "WAITING"
    assert cast.client("tracer").post(url("withdrawal_agree", row.uuid)).status_code == 404
    assert cast.client("commander").post(url("withdrawal_refuse", row.uuid), follow=True).status_code == 200
    row.refresh_from_db()
    assert row.state == "REFUSED"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"facts": [], "reason": "WRONG_PERSON"},
        {"facts": ["nonsense"], "reason": "WRONG_PERSON"},
        {"facts": ["' OR 1=1"], "reason": "<script>"},
        {"facts": ["0199f000-0000-7000-8000-000000000000"], "reason": "WRONG_PERSON"},
    ],
)
def test_a_wrong_form_is_told_and_changes_nothing(ids, tell, cast, incident, area, sent):
    person = area.people[0]
    tell(person, "CASE")
    page = cast.client("commander").post(url("withdraw", incident.uuid, person.uuid), sent)
    assert page.status_code == 422
    assert "<script>" not in text_of(page).split("</head>")[1].split("<footer")[0].replace("<script src", "")
    assert stands(ids, person) == "CASE"
    assert not FactWithdrawal.objects.exists()


def test_somebody_without_facts_has_no_page(cast, incident, area):
    assert cast.client("commander").get(url("facts", incident.uuid, area.people[5].uuid)).status_code == 404
    assert cast.client("commander").get(url("facts", incident.uuid, new_uuid())).status_code == 404


def test_a_contact_of_the_list_has_a_way_and_no_button(tell, cast, incident, area):
    tell(area.people[0], "CONTACT", cause_kind=LISTED)
    page = text_of(cast.client("commander").get(url("facts", incident.uuid, area.people[0].uuid)))
    assert "Take the person off that list in tracing" in page
    assert "Withdraw: Contact" not in page


def test_the_page_is_chinese_too(tell, ask, cast, incident, area):
    ask(tell(area.people[0], "CASE"))
    client = cast.client("second_commander")
    client.cookies["django_language"] = "zh-hans"
    page = text_of(client.get(url("facts", incident.uuid, area.people[0].uuid)))
    assert "待同意撤回的记录" in page
    assert "记错了人" in page
