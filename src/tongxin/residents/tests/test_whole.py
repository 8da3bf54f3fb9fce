"""The whole list: coverage, figures, forgetting, merging, the ledger as a file."""

from collections import Counter
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import load_workbook

from tongxin.base.ids import new_uuid
from tongxin.community import api as community
from tongxin.residents import api
from tongxin.residents.models import LiaisonCall, Request
from tongxin.residents.tests.conftest import CODES, HOUR, audited, open_pairs
from tongxin.workforce import api as workforce

pytestmark = pytest.mark.django_db


# ---------- the whole ----------
def test_coverage_counts_every_listed_person_once(in_round):
    calls = in_round.calls_of("caller").left
    for call, outcome in zip(calls, ["FINE", "NEED", "UNREACHED"], strict=False):
        needs = [api.Need("FOOD")] if outcome == "NEED" else []
        api.log_call(area_id=1, call_uuid=call.uuid, outcome=outcome, needs=needs, **in_round.by_staff)
    now = in_round.at + 2 * HOUR
    picture = api.coverage(**in_round.where, at=now)
    assert (picture.listed, picture.covered, picture.is_complete) == (20, 20, True)
    total = picture.total
    assert (total.fine, total.need, total.unreached, total.due, total.late) == (1, 1, 1, 17, 0)
    assert api.coverage(**in_round.where, at=now + 5 * HOUR).total.late == 18
    tallies = {row.responder.code: row for row in api.caller_tallies(**in_round.where, at=now)}
    assert (tallies["caller"].people, tallies["caller"].reached, tallies["caller"].due) == (7, 2, 4)


def test_coverage_names_who_has_nobody_and_why(paired):
    new = paired.area.people[30]
    community.add_care(area_id=1, needs=[(new, {CODES[1]: ""}, None)], **paired.by_staff)
    workforce.set_active(area_id=1, uuid=paired.cast.responders["caller"].uuid, is_active=False, **paired.by_staff)
    picture = api.coverage(**paired.where, at=paired.at)
    assert Counter(row.why for row in picture.uncovered) == {"NOT_PAIRED": 1, "CALLER_GONE": 7}
    assert picture.covered == picture.listed - 8


def test_coverage_takes_the_same_number_of_queries_for_any_size(
    in_round, django_assert_max_num_queries, django_assert_num_queries
):
    with django_assert_max_num_queries(12) as few:
        api.coverage(**in_round.where, at=in_round.at + 2 * HOUR)
    more = [(person, {CODES[2]: ""}, None) for person in in_round.area.people[20:]]
    community.add_care(area_id=1, needs=more, **in_round.by_staff)
    in_round.pair(in_round.at + HOUR)
    with django_assert_num_queries(len(few)):
        api.coverage(**in_round.where, at=in_round.at + 2 * HOUR)


def test_figures_and_story(in_round):
    now = in_round.at + 6 * HOUR
    api.escalate_late(area_id=1, at=now)
    figures = api.figures(**in_round.where, at=now)
    assert figures["residents.listed"] == figures["residents.covered"] == 20
    assert figures["residents.calls_late"] == figures["residents.requests_open"] == 20
    story = api.timeline(**in_round.where, since=in_round.at, until=now + HOUR)
    codes = [entry["code"] for entry in story]
    assert codes == ["PEOPLE_PAIRED", "ROUND_BEGAN", "ROUND_ENDED", "ESCALATED"]
    assert api.timeline(**in_round.where, since=now + HOUR, until=now + 2 * HOUR) == []


def test_another_compound_sees_nothing(in_round, other_area):
    assert api.list_pairs(area_id=2, incident_id=in_round.incident.pk, scope=community_scope(2)).count() == 0
    with pytest.raises(LiaisonCall.DoesNotExist):
        api.log_call(area_id=2, call_uuid=LiaisonCall.objects.first().uuid, outcome="FINE", **in_round.by_staff)


def community_scope(area_id):
    from tongxin.base.actors import Scope

    return Scope(area_id=area_id, everything=True)


