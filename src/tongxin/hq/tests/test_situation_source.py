"""Headquarters puts its figures and its newest judgement into the snapshots and reports one room below."""

from datetime import date, timedelta

from tongxin.base.actors import system
from tongxin.hq import api
from tongxin.situation import api as situation


def test_figures_and_the_newest_judgement_reach_the_report(area, cast, incident, at):
    where = {"area_id": area.area_id, "incident_id": incident.pk}
    actor = system("test")
    assert "hq.orders_unconfirmed" in situation.all_figures(**where, at=at)
    api.sign_judgement(**where, text="Under control.", trend="STABLE", actor=cast.actor("commander"), at=at)
    soon = at + timedelta(hours=1)
    report = situation.make_report(**where, report_date=date(2022, 11, 3), actor=actor, at=soon)
    assert report.judgement == "Under control."
    later = situation.make_report(**where, report_date=date(2022, 11, 5), actor=actor, at=at + timedelta(days=3))
    assert later.judgement == ""
