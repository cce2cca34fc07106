"""Read `harness/problems.toml`, the named problems, and find the one that a failure belongs to.

An entry is an opinion of whoever wrote it, and is held to the measurement: see `harness.audit`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from harness import drivers
from harness.config import AXES, DATABASE, LIBRARY, did_you_mean, newest_of
from harness.errors import BadInput
from harness.model import CellResult, Error, Kind, Problem

FILE = "harness/problems.toml"
SILENTLY = "without an error"
"""What the title of a problem says that loses data in silence."""

PLAIN = "sqlalchemy"
"""The library of an application that has no session library, as in `--library sqlalchemy`."""

_TEXTS = ("slug", "title", "kind", "whose", "upstream")
_MAYBE_EMPTY = ("needs", "since", "until", "way_out", "script")
_REQUIRED = (*_TEXTS, *_MAYBE_EMPTY, "silent", "checks")
_OPTIONAL = ("error", "levels")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def matching(
    problems: Iterable[Problem], result: CellResult, scenario: str, error: str
) -> tuple[Problem, ...]:
    """Return the problems that a failure in this cell belongs to; none for one that is new.

    `error` is the text that `told` gives. More than one is what meets two defects at once.
    """
    return tuple(
        one
        for one in problems
        if is_about(one, scenario) and re.search(one.error, error) and holds_in(one, result)
    )


def is_about(problem: Problem, scenario: str) -> bool:
    """Tell whether a problem is looked for by this scenario."""
    return any(fnmatchcase(scenario, pattern) for pattern in problem.checks)


def holds_in(problem: Problem, result: CellResult) -> bool:
    """Tell whether a cell has the levels that a problem is limited to; the exact ones, if known."""
    return all(
        any(_meets(result, axis, condition) for condition in conditions)
        for axis, conditions in problem.levels.items()
    )


def told(error: Error | None, otherwise: str = "") -> str:
    """Return the text that a problem's `error` is searched in: `Type: message`."""
    return f"{error.type}: {error.message}" if error else otherwise


def _meets(result: CellResult, axis: str, condition: str) -> bool:
    packages, levels = result.environment.packages, result.cell.combination
    if axis == DATABASE:
        return condition == levels.get(DATABASE, drivers.DEFAULT)
    if axis == LIBRARY and condition == PLAIN:
        return result.cell.library == PLAIN
    if axis == LIBRARY:
        return condition == levels.get(LIBRARY) or _is_installed(condition, packages)
    return _contains(SpecifierSet(condition), packages.get(axis, levels.get(axis, "")))


def _is_installed(condition: str, packages: Mapping[str, str]) -> bool:
    try:
        wanted = Requirement(condition)
    except InvalidRequirement:
        return False
    version = packages.get(canonicalize_name(wanted.name))
    return version is not None and _contains(wanted.specifier, version)


def _contains(wanted: SpecifierSet, version: str) -> bool:
    """Tell whether a version meets a specifier; what comes before a release stands for that."""
    try:
        return wanted.contains(newest_of(version), prereleases=True)
    except InvalidVersion:
        return False


# The file ----------------------------------------------------------------------------------------


