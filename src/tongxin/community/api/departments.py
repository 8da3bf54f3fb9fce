"""Departments that a ledger of a higher room names."""

from collections.abc import Iterable

from tongxin.community.models import Department

_LONGEST = 120


def open_departments(*, area_id: int, names: Iterable[str]) -> dict[str, Department]:
    """This function will return name -> department, making those that the compound lacks."""
    wanted = sorted({name.strip()[:_LONGEST] for name in names if name.strip()})
    rows = Department.objects.filter(area_id=area_id, kind=Department.Kind.DEPARTMENT)
    known = {row.name: row for row in rows}
    new = [
        Department(area_id=area_id, kind=Department.Kind.DEPARTMENT, name=name) for name in wanted if name not in known
    ]
    if new:
        Department.objects.bulk_create(new, ignore_conflicts=True)
        known = {row.name: row for row in rows.all()}
    return {name: known[name] for name in wanted}
