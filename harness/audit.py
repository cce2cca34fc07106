"""What the measurement says against the entries of the named problems: they are opinions; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness import patterns
from harness.judge import PROBE
from harness.model import CellResult, Kind, Matrix, Outcome, Problem
from harness.problems import holds_in, is_about, matching, told

_RAN = (Outcome.PASSED, Outcome.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """What one check said of one problem in one cell."""

    check: str
    cell: str
    met: bool
    passed: bool


def audit(matrix: Matrix, problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return what is wrong with the entries, a line for each; what no cell looked at is not told.

    It takes a whole table: a part of one has not looked everywhere.
    """
    return tuple(line for one in problems for line in _wrong(matrix, one))


def _wrong(matrix: Matrix, problem: Problem) -> Iterator[str]:
    looked = [one for judged in matrix.cells for one in _looked(judged.result, problem)]
    checks = {one.check for one in looked if one.met}
    if looked and not checks:
        yield f"{problem.slug}: no longer seen, where {_number(looked)} looked for it"
    met = {(one.check, one.cell) for one in looked if one.met}
    free = [one for one in looked if one.check in checks and (one.check, one.cell) not in met]
    free = [one for one in free if one.passed]
    if problem.kind is Kind.LIMIT and free:
        cells = len({one.cell for one in free})
        yield (
            f"{problem.slug}: it is no limit, since {free[0].check} passes in {cells} cells"
            f" ({free[0].cell}): it has to be a problem"
        )
    if problem.kind is Kind.PROBLEM and checks and not free and not problem.levels:
        yield f"{problem.slug}: every cell that looked for it has it: it is a limit"


def _looked(result: CellResult, problem: Problem) -> Iterator[_Looked]:
    """Yield what was seen of a problem's checks in a cell that it could be met in."""
    if not holds_in(problem, result):
        return
    seen: list[tuple[str, Outcome, str]] = [
        (one.scenario, one.outcome, told(one.error, one.reason))
        for one in result.observations
        if not patterns.is_control(one.pattern)
    ]
    seen += [(f"{PROBE}{one.name}", one.outcome, told(one.error)) for one in result.controls]
    for check, outcome, error in seen:
        if outcome in _RAN and is_about(problem, check):
            failed = outcome is Outcome.FAILED
            yield _Looked(
                check=check,
                cell=result.cell.id,
                met=failed and bool(matching([problem], result, check, error)),
                passed=not failed,
            )


def _number(looked: Iterable[_Looked]) -> str:
    cells = len({one.cell for one in looked})
    return f"{cells} {'cell' if cells == 1 else 'cells'}"