def load(text: str) -> tuple[Problem, ...]:
    """Return the entries of `problems.toml`; a mistake is `BadInput` with its place."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError, among others
        raise BadInput(f"{FILE} is no TOML: {error}") from error
    entries = _table(FILE, data, optional=("problems",)).get("problems", [])
    if not isinstance(entries, list):
        raise BadInput(f"problems: expected a list of tables, found {entries!r}")
    found: dict[str, Problem] = {}
    for at, item in enumerate(entries):
        one = _problem(f"problems[{at}]", item)
        if one.slug in found:
            raise BadInput(f"problems[{at}].slug: {one.slug} is there twice")
        found[one.slug] = one
    return tuple(found.values())


def _problem(path: str, item: object) -> Problem:
    entry = _table(path, item, required=_REQUIRED, optional=_OPTIONAL)
    slug = _text(f"{path}.slug", entry["slug"])
    if not _SLUG.fullmatch(slug):
        raise BadInput(f"{path}.slug: expected words-joined-like-this, found {slug!r}")
    path = f"{path} ({slug})"
    problem = Problem(
        slug=slug,
        title=_text(f"{path}.title", entry["title"]),
        kind=_kind(f"{path}.kind", entry["kind"]),
        silent=_truth(f"{path}.silent", entry["silent"]),
        whose=_text(f"{path}.whose", entry["whose"]),
        upstream=_text(f"{path}.upstream", entry["upstream"]),
        needs=_text(f"{path}.needs", entry["needs"], empty=True),
        since=_text(f"{path}.since", entry["since"], empty=True),
        until=_text(f"{path}.until", entry["until"], empty=True),
        way_out=_text(f"{path}.way_out", entry["way_out"], empty=True),
        script=_text(f"{path}.script", entry["script"], empty=True),
        checks=_texts(f"{path}.checks", entry["checks"]),
        error=_expression(f"{path}.error", entry.get("error", "")),
        levels=_levels(f"{path}.levels", entry.get("levels", {})),
    )
    _refuse_hidden_loss(path, problem)
    return problem


def _refuse_hidden_loss(path: str, problem: Problem) -> None:
    """Refuse what would hide that data is lost without an error."""
    if problem.silent and problem.kind in (Kind.NOTE, Kind.CONDITION):
        raise BadInput(f"{path}.kind: what loses data without an error is no {problem.kind}")
    if problem.silent and SILENTLY not in problem.title:
        raise BadInput(f"{path}.title: it is silent, so that the title has to say {SILENTLY!r}")


def _kind(path: str, value: object) -> Kind:
    text = _text(path, value)
    if text not in set(Kind):
        raise BadInput(
            f"{path}: unknown kind {text!r}{did_you_mean(text, Kind)}; known are {', '.join(Kind)}"
        )
    return Kind(text)


def _levels(path: str, value: object) -> Mapping[str, tuple[str, ...]]:
    table = _table(path, value, optional=(*AXES, DATABASE))
    return {
        axis: tuple(
            _condition(f"{path}.{axis}", axis, one)
            for one in (found if isinstance(found, list) else [found])
        )
        for axis, found in table.items()
    }


def _condition(path: str, axis: str, value: object) -> str:
    text = _text(path, value)
    if axis == DATABASE and text not in drivers.KINDS:
        hint = did_you_mean(text, drivers.KINDS)
        raise BadInput(f"{path}: there is no {text}{hint}; known are {', '.join(drivers.KINDS)}")
    if axis not in (DATABASE, LIBRARY):
        try:
            SpecifierSet(text)
        except InvalidSpecifier as error:
            raise BadInput(f"{path}: expected a specifier like >=2, found {text!r}") from error
    return text


def _table(
    path: str, value: object, *, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadInput(f"{path}: expected a table, found {value!r}")
    known = (*required, *optional)
    for key in value:
        if key not in known:
            hint = did_you_mean(key, known)
            raise BadInput(f"{path}.{key}: unknown key{hint}; known are {', '.join(known)}")
    for key in required:
        if key not in value:
            raise BadInput(f"{path}: the key {key} is missing")
    return value


def _text(path: str, value: object, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (empty or value.strip()):
        raise BadInput(f"{path}: expected a text, found {value!r}")
    return value


def _texts(path: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadInput(f"{path}: expected a list of scenario ids or patterns, found {value!r}")
    return tuple(_text(f"{path}[{at}]", one) for at, one in enumerate(value))


def _truth(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadInput(f"{path}: expected true or false, found {value!r}")
    return value


def _expression(path: str, value: object) -> str:
    text = _text(path, value, empty=True)
    try:
        re.compile(text)
    except re.error as error:
        raise BadInput(f"{path}: not a regular expression: {error}") from error
    return text
