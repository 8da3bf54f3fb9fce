"""Which compound a command works in."""

from datetime import datetime

from django.utils.translation import gettext as _

from tongxin.base.actors import Actor
from tongxin.community import api as community
from tongxin.web.cli.output import refuse


def chosen_area(area: int | None) -> int:
    """Return the asked compound, or the only one. Leaves with exit code 2 when that is not clear."""
    areas = community.list_areas()
    if area is not None:
        if area not in areas:
            refuse(_("There is no compound %(area)d here.") % {"area": area})
        return area
    if not areas:
        refuse(
            _("There is no compound here yet. Import a ledger of people first: `tongxin import FILE --kind people`.")
        )
    if len(areas) > 1:
        numbers = ", ".join(map(str, areas))
        refuse(_("There are several compounds here (%(numbers)s). Say which with --area.") % {"numbers": numbers})
    return areas[0]


def area_for_import(area: int | None, *, actor: Actor, at: datetime) -> int:
    """Return the compound to import into; the first import makes compound 1."""
    if not community.list_areas():
        number = area or 1
        community.open_compound(area_id=number, code=str(number), name=_("Compound"), actor=actor, at=at)
        return number
    return chosen_area(area)
