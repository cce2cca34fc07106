"""What became of a cell's processes: their exit status and their record are two witnesses.

Where they disagree, the worse is believed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.model import Cell, Ending, Observation, Outcome
from harness.record import Header, Record, failed_import, own_need

Conclusion: TypeAlias = tuple[Ending, str]
"""An ending, and the sentence that tells of it: empty for one that completed."""

_TESTS_FAILED = 1
"""pytest's exit status where some scenario did not pass; 0 where all did. Others are trouble."""

_SEEDS = frozenset({"pip", "setuptools", "wheel", "uv"})
"""What a fresh environment may hold by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """How a process ended; `deadline_seconds` is what it was given."""

    returncode: int
    timed_out: bool
    deadline_seconds: float
    last_words: str = ""


def how(end: Exit) -> str:
    """Return how a process ended, in words."""
    if end.timed_out:
        return f"it was stopped after {end.deadline_seconds:g} s"
    if end.returncode >= 0:
        words = f": {end.last_words}" if end.returncode and end.last_words else ""
        return f"it ended with exit status {end.returncode}{words}"
    try:
        return f"{signal.Signals(-end.returncode).name} ended it"
    except ValueError:
        return f"signal {-end.returncode} ended it"


def of_controls(record: Record, end: Exit) -> Conclusion | None:
    """Return what the controls came to where nothing can run after them; else None."""
    need = own_need(record.controls)
    if need is not None:
        why = need.error.message if need.error else "it failed"
        return Ending.NOT_RUN, f"the checks themselves cannot be run here: {why}"
    control = failed_import(record.controls)
    if control is not None:
        error = control.error
        told = f": {error.type}: {error.message}" if error else " failed"
        return Ending.IMPORT_FAILED, f"{control.name}{told}"
    last = f" after {record.controls[-1].name!r}" if record.controls else ""
    if end.timed_out:
        return Ending.TIMED_OUT, f"the controls did not end{last}: {how(end)}"
    if end.returncode != 0 or not record.probed:
        return Ending.CRASHED, f"the controls broke off{last}: {how(end)}"
    if record.header is None:
        return Ending.CRASHED, "the controls did not tell the versions in the environment"
    return None


def of_scenarios(
    observations: Sequence[Observation],
    records: Sequence[Record],
    latest: Sequence[Record],
    end: Exit,
) -> Conclusion:
    """Return what the scenarios came to; `latest` are the records of the last run of pytest."""
    left = sum(seen.outcome is Outcome.NOT_RUN for seen in observations)
    turn = f"{left} of {len(observations)} scenarios had no turn"
    uncollected = [told for record in records for told in record.uncollected]
    if end.timed_out:
        return Ending.TIMED_OUT, f"{turn}: {how(end)}" if left else f"pytest: {how(end)}"
    if uncollected:
        return Ending.NOT_RUN, f"the scenarios could not be collected: {_brief(uncollected[0])}"
    if not any(record.planned for record in records):
        ending = Ending.CRASHED if end.returncode < 0 else Ending.NOT_RUN
        return ending, f"pytest ran no scenario: {how(end)}"
    if left:
        return _broken_off(observations), f"{turn}: {how(end)}"
    trouble = _trouble(latest, end)
    return (Ending.CRASHED, trouble) if trouble else (Ending.COMPLETED, _unread(records))


def _broken_off(observations: Iterable[Observation]) -> Ending:
    """Tell whether it was by hanging or by crashing that the scenarios never came to their end."""
    outcomes = {seen.outcome for seen in observations}
    hung = Outcome.TIMED_OUT in outcomes and Outcome.CRASHED not in outcomes
    return Ending.TIMED_OUT if hung else Ending.CRASHED


def _trouble(latest: Sequence[Record], end: Exit) -> str:
    """Return what speaks against a run of which every scenario has an outcome; "" for nothing."""
    if any(record.in_flight and not record.finished for record in latest):
        return ""  # the scenario that took the process down has its own outcome
    if end.returncode not in (0, _TESTS_FAILED):
        return f"every scenario had its turn, and then {how(end)}"
    if not latest or not all(record.finished for record in latest):
        return f"a process ended before it had finished its record: {how(end)}"
    outcomes = {seen.outcome for record in latest for seen in record.observations}
    if end.returncode == _TESTS_FAILED and outcomes <= {Outcome.PASSED}:
        return "pytest reports a failure that no scenario has"
    return ""


def _unread(records: Iterable[Record]) -> str:
    lines = sum(len(record.rubbish) for record in records)
    return f"lines of the record that could not be read: {lines}" if lines else ""


def _brief(text: str) -> str:
    """Return where it was and the last line of what was said: the error itself."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return lines[0] if len(lines) == 1 else f"{lines[0].partition(': ')[0]}: {lines[-1]}"


def mis_resolved(
    cell: Cell, header: Header, locked: Mapping[str, str] | None, *, is_whole: bool
) -> str:
    """Return how the environment differs from what was asked for; "" where it does not.

    `locked` are the versions of the lock; `is_whole` tells that it names every package.
    """
    found = {str(canonicalize_name(name)): version for name, version in header.packages.items()}
    return (
        _other_python(cell, header)
        or _other_than_locked(found, locked or {})
        or (_beside_the_lock(found, locked) if locked is not None and is_whole else "")
        or _other_than_required(cell, found)
    )


def _other_python(cell: Cell, header: Header) -> str:
    wanted = cell.combination.get("python", "")
    here = header.python.split(".")[: len(wanted.split("."))]
    if wanted and here != wanted.split("."):
        return f"Python {wanted} was asked for and {header.python} ran"
    return ""


def _other_than_locked(found: Mapping[str, str], locked: Mapping[str, str]) -> str:
    for name, version in locked.items():
        here = found.get(canonicalize_name(name))
        if here is None:
            return f"{name} {version} is in the lock and not in the environment"
        if not _is_same(here, version):
            return f"{name} {version} is in the lock and {here} in the environment"
    return ""


def _beside_the_lock(found: Mapping[str, str], locked: Mapping[str, str]) -> str:
    stray = sorted(found.keys() - {canonicalize_name(name) for name in locked} - _SEEDS)
    return f"{stray[0]} is in the environment and not in the lock" if stray else ""


def _other_than_required(cell: Cell, found: Mapping[str, str]) -> str:
    for text in (*cell.requirements, *cell.companions):
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue  # a folder: whatever version it has is the one asked for
        here = found.get(canonicalize_name(wanted.name))
        if here is None and wanted.marker is None:
            return f"{text} was asked for and is not in the environment"
        if here is not None and not wanted.specifier.contains(here, prereleases=True):
            return f"{text} was asked for and {here} is in the environment"
    return ""


def _is_same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other
