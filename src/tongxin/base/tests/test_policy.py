"""The policy table: narrow grants stay narrow, what has no row is refused."""

import pytest

from tongxin.base import policy
from tongxin.base.actors import Actor, Grant, ScopeKind, system


@pytest.fixture
def rows(monkeypatch):
    table = {"p": {"COMMANDER": ScopeKind.AREA, "GRID_LEADER": ScopeKind.GRID, "VOLUNTEER": ScopeKind.OWN}}
    monkeypatch.setattr(policy, "table", lambda: table)


def actor(role, scope, scope_id=None, area_id=1):
    return Actor("x", 5, (Grant(role, area_id, scope, scope_id),))


def test_a_commander_reaches_the_whole_compound_and_no_other(rows):
    commander = actor("COMMANDER", ScopeKind.AREA)
    assert policy.scope_for(commander, "p", area_id=1).everything
    assert policy.scope_for(commander, "p", area_id=2).is_empty


def test_a_grid_leader_reaches_the_grid(rows):
    scope = policy.scope_for(actor("GRID_LEADER", ScopeKind.GRID, 4), "p", area_id=1)
    assert (scope.everything, scope.grid_ids) == (False, frozenset({4}))


def test_a_grant_wider_than_the_policy_is_cut(rows):
    assert policy.scope_for(actor("GRID_LEADER", ScopeKind.AREA), "p", area_id=1).is_empty
    own = policy.scope_for(actor("VOLUNTEER", ScopeKind.AREA), "p", area_id=1)
    assert (own.own, own.everything) == (True, False)


def test_roles_without_a_row_get_nothing(rows):
    with pytest.raises(policy.NotAllowed):
        policy.require(actor("AUDITOR", ScopeKind.AREA), "p", area_id=1)
    assert not policy.may(Actor("nobody", 1), "p", area_id=1)


def test_the_system_reaches_everything(rows):
    assert policy.scope_for(system("x"), "p", area_id=1).everything


def test_a_permission_that_no_file_defines_is_a_bug(rows):
    with pytest.raises(KeyError):
        policy.scope_for(system("x"), "typo", area_id=1)


def test_the_shipped_files_are_sound():
    policy.table.cache_clear()
    policy.url_permissions.cache_clear()
    assert policy.url_permissions()["web:health"] == policy.PUBLIC
