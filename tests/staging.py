"""Fixtures that are built once for a module and handed to each of its tests as new.

What every database test of a module asks for is made in one transaction that stays open behind the module. Each
test works in a savepoint of it, which is rolled back as always, on a copy of what was made. A test sees exactly the
rows and the objects that it would have seen with fixtures of its own: only the time to make them is shared.
"""

import pickle
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import pytest
from django.db import transaction

_BUILD = "__staged_build__"


def staged(build: Callable[..., Any]) -> Any:
    """Make a fixture of a function, as ``pytest.fixture`` does, whose rows a whole module may share.

    Its parameters may be other staged fixtures and fixtures of session scope; what it returns must go through pickle.
    """
    name = build.__name__
    wanted = list(signature(build).parameters)

    def fixture(request, db, from_stage, **given):
        return from_stage[name] if name in from_stage else build(**given)

    parameters = [*list(signature(fixture).parameters.values())[:3], *signature(build).parameters.values()]
    fixture.__signature__ = signature(fixture).replace(  # type: ignore[attr-defined]
        parameters=list({parameter.name: parameter for parameter in parameters}.values())
    )
    fixture.__name__, fixture.__doc__, fixture.__module__ = name, build.__doc__, build.__module__
    setattr(fixture, _BUILD, (build, wanted))
    return pytest.fixture(fixture)


@pytest.fixture(scope="module", autouse=True)
def stage(request: pytest.FixtureRequest) -> Iterator[bytes]:
    """Open what all database tests of this module share; nothing where one of them needs real transactions."""
    builds = _shared(request)
    if not builds:
        yield pickle.dumps({})
        return
    request.getfixturevalue("django_db_setup")
    blocker = request.getfixturevalue("django_db_blocker")
    with blocker.unblock():
        shared = transaction.atomic()
        shared.__enter__()
        with request.getfixturevalue("stage_setting")(request):
            made = _make(request, builds)
    yield pickle.dumps(made)
    with blocker.unblock():
        transaction.set_rollback(True)
        shared.__exit__(None, None, None)


@pytest.fixture
def from_stage(stage: bytes) -> dict[str, Any]:
    """What the module has made, as a copy of this test's own; the objects know each other as they did when made."""
    return pickle.loads(stage)


def asked_by_all(request: pytest.FixtureRequest, name: str) -> bool:
    """Return True where every database test of the module asks for that fixture."""
    items = _database_tests(request)
    return bool(items) and all(name in item.fixturenames for item in items)


def _shared(request: pytest.FixtureRequest) -> dict[str, tuple[Callable[..., Any], list[str]]]:
    """Return the staged fixtures that every database test of the module asks for, those needed by others first."""
    items = _database_tests(request)
    if not items or any(_needs_transactions(item) for item in items):
        return {}
    names = set(items[0].fixturenames).intersection(*(item.fixturenames for item in items[1:]))
    found: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for name in (name for name in items[0].fixturenames if name in names):
        definitions = {id(used[-1].func): used[-1].func for item in items if (used := _definitions(item, name))}
        spec = getattr(next(iter(definitions.values()), None), _BUILD, None)
        if spec and len(definitions) == 1:
            found[name] = spec
    return _in_order(found, request)


def _database_tests(request: pytest.FixtureRequest) -> list[pytest.Item]:
    here = [item for item in request.session.items if getattr(item, "module", None) is request.module]
    return [item for item in here if _uses_database(item)]


def _in_order(
    found: dict[str, tuple[Callable[..., Any], list[str]]], request: pytest.FixtureRequest
) -> dict[str, tuple[Callable[..., Any], list[str]]]:
    manager = request._fixturemanager  # type: ignore[attr-defined]
    ordered: dict[str, tuple[Callable[..., Any], list[str]]] = {}

    def ready(name: str) -> bool:
        if name in ordered:
            return True
        definitions = manager.getfixturedefs(name, request.node)
        return name not in found and bool(definitions) and definitions[-1].scope == "session"

    progress = True
    while progress:
        fresh = {name: spec for name, spec in found.items() if name not in ordered and all(map(ready, spec[1]))}
        ordered |= fresh
        progress = bool(fresh)
    return ordered


def _definitions(item: pytest.Item, name: str) -> Any:
    return item._fixtureinfo.name2fixturedefs.get(name)  # type: ignore[attr-defined]


def _make(request: pytest.FixtureRequest, builds: dict[str, tuple[Callable[..., Any], list[str]]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, (build, wanted) in builds.items():
        made[name] = build(**{key: made[key] if key in made else request.getfixturevalue(key) for key in wanted})
    return made


def _uses_database(item: pytest.Item) -> bool:
    return "db" in item.fixturenames or item.get_closest_marker("django_db") is not None or _needs_transactions(item)


def _needs_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    marked = marker is not None and bool(marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    return marked or bool({"transactional_db", "live_server"} & set(item.fixturenames))
