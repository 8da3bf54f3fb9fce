"""What headquarters puts into snapshots and night reports: its figures with their pages, and its newest judgement."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongxin.hq import api
from tongxin.situation.api import FigureEntry, register_source

_LINES = pgettext_lazy("unit", "lines")
_ORDERS = pgettext_lazy("unit", "orders")
_MESSAGES = pgettext_lazy("unit", "messages")
_ONE_DAY = timedelta(days=1)

ENTRIES = (
    FigureEntry("hq.lines_waiting", _("Lines of the plan that wait"), _LINES, "hq:plan", worse="MORE", order=1),
    FigureEntry("hq.lines_failed", _("Lines of the plan that failed"), _LINES, "hq:plan", worse="MORE", order=2),
    FigureEntry("hq.orders_open", _("Open orders"), _ORDERS, "hq:orders", order=3),
    FigureEntry("hq.orders_unconfirmed", _("Orders without a receipt"), _ORDERS, "hq:orders", worse="MORE", order=4),
    FigureEntry("hq.orders_late", _("Late orders"), _ORDERS, "hq:orders", worse="MORE", order=5),
    FigureEntry("hq.parked", _("Messages that wait for a person"), _MESSAGES, "hq:queue", worse="MORE", order=6),
)


def newest_judgement(*, area_id: int, incident_id: int, at: datetime) -> str:
    """Return what was signed last in the day before `at`, or an empty text: an older view is not of this day."""
    rows = api.list_judgements(area_id, incident_id)
    return next((row.text for row in rows if at - _ONE_DAY <= row.signed_at <= at), "")


register_source("hq", api.figures, ENTRIES, judgement=newest_judgement)
