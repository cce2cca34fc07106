"""What moved between an earlier table and this one, for each pattern of each cell; pure.

In go two matrices, out come changes; what cannot be known never counts as a regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness import patterns
from harness.errors import NOT_MEASURED, REGRESSED, UNCHANGED
from harness.model import (
    CellId,
    Change,
    Json,
    JudgedCell,
    Judgement,
    Matrix,
    Moved,
    Outcome,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.rootcause import normalised, root_cause

Cells = Mapping[CellId, JudgedCell]

SCENARIOS = "scenarios"
"""What a table's `tool` calls the fingerprints of the scenarios that it was measured with."""
SHARED = "shared"
"""Whose fingerprint is that of the code which all modules of scenarios share."""


def compare(before: Matrix | None, after: Matrix, *, part: bool = False) -> tuple[Moved, ...]:
    """Give what became of each pattern of each cell that is in one of the two matrices.

    `part` says that only a part of the matrix was run: what is not in it has not disappeared.
    """
    old, new = _cells(before), _cells(after)
    moved = [_moved(old.get(cell), new[cell], pattern) for cell, pattern in _fields(after)]
    if before is None or part:
        return tuple(moved)
    gone = [field for field in _fields(before) if not _has(new, *field)]
    return (*moved, *(_disappeared(old[cell], pattern) for cell, pattern in gone))


def change_of(before: Verdict | None, after: Verdict | None, *, same: bool) -> Change:
    """Give the change from one verdict to another; `same` says that both rest on the same evidence.

    Losing `compatible` to anything that is known is a regression, gaining it from there a fix;
    where it is lost to scenarios that the earlier table did not have, it has only shifted.
    Whatever comes from or goes to `inconclusive` has only shifted: it was not measured.
    """
    if before is None:
        return Change.UNCHANGED if after is None else Change.APPEARED
    if after is None:
        return Change.DISAPPEARED
    if before is after:
        return Change.UNCHANGED if same else Change.SHIFTED
    return _change_between(before, after)


def _change_between(before: Verdict, after: Verdict) -> Change:
    match before:
        case Verdict.COMPATIBLE:
            return Change.SHIFTED if after is Verdict.INCONCLUSIVE else Change.REGRESSED
        case Verdict.INCOMPATIBLE | Verdict.UNSUPPORTED | Verdict.IMPOSSIBLE:
            return Change.FIXED if after is Verdict.COMPATIBLE else Change.SHIFTED
        case Verdict.INCONCLUSIVE:
            return Change.SHIFTED


def exit_status(moved: Iterable[Moved], matrix: Matrix) -> int:
    """Give the exit status of a run: REGRESSED before NOT_MEASURED before UNCHANGED.

    A regression is certain whatever else could not be measured, so it comes first. A run in which
    any verdict is inconclusive (environment, interpreter, crash, deadline, harness) must not end
    as if all were well, also where that was so before: NOT_MEASURED. Fixes, and patterns that
    appeared, disappeared or shifted from one known verdict to another, are told and end with 0.
    """
    if any(one.change is Change.REGRESSED for one in moved):
        return REGRESSED
    judgements = (told for judged in matrix.cells for told in judged.verdicts.values())
    if not matrix.cells or any(told.verdict is Verdict.INCONCLUSIVE for told in judgements):
        return NOT_MEASURED
    return UNCHANGED


def explain(moved: Moved, before: Matrix | None, after: Matrix) -> str:
    """Give one line: the cell and pattern, from which verdict to which, why, and what differs."""
    told = " -> ".join((moved.before or "not there", moved.after or "not there"))
    line = f"{moved.cell} {moved.pattern}: {told}"
    if moved.because:
        line += f": {normalised(moved.because[0])}"
    difference = _difference(moved, before, after)
    return f"{line} [{difference}]" if difference else line