def test_who_is_forgotten_leaves_no_words_and_no_open_call(in_round):
    call = in_round.calls_of("caller").next
    api.log_call(
        area_id=1, call_uuid=call.uuid, outcome="NEED", needs=[api.Need("FOOD")], note="要菜", **in_round.by_staff
    )
    api.forget(area_id=1, person_uuid=call.person.uuid, **in_round.by_staff)
    row, need = LiaisonCall.objects.get(pk=call.pk), Request.objects.get()
    assert (row.note, row.before, need.text, need.found_by, need.state) == ("", {}, "", "", "WITHDRAWN")
    assert not open_pairs().filter(person=call.person).exists()
    assert LiaisonCall.objects.filter(person=call.person).count() == 1


def test_a_merge_brings_needs_together(in_round):
    kept, gone = in_round.listed[0], in_round.listed[1]
    for person, text in ((kept, "米"), (gone, "面")):
        api.open_request(**in_round.where, person_uuid=person.uuid, kind="FOOD", text=text, **in_round.by_staff)
    api.open_request(**in_round.where, person_uuid=gone.uuid, kind="MEDICINE", text="药", **in_round.by_staff)
    merge = {"area_id": 1, "kept_uuid": kept.uuid, "gone_uuid": gone.uuid, **in_round.by_staff}
    assert api.follow_merge(**merge) > 0
    assert not open_pairs().filter(person=gone).exists()
    standing = Request.objects.filter(person=kept, state="OPEN")
    assert sorted(standing.values_list("kind", flat=True)) == ["FOOD", "MEDICINE"]
    assert Request.objects.get(kind="MEDICINE").text == "药"
    assert api.follow_merge(**(merge | {"gone_uuid": new_uuid()})) == 0


def test_a_merge_that_is_taken_back_gives_needs_and_caller_back(in_round):
    """Each has the own needs in readable words again, and the caller and deputy of before."""
    kept, gone = in_round.listed[0], in_round.listed[1]
    for person, text in ((kept, "米"), (gone, "面")):
        api.open_request(**in_round.where, person_uuid=person.uuid, kind="FOOD", text=text, **in_round.by_staff)
    api.open_request(**in_round.where, person_uuid=gone.uuid, kind="MEDICINE", text="药", **in_round.by_staff)

    def stand():
        needs = sorted((row.person_id, row.kind, row.state, row.text) for row in Request.objects.all())
        return needs, sorted(open_pairs().values_list("person_id", "caller_id", "deputy_id"))

    before = stand()
    pair = {"area_id": 1, "kept_uuid": kept.uuid, **in_round.by_staff}
    api.follow_merge(**pair, gone_uuid=gone.uuid)
    assert stand() != before
    assert api.undo_merge(**pair, returned_uuid=gone.uuid) > 0
    assert stand() == before
    assert api.undo_merge(**pair, returned_uuid=gone.uuid) == 0


def test_a_need_that_was_told_anew_before_the_undo_came_through_stands_once(in_round):
    kept, gone = in_round.listed[0], in_round.listed[1]
    need = {**in_round.where, "kind": "MEDICINE", **in_round.by_staff}
    api.open_request(**need, person_uuid=gone.uuid, text="药")
    pair = {"area_id": 1, "kept_uuid": kept.uuid, **in_round.by_staff}
    api.follow_merge(**pair, gone_uuid=gone.uuid)
    api.open_request(**need, person_uuid=gone.uuid, text="药，急")
    api.undo_merge(**pair, returned_uuid=gone.uuid)
    assert [row.text for row in Request.objects.filter(person=gone, state="OPEN")] == ["药，急"]


# ---------- the ledger as a file ----------
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_ledger_comes_in_again_and_adds_nobody(in_round, language, tmp_path):
    from tongxin.base.actors import Scope

    call = in_round.calls_of("caller").next
    api.log_call(area_id=1, call_uuid=call.uuid, outcome="FINE", **in_round.by_staff)
    scope = Scope(area_id=1, everything=True)
    content = api.export_ledger(**in_round.where, scope=scope, language=language, **in_round.by_staff)
    assert audited("residents.ledger.exported") == 1
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    texts = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"联络员", "平安"} <= texts or {"Liaison", "Fine"} <= texts
    path = tmp_path / "one-to-one.xlsx"
    path.write_bytes(content)
    outcome = community.import_ledger(area_id=1, kind="special-care", path=path, dry_run=False, **in_round.by_staff)
    assert outcome.counts["added"] == 0
    assert outcome.counts["refused"] == 0
    assert {UUID(str(row.person_uuid)) for row in outcome.rows} == {person.uuid for person in in_round.listed}
