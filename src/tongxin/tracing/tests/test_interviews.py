"""The interview as work: tried again until somebody is reached, and never lost while it is typed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tongxin.base import outbox
from tongxin.base.models import AuditEntry, OutboxEvent
from tongxin.base.versions import StaleVersion
from tongxin.dispatch.events import TaskFailed, TaskFinished
from tongxin.dispatch.models import Task
from tongxin.incidents.api import NotEditable
from tongxin.tracing import api, rules
from tongxin.tracing.models import InterviewDraft, InterviewTry
from tongxin.tracing.tests.conftest import ACTOR


def tell(story, task, outcome, *, at=None):
    """Tell what dispatch tells of a task: an outcome, or the reason for which it failed."""
    origin = (task.kind, task.origin_kind, task.origin_uuid)
    kind, code = (TaskFailed, outcome[1:]) if outcome.startswith("!") else (TaskFinished, outcome)
    outbox.publish(kind(task.uuid, *origin, code, story.incident.uuid), area_id=1, at=at or story.at)
    outbox.deliver_all()


def ordered(story, *, at=None):
    """Carry out the proposed interview and return its task."""
    [line] = story.propose(at=at, measure="INTERVIEW")
    assert story.carry_out(line, at=at).counts == {"tasks": 1}
    return Task.objects.filter(kind="CASE_INTERVIEW").latest("id")


@pytest.fixture
def task(story, case):
    return ordered(story)


# ---------- tried again ----------
@pytest.mark.parametrize("outcome", ["UNREACHED", "!NOBODY_THERE", "!NO_ACCESS"])
def test_a_vain_try_comes_back_with_its_reason(story, task, outcome):
    assert story.propose(measure="INTERVIEW") == []
    tell(story, task, outcome)
    [line] = story.propose(measure="INTERVIEW")
    assert (line.why, line.numbers["tries"], line.numbers["minutes"]) == ("NOT_REACHED", 1, 30)
    assert (line.rule_key, line.due_minutes) == ("site.investigation.again_minutes", 30)
    assert line.key.endswith(":2")
    event = OutboxEvent.objects.filter(kind="tracing.investigation_changed.v1").latest("id")
    assert event.payload["cause"] == "UNREACHED"
    assert AuditEntry.objects.filter(action="tracing.interview.unreached").count() == 1


@pytest.mark.parametrize("outcome", ["COMPLETED", "PARTLY"])
def test_a_held_interview_does_not_come_back(story, case, task, outcome):
    tell(story, task, outcome)
    assert story.investigation(case).state == "INTERVIEWED"
    assert story.propose(measure="INTERVIEW") == []


def test_the_next_try_is_a_new_task_after_the_minutes_of_the_site(story, task):
    tell(story, task, "UNREACHED")
    again = ordered(story)
    assert again.pk != task.pk
    assert again.window_starts_at == story.at + timedelta(minutes=30)
    assert again.due_at == again.window_starts_at + timedelta(hours=4)
    assert again.params == {"try": 2, "is_at_door": False}


def test_a_held_second_try_ends_the_tries(story, case, task):
    tell(story, task, "UNREACHED")
    tell(story, ordered(story), "COMPLETED")
    assert story.investigation(case).state == "INTERVIEWED"
    assert story.propose(measure="INTERVIEW") == []


def test_after_three_vain_tries_somebody_goes_to_the_door_at_once(story, task):
    for _number in range(2):
        tell(story, task, "UNREACHED")
        task = ordered(story)
        assert not task.params["is_at_door"]
    tell(story, task, "UNREACHED")
    [line] = story.propose(measure="INTERVIEW")
    assert (line.why, line.rule_key, line.numbers["tries"]) == (
        "GO_TO_DOOR", "site.investigation.door_after_tries", 3,
    )  # fmt: skip
    door = ordered(story)
    assert (door.params, door.window_starts_at) == ({"try": 4, "is_at_door": True}, story.at)


def test_the_site_says_when_to_go_to_the_door(story, task, own_site):
    own_site(("door_after_tries = { value = 3", "door_after_tries = { value = 1"))
    tell(story, task, "UNREACHED")
    [line] = story.propose(measure="INTERVIEW")
    assert line.why == "GO_TO_DOOR"


@pytest.mark.parametrize(
    ("in_vain", "door_after", "expected"), [(0, 1, False), (1, 1, True), (2, 3, False), (4, 3, True)]
)
def test_when_a_try_goes_to_the_door(in_vain, door_after, expected):
    assert rules.goes_to_door(in_vain, door_after) is expected


def test_a_vain_try_told_twice_counts_once(story, task):
    tell(story, task, "UNREACHED")
    tell(story, task, "UNREACHED")
    assert story.propose(measure="INTERVIEW")[0].numbers["tries"] == 1
    ordered(story)
    tell(story, task, "UNREACHED")
    assert story.propose(measure="INTERVIEW") == []


def test_one_line_carried_out_twice_makes_one_task(story, task):
    tell(story, task, "UNREACHED")
    [line] = story.propose(measure="INTERVIEW")
    assert [story.carry_out(line).counts["tasks"] for _number in range(2)] == [1, 0]
    assert Task.objects.filter(kind="CASE_INTERVIEW").count() == InterviewTry.objects.count() == 2


def test_an_old_line_opens_nothing_after_a_newer_try(story, task):
    [first] = [story.propose(measure="INTERVIEW")]
    tell(story, task, "UNREACHED")
    [second] = story.propose(measure="INTERVIEW")
    story.carry_out(second)
    tell(story, Task.objects.latest("id"), "UNREACHED")
    assert first == []
    assert story.carry_out(second).counts == {"tasks": 0}


def test_a_vain_try_after_the_interview_was_held_changes_nothing(story, case, task):
    api.interview_held(area_id=1, uuid=story.investigation(case).uuid, actor=ACTOR, at=story.at)
    tell(story, task, "UNREACHED")
    assert story.propose(measure="INTERVIEW") == []


def test_outcomes_of_other_rooms_are_not_listened_to(story, case, task):
    task.origin_kind = "RoundMember"
    tell(story, task, "UNREACHED")
    assert story.propose(measure="INTERVIEW") == []


@pytest.mark.parametrize("number", [0, -1, 1001, True, "2", 1.5, None])
def test_a_try_that_is_no_number_is_refused(case, number):
    with pytest.raises(NotEditable):
        api.check_body("INTERVIEW", {"case_uuid": str(case.uuid), "try": number})


# ---------- the draft ----------
TYPED = {"symptoms": "发热两天", "onset_date": "2022-11-0", "fever": "YES"}


@pytest.fixture
def save(story, case, cast):
    """Keep a draft as somebody; returns the row."""

    def keep(version=0, *, who="tracer", at=None, **values):
        row = story.investigation(case)
        where = {"area_id": 1, "uuid": row.uuid, "base_version": row.version, "expected_version": version}
        return api.save_draft(**where, values=values or TYPED, actor=cast.actor(who), at=at or story.at)

    return keep


def test_a_draft_is_kept_sealed_as_it_was_typed(story, case, save):
    draft = save()
    assert api.draft_values(InterviewDraft.objects.get()) == TYPED
    stored = InterviewDraft.objects.values_list("content", flat=True).get()
    assert "发热".encode() not in bytes(stored)
    assert (draft.saved_at, draft.saved_by, draft.version) == (story.at, "tracer", 1)
    assert not AuditEntry.objects.filter(detail__icontains="发热").exists()
    assert not OutboxEvent.objects.filter(payload__icontains="发热").exists()
    assert story.investigation(case).state == "OPEN"


def test_each_change_is_a_version_and_the_same_again_is_none(story, save):
    save()
    assert save(1, symptoms="咳嗽").version == 2
    assert save(2, symptoms="咳嗽", at=story.at + timedelta(minutes=1)).saved_at == story.at
    assert InterviewDraft.objects.get().version == 2


def test_two_tracers_do_not_overwrite_each_other(save, case):
    save()
    with pytest.raises(StaleVersion) as stale:
        save(0, who="commander", symptoms="别的")
    assert stale.value.current.saved_by == "tracer"
    assert api.draft_values(InterviewDraft.objects.get()) == TYPED
    assert save(1, who="commander", symptoms="别的").saved_by == "commander"
    actions = AuditEntry.objects.filter(action__startswith="tracing.interview_draft").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "tracing.interview_draft.begun", "tracing.interview_draft.taken_over",
    ]  # fmt: skip


def test_a_draft_that_is_too_long_is_refused_whole(save):
    with pytest.raises(api.DraftTooLong):
        save(symptoms="x" * (rules.MAX_ANSWER + 1))
    assert not InterviewDraft.objects.exists()


def test_a_draft_of_another_compound_is_not_there(story, case, save, cast):
    row = story.investigation(case)
    with pytest.raises(type(row).DoesNotExist):
        api.save_draft(
            area_id=2, uuid=row.uuid, base_version=1, expected_version=0, values=TYPED, actor=ACTOR, at=story.at
        )


def test_forgetting_a_person_takes_the_draft_along(story, case, save):
    save()
    api.forget(area_id=1, person_uuid=case.uuid, at=story.at, actor=ACTOR)
    assert not InterviewDraft.objects.exists()


# ---------- pages ----------
@pytest.fixture
def page(story, case, cast, drill_clock):
    """URLs of the interview and short ways to send it."""

    class Page:
        url = reverse("tracing:investigation", args=[story.investigation(case).uuid])

        def type(self, version=0, *, who="tracer", **values):
            data = {"version": story.investigation(case).version, "draft_version": version, **(values or TYPED)}
            return cast.client(who).post(self.url + "draft/", data, headers={"HX-Request": "true"})

        def get(self, who="tracer"):
            return cast.client(who).get(self.url)

    return Page()


def test_what_was_typed_is_there_when_the_page_is_opened_again(page):
    answer = page.type()
    assert answer.status_code == 200
    assert "Draft saved 08:00" in answer.content.decode()
    shown = page.get("commander").content.decode()
    assert "发热两天" in shown
    assert 'value="2022-11-0"' in shown
    assert "What tracer typed" in shown
    assert 'name="draft_version" value="1"' in shown


def test_the_second_tracer_is_told_who_is_writing(page):
    page.type()
    answer = page.type(0, who="commander", symptoms="别的")
    assert answer.status_code == 409
    assert "tracer is writing in this interview, last at 08:00" in answer.content.decode()
    assert "发热" not in answer.content.decode()


def test_saving_ends_the_draft(story, case, page, cast):
    page.type(symptoms="咳嗽")
    data = {"version": story.investigation(case).version, "symptoms": "咳嗽", "finish": "1", "draft_version": 1}
    cast.client("tracer").post(page.url, data)
    assert not InterviewDraft.objects.exists()
    assert story.investigation(case).state == "INTERVIEWED"
    late = page.type(1, symptoms="咳嗽 ")
    assert late.status_code == 200
    assert not InterviewDraft.objects.exists(), "sent before the page was left, arrived after the interview was saved"


def test_a_draft_on_which_another_went_on_outlives_the_saving(story, case, page, cast):
    page.type(symptoms="咳嗽")
    page.type(1, who="commander", symptoms="咳嗽、头痛")
    data = {"version": story.investigation(case).version, "symptoms": "咳嗽", "draft_version": 1}
    cast.client("tracer").post(page.url, data)
    shown = page.get().content.decode()
    assert "咳嗽、头痛" in shown
    assert "was saved by somebody else since this draft was begun" in shown


def test_a_refused_interview_keeps_what_was_sent_and_the_draft(story, case, page, cast):
    page.type(symptoms="咳嗽")
    data = {"version": story.investigation(case).version, "symptoms": "咳嗽", "onset_date": "2099-01-01"}
    answer = cast.client("tracer").post(page.url, {**data, "draft_version": 1})
    assert answer.status_code == 422
    assert 'name="draft_version" value="1"' in answer.content.decode()
    assert InterviewDraft.objects.count() == 1


def test_a_draft_is_thrown_away_only_as_it_was_seen(page, cast):
    page.type()
    client = cast.client("tracer")
    assert (
        "went on writing"
        in client.post(page.url + "draft/discard/", {"draft_version": 7}, follow=True).content.decode()
    )
    assert InterviewDraft.objects.exists()
    assert "thrown away" in client.post(page.url + "draft/discard/", {"draft_version": 1}, follow=True).content.decode()
    assert not InterviewDraft.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "١"])
def test_a_version_that_is_none_is_that_of_no_draft(page, version):
    page.type()
    assert page.type(version, symptoms="别的").status_code == 409


def test_fields_that_no_interview_has_are_not_kept(page):
    page.type(symptoms="咳嗽", csrfmiddlewaretoken="x", evil="<script>alert(1)</script>")
    assert api.draft_values(InterviewDraft.objects.get()) == {"symptoms": "咳嗽"}


def test_hostile_text_is_shown_as_text(page):
    page.type(symptoms="</textarea><script>alert(1)</script>")
    assert "<script>alert(1)" not in page.get().content.decode()


@pytest.mark.parametrize("path", ["draft/", "draft/discard/"])
@pytest.mark.parametrize("role", ["outsider", "volunteer", "caller", "auditor", "grid_leader_1"])
def test_drafts_are_for_those_who_trace(page, cast, path, role):
    page.type()
    assert cast.client(role).post(page.url + path, {"draft_version": 1}).status_code == 404
    assert InterviewDraft.objects.get().version == 1


@pytest.mark.parametrize("path", ["draft/", "draft/discard/"])
def test_drafts_are_sent_and_not_asked_for(page, cast, path):
    assert cast.client("tracer").get(page.url + path).status_code == 405


def test_a_too_long_answer_says_so(page):
    answer = page.type(symptoms="x" * 4001)
    assert answer.status_code == 422
    assert "longer than 4000" in answer.content.decode()


def test_the_page_tells_how_tries_ended(story, task, page):
    tell(story, task, "UNREACHED")
    assert "Try 1: not reached" in page.get().content.decode()
