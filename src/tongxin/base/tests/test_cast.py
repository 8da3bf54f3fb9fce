"""The cast itself: every role signs in, names are sealed, the other compound is another world."""

import pytest
from django.db import connection

from tongxin.base import policy


def test_names_are_sealed_at_rest(area):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM community_person")
        rows = cursor.fetchall()
    plain = area.people[0].name.encode()
    assert all(plain not in bytes(name) and b"199" not in bytes(phone)[:3] for name, phone in rows)
    area.people[0].refresh_from_db()
    assert area.people[0].name.encode() == plain


@pytest.mark.parametrize("role", policy.ROLES)
def test_every_role_has_somebody(cast, role):
    assert any(grant.role == role for name in cast.accounts for grant in cast.actor(name).grants)


def test_home_answers_and_outsider_sees_nothing_of_rooms(cast):
    assert cast.client("outsider").get("/health").status_code == 200
