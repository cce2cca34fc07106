"""Every distinct cause of failure, once: what it hits, whose it is, how to see it again; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness import patterns
from harness.because import ending_reason, environment_reason, told_control
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    EnvironmentStatus,
    JudgedCell,
    Matrix,
    Observation,
    Outcome,
    Party,
    PatternName,
    Problem,
    ScenarioId,
)
from harness.problems import matching
from harness.problems import told as told_error
from harness.report.tally import natural
from harness.rootcause import root_cause
from harness.state import Explained, explained

_EXAMPLE_LINES = 14
_FAILURES = (Outcome.FAILED, Outcome.ERRORED, Outcome.CRASHED, Outcome.TIMED_OUT)
_NOT_MEASURED = frozenset(
    {
        Outcome.ERRORED,
        Outcome.CRASHED,
        Outcome.TIMED_OUT,
        Ending.NOT_RUN,
        EnvironmentStatus.MIS_RESOLVED,
        EnvironmentStatus.INTERPRETER_MISSING,
        EnvironmentStatus.UNKNOWN,
    }
)
_TRIED_FIRST = frozenset({"db", "db-session", patterns.NEUTRAL})
"""What the documentation of Flask-Admin and of the libraries hands to a view; or any of all."""
Field = tuple[CellId, PatternName | None]
"""A pattern of a cell; or the whole cell, where there is no pattern."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One root cause, with all that it hits."""

    number: int
    kind: str
    """What came of it: `failed`, `import-failed`, `unresolvable`, `crashed`, ..."""
    text: str
    parties: tuple[Party, ...]
    times: int
    """How often it was seen."""
    fields: frozenset[Field]
    cells: tuple[CellId, ...]
    patterns: tuple[PatternName, ...]
    scenarios: tuple[ScenarioId, ...]
    foremost: ScenarioId | None
    """The scenario that failed most often by it."""
    common: tuple[str, ...]
    """The levels that all the cells it hits have in common, where it hits more than one."""
    example: str
    """The end of one traceback."""
    command: str
    """What runs one of its cells again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hit:
    kind: str
    text: str
    party: Party | None
    cell: Cell
    pattern: PatternName | None = None
    scenario: ScenarioId | None = None
    traceback: str = ""


def causes(matrix: Matrix, *, of_controls: bool = False) -> tuple[Cause, ...]:
    """Give the causes of all failures, those that cost an application most cells first.

    What keeps the patterns from working that people try first comes before what only others show.
    What kept cells from being measured comes after what was seen to fail.

    Patterns that are broken on purpose are left out; `of_controls` gives theirs, and only theirs.
    """
    groups: dict[tuple[str, str], list[_Hit]] = {}
    for judged in matrix.cells:
        for hit in _hits(judged, matrix.problems):
            if _is_of_control(hit) is of_controls:
                groups.setdefault((hit.kind, hit.text), []).append(hit)
    ordered = sorted(groups.values(), key=_weight)
    return tuple(_cause(number, hits) for number, hits in enumerate(ordered, start=1))


def main_causes(found: Iterable[Cause]) -> Mapping[Field, Cause]:
    """Give for each field that is hit the first of the causes that hit it."""
    main: dict[Field, Cause] = {}
    for cause in found:
        for field in cause.fields:
            main.setdefault(field, cause)
    return main


def command(cell: CellId) -> str:
    """Give what to type to run one cell again."""
    return f'nox -s "matrix({cell})"'


def _is_of_control(hit: _Hit) -> bool:
    return hit.pattern is not None and patterns.is_control(hit.pattern)


def is_first(pattern: PatternName | None) -> bool:
    """Whether a failure under this pattern hits what people try first; or whatever they try."""
    return pattern is None or patterns.base_of(pattern) in _TRIED_FIRST


def _weight(hits: Sequence[_Hit]) -> tuple[bool, int, int, int, str, str]:
    cells = {hit.cell.id for hit in hits}
    first = {hit.cell.id for hit in hits if is_first(hit.pattern)}
    kept = hits[0].kind in _NOT_MEASURED
    return kept, -len(first), -len(cells), -len(hits), hits[0].text, hits[0].kind


def _hits(judged: JudgedCell, problems: Sequence[Problem]) -> Iterator[_Hit]:
    result = judged.result
    if result.environment.status is not EnvironmentStatus.READY:
        yield _hit_of_environment(result)
        return
    yield from _hits_of_controls(result)
    failures = [
        seen
        for seen in result.observations
        if seen.outcome in _FAILURES and not _is_harmless(result, seen, problems)
    ]
    for seen in failures:
        yield _hit_of_observation(judged, seen)
    if not _is_told(result, failures):
        yield _hit_of_ending(result)


def _is_harmless(result: CellResult, seen: Observation, problems: Sequence[Problem]) -> bool:
    """Whether it is a limit or a note, which keeps nothing from working."""
    if seen.outcome is not Outcome.FAILED:
        return False
    found = matching(problems, result, seen.scenario, told_error(seen.error, seen.reason))
    return explained(found) is Explained.HARMLESS


def _is_told(result: CellResult, failures: Sequence[Observation]) -> bool:
    """Whether the ending of a cell is already explained by a control or an observation."""
    match result.ending:
        case Ending.COMPLETED:
            return True
        case Ending.IMPORT_FAILED:
            return any(control.outcome is Outcome.FAILED for control in result.controls)
        case Ending.CRASHED:
            return any(seen.outcome is Outcome.CRASHED for seen in failures)
        case Ending.TIMED_OUT:
            return any(seen.outcome is Outcome.TIMED_OUT for seen in failures)
        case Ending.NOT_RUN:
            return False


def _hit_of_environment(result: CellResult) -> _Hit:
    status = result.environment.status
    return _Hit(
        kind=status,
        text=environment_reason(result),
        party=None if status is EnvironmentStatus.UNKNOWN else Party.ENVIRONMENT,
        cell=result.cell,
    )


def _hits_of_controls(result: CellResult) -> Iterator[_Hit]:
    """Give the first failed control: the later ones fail because it did."""
    failed = [control for control in result.controls if control.outcome is Outcome.FAILED]
    imported = result.ending is not Ending.IMPORT_FAILED
    for control in failed[:1]:
        yield _Hit(
            kind="control failed" if imported else result.ending,
            text=told_control(control),
            party=control.party,
            cell=result.cell,
            traceback=control.error.traceback if control.error else "",
        )


def _hit_of_observation(judged: JudgedCell, seen: Observation) -> _Hit:
    told = judged.verdicts.get(seen.pattern)
    party = Party.HARNESS if seen.outcome is Outcome.ERRORED else told and told.party
    if seen.pattern == patterns.NEUTRAL and seen.outcome is Outcome.FAILED:
        party = Party.FLASK_ADMIN  # the pattern is the application's own, known to be good
    return _Hit(
        kind=seen.outcome,
        text=_text(seen),
        party=party or None,
        cell=judged.result.cell,
        pattern=seen.pattern,
        scenario=seen.scenario,
        traceback=seen.error.traceback if seen.error else "",
    )


def _text(seen: Observation) -> str:
    match seen.outcome:
        case Outcome.CRASHED | Outcome.TIMED_OUT:
            return f"{seen.outcome}: {root_cause(seen.error, seen.reason or seen.scenario)}"
        case _:
            return root_cause(seen.error, seen.reason or f"{seen.outcome} in {seen.scenario}")


def _hit_of_ending(result: CellResult) -> _Hit:
    return _Hit(kind=result.ending, text=ending_reason(result), party=None, cell=result.cell)


def _cause(number: int, hits: Sequence[_Hit]) -> Cause:
    cells = {hit.cell.id: hit.cell for hit in hits}
    first = min(cells, key=natural)
    example = min(hits, key=lambda hit: (not hit.traceback, natural(hit.cell.id)))
    return Cause(
        number=number,
        kind=hits[0].kind,
        text=hits[0].text,
        parties=tuple(sorted({hit.party for hit in hits if hit.party})),
        times=len(hits),
        fields=frozenset((hit.cell.id, hit.pattern) for hit in hits),
        cells=tuple(sorted(cells, key=natural)),
        patterns=tuple(sorted({hit.pattern for hit in hits if hit.pattern}, key=patterns.rank)),
        scenarios=tuple(sorted({hit.scenario for hit in hits if hit.scenario})),
        foremost=_foremost(hits),
        common=_common_levels([cells[name] for name in cells]),
        example="\n".join(example.traceback.rstrip().splitlines()[-_EXAMPLE_LINES:]),
        command=command(first),
    )


def _foremost(hits: Iterable[_Hit]) -> ScenarioId | None:
    count = Counter(hit.scenario for hit in hits if hit.scenario)
    return min(count, key=lambda one: (-count[one], one), default=None)


def _common_levels(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Give the levels that all the cells share; nothing where there is only one cell."""
    if len(cells) == 1:
        return ()
    shared = set.intersection(*({*_levels(cell)} for cell in cells))
    return tuple(f"{axis} {level}" for axis, level in _levels(cells[0]) if (axis, level) in shared)


def _levels(cell: Cell) -> tuple[tuple[str, str], ...]:
    return tuple((axis, level) for axis, level in cell.combination.items() if axis != "database")
