"""How the roof's pages get an object: what may not be seen does not exist."""

from uuid import UUID

from django.http import Http404

from tongxin.base import accounts
from tongxin.base.models import Account


def visible_account(uuid: UUID, *, area_id: int) -> Account:
    """Return an account of this compound. Raises Http404; that the viewer may manage accounts, the gate has checked."""
    try:
        return accounts.get_account(area_id, uuid)
    except Account.DoesNotExist:
        raise Http404 from None
