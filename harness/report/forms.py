"""Which forms of a workaround are safe, and which only look so; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness import patterns
from harness.model import Ending, JudgedCell, Matrix, Outcome, PatternName, State, Verdict
from harness.report.tally import in_order, release_of

CODE = {
    "lazy-session": "a wrapper class with `__getattr__` and `__call__`, both asking `db.session`",
    "lazy-getattr": "a wrapper class with `__getattr__` alone, asking `db.session`",
    "local-proxy": "`LocalProxy(lambda: db.session)`",
    "scoped-factory": "`scoped_session(lambda: db.session)`, its `registry` set to"
    " `session_factory`: it asks at each use",
    "scoped-factory-removed": "`scoped_session(lambda: db.session)`, removed at teardown",
    "scoped-session": "`scoped_session(sessionmaker(engine))`, removed at teardown",
    "scoped-by-context": "... keyed by the application context, removed at teardown",
    "scoped-by-greenlet": "... keyed by the greenlet, removed at teardown",
    "scoped-by-thread-kept": "`scoped_session(sessionmaker(engine))`, never removed",
    "scoped-by-context-kept": "... keyed by the application context, never removed",
    "scoped-by-greenlet-kept": "... keyed by the greenlet, never removed",
}
"""What people write who hand Flask-Admin something other than `db` or `db.session`."""

LOOKS = ("init_time", "stored_rows")
"""The modules of scenarios by which somebody who tries a pattern by hand would judge it."""


class Standing(StrEnum):
    """How a form does in one cell; the value is the word for it."""

    SAFE = "safe"
    LOOKS_SAFE = "only looks safe"
    FAILS = "fails at once"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A form of the workaround and, for each Flask-Admin release, how it does in its cells."""

    pattern: PatternName
    code: str
    by_release: tuple[tuple[str, str], ...]


def forms(matrix: Matrix) -> tuple[Form, ...]:
    """Give how each form of a workaround does, in the cells where it could be measured."""
    releases = in_order(release_of(judged.result.cell) for judged in matrix.cells)
    seen = {name for judged in matrix.cells for name in judged.verdicts}
    names = [name for name in sorted(seen, key=patterns.rank) if patterns.base_of(name) in CODE]
    return tuple(
        Form(
            pattern=name,
            code=CODE[patterns.base_of(name)],
            by_release=tuple((one, _told(_of(matrix, one), name)) for one in releases),
        )
        for name in names
    )


def _of(matrix: Matrix, release: str) -> Sequence[JudgedCell]:
    return [judged for judged in matrix.cells if release_of(judged.result.cell) == release]


def _told(cells: Iterable[JudgedCell], pattern: PatternName) -> str:
    """Give `safe 3/5, only looks safe 2/5`."""
    found = [one for one in (standing(judged, pattern) for judged in cells) if one]
    told = [f"{one} {found.count(one)}/{len(found)}" for one in Standing if one in found]
    return ", ".join(told) or "not measured"


def standing(judged: JudgedCell, pattern: PatternName) -> Standing | None:
    """Give how a pattern does in one cell; None where that is not its own doing, or not known."""
    told = judged.verdicts.get(pattern)
    if told is None or judged.result.ending is Ending.IMPORT_FAILED:
        return None
    if told.verdict is Verdict.COMPATIBLE:
        return Standing.SAFE
    if told.verdict is not Verdict.INCOMPATIBLE or told.state is State.DOES_NOT_WORK:
        return None
    first = [
        seen.outcome
        for seen in judged.result.observations
        if seen.pattern == pattern and seen.scenario.partition("::")[0] in LOOKS
    ]
    looks = bool(first) and all(outcome is Outcome.PASSED for outcome in first)
    return Standing.LOOKS_SAFE if looks else Standing.FAILS
