"""Which ledgers a room takes in, who may, and where its import pages stand: one flow of pages, used by several rooms."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class ImportFlow:
    """The import pages of one room: upload, columns with preview, dry run, import with progress, marked workbook.

    ``app`` is the namespace of the URLs, ``kinds`` the ledgers that come in here, ``permission`` what is needed.
    """

    app: str
    kinds: tuple[str, ...]
    permission: str

    def url(self, name: str, *args: UUID | str) -> str:
        """This function will return the address of one page of this flow."""
        return reverse(f"{self.app}:{name}", args=args)
