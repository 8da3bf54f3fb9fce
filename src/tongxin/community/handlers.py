"""What this room does in the background: imports, and the deletion of uploads."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tongxin.base.outbox import Work, job, register_area_source
from tongxin.community import api

register_area_source(api.list_areas)


@job(api.IMPORT_JOB)
def import_ledger(work: Work) -> dict[str, Any]:
    """Import an upload with its progress on the page; repeated, it finds everybody there already."""
    return api.run_import(
        area_id=work.area_id,
        uuid=UUID(work.payload["run"]),
        dry_run=work.payload["dry_run"],
        language=work.payload["language"],
        account_id=work.payload["account"],
        at=work.at,
        progress=work.report,
    )


@job("community.delete_old_uploads", every=timedelta(hours=1))
def delete_old_uploads(work: Work) -> dict[str, Any]:
    """Delete uploads after a week: the data is in the tables, and the file is one more copy of everybody."""
    return {"deleted": api.delete_old_uploads(area_id=work.area_id, at=work.at)}
