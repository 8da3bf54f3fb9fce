"""From facts to a report in one language: which sentence is said when. Laying it out is `documents/`'s part.

Texts come from the catalogue of the active language. Places only, never persons; small groups of a building are told
as fewer than the smallest group.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tongxin.incidents.api import HEAT
from tongxin.situation import rules, wording
from tongxin.situation.api.facts import BuildingLine, PlaceLevel, ReportFacts
from tongxin.situation.api.tables import ground_of, table_rows
from tongxin.situation.documents.content import Curve, Figure, Language, ReportContent, Section, Table, Text, linked
from tongxin.situation.drawing.marks import SYMBOLS
from tongxin.workforce.api import skill_list

DJANGO_LANGUAGES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
#: Figures at the head of the report; which of them happened on the day decides whether it is a zero report.
HEADLINES = (
    "incidents.new_cases_today",
    "incidents.cases",
    "incidents.new_suspects_today",
    "incidents.suspects",
    "incidents.new_contacts_today",
    "incidents.contacts",
    "incidents.secondary_contacts",
    "situation.people_high",
    "situation.people_medium",
    "sampling.round_done",
    "sampling.round_missing",
    "residents.covered",
    "dispatch.done_24h",
    "dispatch.late",
    "situation.served_24h",
)
WORK = {
    "SAMPLING": (
        "sampling.sampled_today", "sampling.round_listed", "sampling.round_done", "sampling.round_missing",
        "sampling.round_refused", "sampling.round_away", "sampling.home_done", "sampling.home_due",
        "sampling.tubes_waiting", "sampling.results_overdue", "sampling.positive_pools",
    ),
    "TRACING": (
        "tracing.investigations", "tracing.to_interview", "tracing.managed", "tracing.contacts", "tracing.secondary",
        "tracing.tests_today", "tracing.tests_late", "tracing.released",
    ),
    "RESIDENTS": (
        "residents.listed", "residents.covered", "residents.calls_fine", "residents.calls_need",
        "residents.calls_unreached", "residents.calls_late", "residents.requests_open", "residents.requests_late",
        "residents.requests_closed",
    ),
    "DISPATCH": (
        "workforce.responders", "situation.served_24h", "workforce.hours_24h", "dispatch.open", "dispatch.done_24h",
        "dispatch.unassigned", "dispatch.late", "situation.over_limits",
    ),
}  # fmt: skip
_MOST_PLACES = 40


def compose(facts: ReportFacts, curve: Curve, *, language: Language, number: int, judgement: str) -> ReportContent:
    """Return the report in the active language, which must be `language`; see `in_language`."""
    writer = _Writer(facts)
    compound = facts.compound
    name = compound.name if language == "zh" else compound.name_en or compound.name
    zone = timezone.get_default_timezone()
    end = facts.period.ends_at if facts.is_over else facts.snapshot.as_of
    return ReportContent(
        language=language,
        title=_("Report on the outbreak situation"),
        compound=name,
        period_starts_at=facts.period.starts_at.astimezone(zone),
        period_ends_at=max(end, facts.period.starts_at + timedelta(minutes=1)).astimezone(zone),
        issue_number=number,
        issued_at=facts.snapshot.taken_at.astimezone(zone),
        red_head=_("Outbreak headquarters of %(compound)s") % {"compound": name},
        figures=writer.figures(HEADLINES),
        sections=(
            writer.situation(curve, judgement),
            writer.work(),
            Section(_heading("PROBLEMS"), tuple(writer.problems())),
            Section(_heading("NEXT"), tuple(writer.next_steps())),
        ),
    )


def in_language(language: Language) -> "translation.override":
    """Return the context in which texts of a report are made."""
    return translation.override(DJANGO_LANGUAGES[language])


def _heading(code: str) -> str:
    return str(wording.SECTIONS[code])


def place_words(kind: str, label: str) -> str:
    """Return a place in words: entrance 18-1, building 3."""
    return str(wording.PLACES[kind]) % {"label": label}


def _list(words: Iterable[str]) -> str:
    """Join places as the language does, and say how many more there are than a report has room for."""
    found = list(words)
    shown = pgettext("between places of a list", ", ").join(found[:_MOST_PLACES])
    rest = len(found) - _MOST_PLACES
    if rest <= 0:
        return shown
    return ngettext("%(places)s and %(rest)s more", "%(places)s and %(rest)s more", rest) % {
        "places": shown,
        "rest": rest,
    }


class _Writer:
    """One report in the making."""

    def __init__(self, facts: ReportFacts) -> None:
        self.facts = facts
        self.rows = table_rows(
            facts.figures,
            facts.previous.figures if facts.previous else None,
            ground_of(facts.incident, facts.period.report_date),
        )

    def figure(self, key: str) -> Figure:
        """Return a figure of the snapshot; one without a name keeps its key and has no link."""
        row = self.rows.get(key)
        if row is None:
            return Figure(key, key, self.facts.figures.get(key, 0))
        return Figure(
            key, str(row.entry.label), row.value, row.previous, str(row.entry.unit), row.url, row.entry.is_new
        )

    def figures(self, keys: Iterable[str]) -> tuple[Figure, ...]:
        return tuple(self.figure(key) for key in keys if key in self.rows)

    # ---------- one: the situation ----------
    def situation(self, curve: Curve, judgement: str) -> Section:
        texts: list[Text] = []
        if self.facts.is_counted_late:
            moment = timezone.localtime(self.facts.snapshot.taken_at)
            texts.append(
                _(
                    "No snapshot was taken when this day ended: what stands was counted on %(day)s at %(time)s; only"
                    " what happened on the day is told for the day."
                )
                % {"day": moment.date().isoformat(), "time": f"{moment:%H:%M}"}
            )
        texts.append(
            linked(
                _(
                    "Recorded on this day: %(new)s. Cases now: %(now)s; since the beginning: %(total)s. Recovered:"
                    " %(recovered)s; died: %(died)s."
                ),
                new=self.figure("incidents.new_cases_today"),
                now=self.figure("incidents.cases"),
                total=self.figure("incidents.cases_total"),
                recovered=self.figure("incidents.recovered"),
                died=self.figure("incidents.died"),
            )
        )
        texts.append(
            linked(
                _(
                    "Contacts now: %(contacts)s, found on this day: %(new)s. Secondary contacts: %(secondary)s. Waiting"
                    " for retest after a positive pool: %(suspects)s."
                ),
                contacts=self.figure("incidents.contacts"),
                new=self.figure("incidents.new_contacts_today"),
                secondary=self.figure("incidents.secondary_contacts"),
                suspects=self.figure("incidents.suspects"),
            )
        )
        texts += self._zones()
        if self.facts.trigger is not None:
            texts.append(
                _("The threshold of a reportable outbreak is reached: %(cases)s cases within %(days)s days.")
                % {"cases": self.facts.trigger.cases, "days": self.facts.trigger.within_days}
            )
        if judgement:
            texts.append(_("Judgement of headquarters: %(text)s") % {"text": judgement})
        return Section(_heading("SITUATION"), tuple(texts), curves=(curve,))

    def _zones(self) -> list[Text]:
        if not self.facts.zones:
            return [_("No zone level is in force.")]
        texts: list[Text] = []
        for level in ("HIGH", "MEDIUM", "LOW"):
            places = [row for row in self.facts.zones if row.canonical == level]
            if places:
                texts.append(
                    linked(
                        _("%(level)s: %(places)s; people who live there: %(people)s."),
                        level=f"{SYMBOLS[level]} {wording.LEVELS[level]}",
                        places=self._places(places),
                        people=self.figure(f"situation.people_{level.lower()}"),
                    )
                )
        return texts

    def _places(self, rows: Iterable[PlaceLevel]) -> str:
        return _list(place_words(row.kind, row.label) for row in rows)

    # ---------- two: the work ----------
    def work(self) -> Section:
        parts = []
        for code, keys in WORK.items():
            figures = self.figures(keys)
            texts: tuple[Text, ...] = ()
            tables: tuple[Table, ...] = ()
            if code == "SAMPLING":
                if not self.facts.figures.get("sampling.round_number"):
                    texts = (_("No mass round has been opened yet."),)
                    figures = tuple(figure for figure in figures if not figure.key.startswith("sampling.round_"))
                tables = self._building_table()
            parts.append(Section(_heading(code), texts, figures, tables))
        return Section(_heading("WORK"), subsections=tuple(parts))

    def _building_table(self) -> tuple[Table, ...]:
        rows = [row for row in self.facts.buildings if row.canonical != "NONE" or row.missing]
        rows = sorted(rows, key=lambda row: -HEAT.get(row.canonical, 0))[:_MOST_PLACES]
        if not rows:
            return ()
        headers = (_("Building"), _("Zone level"), _("Residents"), _("Not sampled yet"))
        return (
            Table(headers, tuple(self._building(row) for row in rows), _("Buildings with a level or missing people")),
        )

    def _building(self, row: BuildingLine) -> tuple[str, ...]:
        mark = f"{SYMBOLS[row.canonical]} {wording.LEVELS[row.canonical]}"
        return (row.label, mark, self._group(row.people), self._group(row.missing))

    def _group(self, count: int) -> str:
        """Small groups could be recognised by their neighbours."""
        if rules.small_group(count, self.facts.smallest_group):
            return _("fewer than %(number)s") % {"number": self.facts.smallest_group}
        return str(count)

    # ---------- three and four: problems, next steps ----------
    def problems(self) -> list[Text]:
        found: list[Text] = [
            linked(str(wording.PROBLEMS[problem.code]), n=self.figure(problem.key)) for problem in self.facts.problems
        ]
        for row in self.facts.shortages[:_MOST_PLACES]:
            start = timezone.localtime(row.starts_at)
            place = _("grid %(label)s") % {"label": row.grid} if row.grid else _("the whole compound")
            found.append(
                _("Short of hands: %(people)s with %(skills)s in %(place)s from %(day)s %(time)s.")
                % {
                    "people": row.people,
                    "skills": skill_list(row.skills),
                    "place": place,
                    "day": start.date().isoformat(),
                    "time": f"{start:%H:%M}",
                }
            )
        return found or [_("The rules found nothing that is late or short.")]

    def next_steps(self) -> list[Text]:
        found: list[Text] = [str(wording.NEXT_STEPS[problem.code]) for problem in self.facts.problems]
        if self.facts.tests_next_day:
            found.append(
                _("People under management to be tested on the next day by the rules in force: %(people)s.")
                % {"people": self.facts.tests_next_day}
            )
        if self.facts.lifts_due:
            found.append(
                _("All conditions for lowering or lifting hold; headquarters decides: %(places)s.")
                % {"places": self._places(self.facts.lifts_due)}
            )
        high = [row for row in self.facts.zones if row.canonical == "HIGH"]
        if high:
            found.append(_("Measures of the high-risk zones go on: %(places)s.") % {"places": self._places(high)})
        return found or [_("Watching, sampling and the one-to-one service go on as planned.")]


#: Said on pages where a report has no text yet.
EMPTY = gettext_lazy("This report has no text in this language.")
