"""Which packages an error names, and which releases of them to try; pure.

What an error names first is what it says in quotes, then whose code raised it: "cannot import name
'soft_unicode' from 'markupsafe'" is MarkupSafe's, whoever imports it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.model import Cell, Error, JudgedCell, Outcome, PatternName, ScenarioId
from harness.patterns import is_control
from harness.releases.index import Release

NEAR = 2
"""Of how many packages the innermost frames of an error count."""
OLDER = 6
"""How many older lines of releases come before newer ones."""
_QUOTED = re.compile(
    r"(?:cannot import name '\w+' from|No module named|[Mm]odule)"
    r" (?:partially initialized module )?'([\w.]+)'"
)
_FRAME = re.compile(r'^\s*File "(?:.*site-packages[/\\])?([A-Za-z_]\w*)[/\\.]', re.MULTILINE)
_CAUSE = "\nThe above exception was the direct cause"


def packages(
    errors: Iterable[Error], owners: Mapping[str, str], *, said_only: bool = False
) -> tuple[str, ...]:
    """Return the packages that errors name, the first first; `owners` of each top module.

    With `said_only` the frames of their tracebacks do not count.
    """
    every = list(errors)
    said = (module for error in every for module in _said(error))
    near = (module for error in every for module in _near(error, owners) if not said_only)
    found = (owners[one] for one in (*said, *near) if one in owners)
    return tuple(dict.fromkeys(found))


def _said(error: Error) -> Iterator[str]:
    yield from (name.partition(".")[0] for name in _QUOTED.findall(error.message))


def _near(error: Error, owners: Collection[str]) -> Iterator[str]:
    """Yield the modules of the innermost frames of the first cause, which tracebacks begin with."""
    first = error.traceback.partition(_CAUSE)[0]
    frames = [name for name in reversed(_FRAME.findall(first)) if name in owners]
    yield from list(dict.fromkeys(frames))[:NEAR]


def failures(
    judged: JudgedCell, under: Collection[PatternName] = ()
) -> Mapping[ScenarioId | None, Error]:
    """Return an error of each scenario that fails; of the controls under None, where they do.

    Under these patterns; under any but a control where none is named.
    """
    found: dict[ScenarioId | None, Error] = {}
    for control in judged.result.controls:
        if control.outcome is Outcome.FAILED and control.error:
            found.setdefault(None, control.error)
    for seen in judged.result.observations:
        counts = seen.pattern in under if under else not is_control(seen.pattern)
        if seen.outcome is Outcome.FAILED and seen.error and counts:
            found.setdefault(seen.scenario, seen.error)
    return found


def passes(judged: JudgedCell, scenario: ScenarioId) -> bool:
    """Whether a scenario passes under some pattern that is no control."""
    return any(
        seen.outcome is Outcome.PASSED and not is_control(seen.pattern)
        for seen in judged.result.observations
        if seen.scenario == scenario
    )


def releases(name: str, installed: str, known: Iterable[Release], cell: Cell) -> tuple[str, ...]:
    """Return which releases to try: the newest of each other line, the nearest first.

    What is gone from a release is in an older one, so most of those come before newer ones. What
    the Python, or a range that the user wrote, does not allow is left out; one exact version is
    what is to be moved. What works is not taken to go on below or above: each is a proposal.
    """
    now, python = Version(installed), cell.combination["python"]
    lines: dict[tuple[int, ...], Version] = {}
    for one in known:
        fits = not (one.yanked or one.version.is_prerelease) and python in one.requires_python
        if fits and _allowed(name, one.version, cell):
            key = one.version.release[:2]
            lines[key] = max(one.version, lines.get(key, one.version))
    others = sorted(lines.keys() - {now.release[:2]})
    older = [key for key in reversed(others) if key < now.release[:2]]
    newer = [key for key in others if key > now.release[:2]]
    ranked = (*older[:OLDER], *newer, *older[OLDER:])
    return tuple(str(lines[key]) for key in ranked)


def _allowed(name: str, version: Version, cell: Cell) -> bool:
    """Whether the ranges that the user wrote for a package allow a release of it."""
    return all(
        one.specifier.contains(version, prereleases=True)
        for one in _requirements((*cell.requirements, *cell.resolution.within))
        if canonicalize_name(one.name) == name and not is_exact(one)
    )


def is_exact(one: Requirement) -> bool:
    """Whether a requirement allows one version only."""
    return bool(one.url) or any(
        part.operator in ("==", "===") and "*" not in part.version for part in one.specifier
    )


def _requirements(lines: Iterable[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue


def is_allowed(changed: Mapping[str, str], cell: Cell) -> bool:
    """Whether the ranges that the user wrote allow all of these releases."""
    return all(_allowed(name, Version(version), cell) for name, version in changed.items())