def package_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Give what differs between two sets of packages: `werkzeug 3.1.8 -> 3.1.9`."""
    names = sorted(before.keys() | after.keys())
    pairs = ((name, before.get(name, "none"), after.get(name, "none")) for name in names)
    return tuple(f"{name} {old} -> {new}" for name, old, new in pairs if old != new)


def _difference(moved: Moved, before: Matrix | None, after: Matrix) -> str:
    old, new = _cells(before).get(moved.cell), _cells(after).get(moved.cell)
    if before is None or old is None or new is None or moved.change is Change.UNCHANGED:
        return ""
    installed = old.result.environment.packages, new.result.environment.packages
    levels = package_changes(old.result.cell.combination, new.result.cell.combination)
    if not all(installed):
        return "packages not known on both sides" if any(installed) else ""
    if changes := (*levels, *package_changes(*installed)):
        return ", ".join(changes)
    if _evidence(old, moved.pattern).keys() != _evidence(new, moved.pattern).keys():
        return "same packages, other scenarios"
    return f"same packages{_of_scenarios(_modules(moved.pattern, old, new), before, after)}"


def _modules(pattern: PatternName, old: JudgedCell, new: JudgedCell) -> frozenset[str]:
    """Give the modules of the scenarios that showed something else; of all where none did."""
    seen = [
        (before, after)
        for name in (pattern, patterns.NEUTRAL)
        for before, after in [(_evidence(old, name), _evidence(new, name))]
    ]
    both = {one for before, after in seen for one in before.keys() | after.keys()}
    other = {one for one in both if any(b.get(one) != a.get(one) for b, a in seen)}
    return frozenset(scenario.partition("::")[0] for scenario in other or both)


def _of_scenarios(modules: Iterable[str], before: Matrix, after: Matrix) -> str:
    """Say whether the code of these modules is the same in both tables, as far as they tell."""
    old, new = (_fingerprints(matrix) for matrix in (before, after))
    names = (SHARED, *modules)
    if any(name in old and name in new and old[name] != new[name] for name in names):
        return ", scenario changed"
    if all(name in old and name in new for name in names):
        return ": flaky"
    return "; not known whether the scenario changed"


def _fingerprints(matrix: Matrix) -> Mapping[str, Json]:
    told = matrix.tool.get(SCENARIOS)
    return told if isinstance(told, Mapping) else {}


def _cells(matrix: Matrix | None) -> Cells:
    return {judged.result.cell.id: judged for judged in matrix.cells} if matrix else {}


def _fields(matrix: Matrix) -> Sequence[tuple[CellId, PatternName]]:
    return [
        (judged.result.cell.id, pattern)
        for judged in sorted(matrix.cells, key=lambda judged: judged.result.cell.id)
        for pattern in sorted(judged.verdicts, key=patterns.rank)
    ]


def _has(cells: Cells, cell: CellId, pattern: PatternName) -> bool:
    return cell in cells and pattern in cells[cell].verdicts


def _moved(old: JudgedCell | None, new: JudgedCell, pattern: PatternName) -> Moved:
    before = old.verdicts.get(pattern) if old else None
    after = new.verdicts[pattern]
    same = old is not None and before is not None and _rest_on_the_same(old, new, pattern)
    change = change_of(before.verdict if before else None, after.verdict, same=same)
    change = _by_exceptions(before, after) or change
    if change is Change.REGRESSED and old is not None and _is_news(old, new, pattern):
        change = Change.SHIFTED
    return Moved(
        cell=new.result.cell.id,
        pattern=pattern,
        change=change,
        before=before.verdict if before else None,
        after=after.verdict,
        because=_reasons(change, before, after),
    )


def _by_exceptions(before: Judgement | None, after: Judgement) -> Change | None:
    """Give what an exception makes of a pattern that works before and after; None for nothing.

    One that is new is a regression for those applications that meet it.
    """
    if before is None or before.verdict is not Verdict.COMPATIBLE:
        return None
    if after.verdict is not Verdict.COMPATIBLE:
        return None
    if set(after.problems) - set(before.problems):
        return Change.REGRESSED
    return Change.FIXED if set(before.problems) - set(after.problems) else None


def _is_news(old: JudgedCell, new: JudgedCell, pattern: PatternName) -> bool:
    """Whether all that fails now was not looked at before: then nothing is known to have worked."""
    known = {seen.scenario for seen in old.result.observations}
    failed = _failed(new, pattern) - _failed(old, pattern)
    return bool(failed) and not failed & known


def _failed(judged: JudgedCell, pattern: PatternName) -> set[ScenarioId]:
    return {
        seen.scenario
        for seen in judged.result.observations
        if seen.pattern in (pattern, patterns.NEUTRAL) and seen.outcome is Outcome.FAILED
    }


def _reasons(change: Change, before: Judgement | None, after: Judgement) -> tuple[str, ...]:
    """Give the reasons of the new verdict; of the old one where the new one needs no reason."""
    if before is not None and _by_exceptions(before, after) is change:
        gained = sorted(set(after.problems) - set(before.problems))
        lost = sorted(set(before.problems) - set(after.problems))
        return (*(f"now except {one}" for one in gained), *(f"was except {one}" for one in lost))
    if change is Change.UNCHANGED or after.because or before is None:
        return after.because
    return tuple(f"was {reason}" for reason in before.because)


def _disappeared(old: JudgedCell, pattern: PatternName) -> Moved:
    return Moved(
        cell=old.result.cell.id,
        pattern=pattern,
        change=Change.DISAPPEARED,
        before=old.verdicts[pattern].verdict,
        after=None,
        because=("the plan does not contain it any more",),
    )


Seen = tuple[Outcome, str, Mapping[str, Json]]


def _evidence(judged: JudgedCell, pattern: PatternName) -> Mapping[ScenarioId, Seen]:
    return {
        seen.scenario: (seen.outcome, root_cause(seen.error, seen.reason), seen.evidence)
        for seen in judged.result.observations
        if seen.pattern == pattern
    }


def _rest_on_the_same(old: JudgedCell, new: JudgedCell, pattern: PatternName) -> bool:
    """Whether what both have seen is the same; where that is nothing, whether the reasons are."""
    before, after = _evidence(old, pattern), _evidence(new, pattern)
    shared = before.keys() & after.keys()
    if not shared:
        return old.verdicts[pattern].because == new.verdicts[pattern].because
    return all(before[scenario] == after[scenario] for scenario in shared)
