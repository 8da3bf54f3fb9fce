"""A case in building 1, told through the api of incidents, and short ways to the rows of tracing."""

from datetime import timedelta

from tests.staging import staged

from tongxin.base import clock, outbox
from tongxin.base.actors import system
from tongxin.base.ids import new_uuid
from tongxin.incidents import api as incidents
from tongxin.tracing import api
from tongxin.tracing.models import ContactLink, Investigation, Management

ACTOR = system("tests")


class Story:
    """An incident with the verbs that the tests need; `today` is the morning of 3 November 2022."""

    def __init__(self, area, incident, at):
        self.area, self.incident, self.at = area, incident, at
        self.today = clock.local_date(at)
        self.where = {"area_id": area.area_id, "incident_id": incident.pk}

    def tell(self, person, kind="CASE", *, at=None, cause=None, **dates):
        return incidents.set_person_status(
            **self.where,
            person_id=person.pk,
            kind=kind,
            effective_at=at or self.at,
            cause_kind="test",
            cause_uuid=cause or new_uuid(),
            actor=ACTOR,
            at=at or self.at,
            **dates,
        )

    def make_case(self, person, *, at=None, deliver=True, **dates):
        row = self.tell(person, at=at, **(dates or {"onset_date": self.today - timedelta(days=1)}))
        if deliver:
            outbox.deliver_all()
        return row

    def list_contacts(self, person, *, at=None, **more):
        done = api.list_contacts(**self.where, case_uuid=person.uuid, actor=ACTOR, at=at or self.at, **more)
        outbox.deliver_all()
        return done

    def propose(self, *, at=None, measure=None):
        lines = api.propose(**self.where, at=at or self.at)
        return [line for line in lines if measure in (None, line.measure)]

    def carry_out(self, line, *, at=None, actor=ACTOR):
        done = api.carry_out(line, **self.where, actor=actor, at=at or self.at)
        outbox.deliver_all()
        return done

    def status(self, person):
        row = incidents.status_of(self.area.area_id, self.incident.pk, [person.pk]).get(person.pk)
        return row.kind if row else ""

    def links(self, case, **where):
        return ContactLink.objects.filter(case_person=case, **where).order_by("person_id", "layer")

    def investigation(self, person):
        return Investigation.objects.get(incident=self.incident, person=person)

    def interview(self, case, **more):
        row = self.investigation(case)
        values = {"answers": {}, "onset_date": row.onset_date, "sample_date": row.sample_date, "is_finished": False}
        return api.save_interview(
            area_id=1, uuid=row.uuid, expected_version=row.version, actor=ACTOR, at=self.at, **(values | more)
        )

    def managed(self, person):
        return Management.objects.filter(incident=self.incident, person=person).order_by("-id").first()

    def tests_of(self, person):
        return incidents.test_duties_of(self.area.area_id, self.incident.pk, [person.pk]).get(person.pk, [])

    def sample(self, person, day):
        moment = self.at + (day - self.today)
        incidents.complete_test_duties(**self.where, person_ids=[person.pk], on_date=day, done_at=moment)


@staged
def story(area, incident, at):
    return Story(area, incident, at)


@staged
def case(story):
    """The first resident of 1-1-101, without an office, ill since yesterday; contacts are not listed yet."""
    person = story.area.by_door["1-1-101"][0]
    person.department = None  # the office would make half the compound contacts
    person.save()
    story.make_case(person)
    return person
