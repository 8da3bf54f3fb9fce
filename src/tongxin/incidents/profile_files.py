"""Finds and reads the profile files: one .toml file a disease, and ``site.toml`` for what is the same in all of them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, cast, get_type_hints

from tongxin.incidents.profile_checks import check_dates, check_profile_parts, check_rule_set
from tongxin.incidents.profile_problems import BadProfiles, ProblemCode, ProfileProblem
from tongxin.incidents.profile_reader import BROKEN, SITE_FILE, Fallback, Reader
from tongxin.incidents.profile_types import Profile, RuleSet

__all__ = ["ProfileReading", "check_profile", "default_folder", "load_profiles", "read_profiles", "rule_set_on"]

MAX_BYTES = 512 * 1024
_OWN_KEYS = ("id", "name", "effective_from", "effective_until")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# The sections of a rule set that are one table each: a rule set may restate some of their keys and leave the rest.
_SECTIONS: dict[str, type[Any]] = {
    name: cast("type[Any]", kind)
    for name, kind in get_type_hints(RuleSet).items()
    if is_dataclass(kind) and name not in _OWN_KEYS
}


@dataclass(frozen=True, slots=True)
class ProfileReading:
    """The profiles without a mistake, by id, and every mistake of the others."""

    profiles: dict[str, Profile]
    problems: tuple[ProfileProblem, ...]


def default_folder() -> Path:
    """This function will return the folder of profiles inside the installed package, else that of the source tree."""
    packaged = Path(str(resources.files("tongxin"))) / "profiles"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "profiles"


def read_profiles(folder: Path) -> ProfileReading:
    """This function will read every profile in ``folder``; a bad file does not keep the good ones away.

    A mistake in ``site.toml`` concerns all profiles, and then none is returned.
    """
    problems: list[ProfileProblem] = []
    if not folder.is_dir():
        return ProfileReading({}, (ProfileProblem(str(folder), "", ProblemCode.NO_FOLDER),))
    paths = sorted(path for path in folder.glob("*.toml") if path.name != SITE_FILE)
    if not paths:
        problems.append(ProfileProblem(str(folder), "", ProblemCode.NO_PROFILE))
    profiles: dict[str, Profile] = {}
    for path in paths:
        found: list[ProfileProblem] = []
        profile = _read_file(path, found)
        problems += found
        if profile is not None and not found:
            profiles[profile.id] = profile
    return ProfileReading(profiles, tuple(dict.fromkeys(problems)))


def load_profiles(folder: Path) -> dict[str, Profile]:
    """This function will return all profiles of ``folder`` by id.

    Raises ``BadProfiles`` with every mistake of every file if there is one.
    """
    reading = read_profiles(folder)
    if reading.problems:
        raise BadProfiles(reading.problems)
    return reading.profiles


def check_profile(path: Path) -> tuple[ProfileProblem, ...]:
    """This function will return every mistake in the profile ``path`` and in the ``site.toml`` beside it."""
    problems: list[ProfileProblem] = []
    _read_file(path, problems)
    return tuple(dict.fromkeys(problems))


def rule_set_on(profile: Profile, day: date) -> RuleSet | None:
    """This function will return the rule set that holds on ``day``, or None before the first and after the last."""
    for rule_set in profile.rule_sets:
        start, until = rule_set.effective_from, rule_set.effective_until
        if (start is None or start.value <= day) and (until is None or day <= until.value):
            return rule_set
    return None


def _read_file(path: Path, problems: list[ProfileProblem]) -> Profile | None:
    table = _table(path, problems)
    site = _site(path.with_name(SITE_FILE), problems)
    return None if table is None else profile_from_table(table, path=path, site=site, problems=problems)


def profile_from_table(
    table: Mapping[str, object], *, path: Path, site: Fallback | None, problems: list[ProfileProblem]
) -> Profile | None:
    """This function will build a profile from the tables of ``path``; whatever they hold, it reports and never raises."""
    reader = Reader(file=path.name, sources=_sources(table, path.name, problems), problems=problems)
    rule_sets = _rule_sets(table.get("rule_sets"), reader, site)
    rest = {name: part for name, part in table.items() if name not in ("sources", "rule_sets")}
    if rest.get("id", path.stem) != path.stem or not _ID.fullmatch(path.stem):
        reader.report(f"{path.stem}.id", ProblemCode.WRONG_ID, found=rest.get("id"), expected=path.stem.lower())
    profile = reader.record(Profile, rest, path.stem, given={"rule_sets": rule_sets})
    if profile is BROKEN:
        return None
    check_profile_parts(profile, reader)
    return cast("Profile", profile)


def _rule_sets(raw: object, reader: Reader, site: Fallback | None) -> Any:
    if not isinstance(raw, list) or not raw:
        return reader.report("rule_sets", ProblemCode.MISSING_KEY, meaning="at least one [[rule_sets]]")
    rule_sets = [_rule_set(part, f"rule_sets.{number}", reader, site) for number, part in enumerate(raw, 1)]
    whole = [rule_set for rule_set in rule_sets if rule_set is not BROKEN]
    for rule_set in whole:
        check_rule_set(rule_set, reader)
    if len(whole) < len(rule_sets):
        return BROKEN  # the days cannot be judged while a rule set is missing
    check_dates(whole, reader)
    return tuple(
        sorted(whole, key=lambda rule_set: rule_set.effective_from.value if rule_set.effective_from else date.min)
    )


def _rule_set(raw: object, place: str, reader: Reader, site: Fallback | None) -> Any:
    if not isinstance(raw, dict):
        return reader.report(place, ProblemCode.WRONG_TYPE, found="nothing", expected="a table")
    name = raw.get("id")
    key = name if isinstance(name, str) and _ID.fullmatch(name) and name != "site" else place
    if key == place and name is not None:
        reader.report(f"{place}.id", ProblemCode.WRONG_ID, found=name, expected="covid-cn-9e")
    if site is None:
        return reader.record(RuleSet, raw, key)
    given = {}
    for field, kind in _SECTIONS.items():
        part, standing_in = raw.get(field), site.table.get(field)
        if isinstance(part, dict) and isinstance(standing_in, dict):
            mixed = Fallback(site.reader, standing_in, f"{site.key}.{field}")
            given[field] = reader.record(kind, part, f"{key}.{field}", fallback=mixed)
    return reader.record(RuleSet, raw, key, fallback=site, given=given)


def _site(path: Path, problems: list[ProfileProblem]) -> Fallback | None:
    if not path.exists():
        return None
    table = _table(path, problems)
    if table is None:
        return None
    reader = Reader(file=path.name, sources=_sources(table, path.name, problems), problems=problems)
    sections = {name: part for name, part in table.items() if name != "sources"}
    shared = {field.name for field in fields(RuleSet)} - set(_OWN_KEYS)
    reader.report_unknown(sections, shared, "site")
    return Fallback(reader, {name: part for name, part in sections.items() if name in shared}, "site")


def _table(path: Path, problems: list[ProfileProblem]) -> dict[str, Any] | None:
    """One file as plain tables. A profile may be edited by anybody on site, so nothing in it may bring the server down."""

    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return tomllib.loads(content.decode("utf-8-sig"))
        code, detail = ProblemCode.TOO_LARGE, ("limit", str(MAX_BYTES))
    except OSError as error:
        code, detail = ProblemCode.UNREADABLE, ("detail", type(error).__name__)
    except UnicodeDecodeError:
        code, detail = ProblemCode.BAD_ENCODING, ("detail", "")
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        code, detail = ProblemCode.BAD_TOML, ("detail", str(error)[:200])
    problems.append(ProfileProblem(path.name, "", code, (detail,)))
    return None


def _sources(table: Mapping[str, Any], file: str, problems: list[ProfileProblem]) -> dict[str, str]:
    raw = table.get("sources", {})
    if isinstance(raw, dict) and all(isinstance(cited, str) and cited.strip() for cited in raw.values()):
        return raw
    details = (("found", "a table"), ("expected", "text"))
    problems.append(ProfileProblem(file, "sources", ProblemCode.WRONG_TYPE, details))
    return {}
