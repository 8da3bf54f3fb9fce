"""What a drill leaves: tables, reports, and a summary, all in the ledger's own person codes."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from tongxin.dispatch import api as dispatch
from tongxin.hq import api as hq
from tongxin.situation import api as situation
from tongxin.tracing.api.links import listed_links
from tongxin.web.cli.drill_files import write_table
from tongxin.web.cli.drill_replay import ACTOR, AREA, Replay, at_hour
from tongxin.web.cli.timing import peak_memory_mb

REPORT_HOUR = time(6)
_LINE = (
    "drafted_on", "plan", "room", "measure", "key", "target_kind", "target", "why", "numbers", "rule_key", "source",
    "grade", "approvals_needed", "change", "state",
)  # fmt: skip
_TASK = (
    "task", "kind", "person", "door", "opened_at", "window_starts_at", "window_ends_at", "due_at", "minutes", "priority",
    "state", "outcome", "finished_at",
)  # fmt: skip
_ASSIGNMENT = ("task", "kind", "hand", "responder", "starts_at", "ends_at", "state", "reason", "runner_up")
_UNSERVED = ("task", "kind", "rule", "first_day", "last_day", "people_hindered", "relief")


def write_tables(replay: Replay, folder: Path, at: datetime) -> dict[str, Any]:
    """Write the five tables and return how many rows each has, and what is said about contacts."""
    links = listed_links(area_id=AREA, incident=replay.incident, actor=ACTOR, at=at)
    codes = replay.code_of
    rows = [(codes[link.case_person_id], codes[link.person_id], link.layer, link.listed_date) for link in links]
    header = ("case", "contact", "layer", "listed_on")
    tasks = list(dispatch.list_tasks(area_id=AREA, incident_id=replay.incident.pk))
    kinds = {str(task.uuid): task.kind for task in tasks}
    return {
        "contacts": write_table(folder / "contacts.csv", header, rows),
        "plan_lines": write_table(folder / "plan_lines.csv", _LINE, _lines(replay)),
        "tasks": write_table(folder / "tasks.csv", _TASK, (_task(task, codes) for task in tasks)),
        "assignments": write_table(folder / "assignments.csv", _ASSIGNMENT, _assignments(tasks)),
        "unserved": write_table(folder / "unserved.csv", _UNSERVED, _unserved(replay, kinds)),
        **_contact_counts(rows, replay),
    }


def _contact_counts(rows: list[tuple[str, str, str, Any]], replay: Replay) -> dict[str, Any]:
    pairs = {(case, contact) for case, contact, _, _ in rows}
    per_case = Counter(case for case, _ in pairs)
    numbers = [per_case.get(case, 0) for case in replay.seen_cases]
    return {
        "cases": len(replay.seen_cases),
        "contact_pairs": len(pairs),
        "people_listed": len({contact for _, contact in pairs}),
        "contacts_per_case": {
            "mean": round(sum(numbers) / len(numbers), 2) if numbers else 0,
            "median": median(numbers) if numbers else 0,
            "most": max(numbers, default=0),
        },
        "contacts_by_layer": dict(sorted(Counter(layer for _, _, layer, _ in rows).items())),
    }


def _lines(replay: Replay) -> Iterator[tuple[Any, ...]]:
    """Give every line of every draft once a change: what a draft carried over unchanged is not repeated."""
    for plan in reversed(hq.list_plans(AREA, replay.incident.pk)):
        for view in hq.list_lines(plan):
            line = view.line
            if line.change == "SAME" and line.state == "PROPOSED":
                continue
            yield (
                plan.drafted_at, plan.number, line.room, line.measure, line.key, line.target_kind, line.target_label,
                line.why, json.dumps(line.numbers, ensure_ascii=False, sort_keys=True), line.rule_key, line.source,
                line.grade, line.needs_approvals, line.change, line.state,
            )  # fmt: skip


def _task(task: dispatch.Task, codes: dict[int, str]) -> tuple[Any, ...]:
    return (
        task.uuid, task.kind, codes.get(task.person_id or 0, ""), dispatch.place_label(task), task.opened_at,
        task.window_starts_at, task.window_ends_at, task.due_at, task.duration_min, task.priority, task.state,
        task.outcome_code, task.finished_at,
    )  # fmt: skip


def _assignments(tasks: list[dispatch.Task]) -> Iterator[tuple[Any, ...]]:
    by_task = dispatch.list_assignments(area_id=AREA, task_ids=[task.pk for task in tasks], only_open=False)
    for task in tasks:
        for row in by_task.get(task.pk, []):
            yield (
                task.uuid, task.kind, row.hand_index, row.responder.code, row.starts_at, row.ends_at, row.state,
                json.dumps(row.reason, sort_keys=True), json.dumps(row.runner_up, sort_keys=True),
            )  # fmt: skip


def _unserved(replay: Replay, kinds: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    """Give each task and rule once, with the first and last day on which it kept the task from hands."""
    found: dict[tuple[str, str], list[Any]] = {}
    for day, row in replay.unserved:
        seen = found.setdefault((row["task"], row["rule"]), [day, day, row])
        seen[1] = day
    for (task, rule), (first, last, row) in found.items():
        relief = json.dumps(row.get("relief", {}), sort_keys=True)
        yield task, kinds.get(task, ""), rule, first, last, row.get("people", 0), relief


def summarize(replay: Replay, counts: dict[str, Any], *, profile_id: str, days: int) -> dict[str, Any]:
    """Return what goes into summary.json: counts, seconds by step, peak memory."""
    drafts = sorted(plan.draft_ms for plan in hq.list_plans(AREA, replay.incident.pk))
    return {
        "profile": profile_id,
        "days": days,
        **counts,
        "people": len(set(replay.person_ids.values())),
        "plans": len(drafts),
        "shortages": replay.shortages,
        "hard_rule_violations": replay.violations,
        "failed_lines": replay.failed_lines,
        "parked": len(hq.parked_items(AREA)),
        "draft_ms": {
            "median": median(drafts) if drafts else 0,
            "p95": drafts[round(0.95 * (len(drafts) - 1))] if drafts else 0,
            "most": drafts[-1] if drafts else 0,
        },
        "seconds": replay.watch.rounded(),
        "seconds_total": round(sum(replay.watch.seconds.values()), 3),
        "peak_memory_mb": peak_memory_mb(),
    }


def write_reports(replay: Replay, folder: Path, *, report_date: date) -> None:
    """Write the report of the last day as it stands on the next morning: Word and PDF in Chinese, PDF in English."""
    report = situation.make_report(
        area_id=AREA,
        incident_id=replay.incident.pk,
        report_date=report_date,
        actor=ACTOR,
        at=at_hour(report_date + timedelta(days=1), REPORT_HOUR),
    )
    forms: tuple[tuple[situation.Language, str], ...] = (("zh", "docx"), ("zh", "pdf"), ("en", "pdf"))
    for language, kind in forms:
        document = situation.render_report(report, language=language, kind=kind)
        (folder / f"report_{language}.{kind}").write_bytes(document.data)
