"""The workforce tells the import of ledgers who writes the list of responders, and makes weeks of shifts."""

from typing import Any
from uuid import UUID

from tongxin.base import clock
from tongxin.base.outbox import Work, job
from tongxin.community.api import register_ledger_writer
from tongxin.workforce.api import run_rota, write_ledger
from tongxin.workforce.api.rotas import ROTA_JOB

register_ledger_writer("responders", write_ledger)


@job(ROTA_JOB, is_long=True)
def make_rota(work: Work) -> dict[str, Any]:
    done = run_rota(area_id=work.area_id, rota_uuid=UUID(work.payload["rota"]), now=clock.now, report=work.report)
    return {} if done is None else {"state": done.state}
