"""The quick answer: for each library, which pattern works with which Flask-Admin; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness import patterns
from harness.model import JudgedCell, Judgement, Kind, Matrix, PatternName, Problem, Verdict
from harness.report import limits
from harness.report.causes import Cause, Field
from harness.report.limits import Level
from harness.report.tally import Standing, Tally, in_order, natural, ranges, release_of
from harness.report.tally import standing as standing_of
from harness.report.tally import tally as tally_of

_OUTSIDE = "views added outside an application context"
_INSIDE = "views added inside an application context"
_RECOMMENDED = (
    Standing.WORKS,
    Standing.EXCEPT,
    Standing.PARTLY,
    Standing.FAILS,
    Standing.UNKNOWN,
)
"""What is told of a pattern that is recommended: also where it does not work."""

_SAYS = {
    Standing.WORKS: "works with",
    Standing.EXCEPT: "works with",
    Standing.PARTLY: "works in part with",
    Standing.FAILS: "fails with",
    Standing.UNKNOWN: "not known with",
    Standing.UNSUPPORTED: "unsupported in",
    Standing.IMPOSSIBLE: "cannot be installed with",
    Standing.NO_CELL: "no cell with",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What holds for some patterns of a library."""

    patterns: tuple[str, ...]
    """Their names, each with the place of the views where that makes a difference."""
    text: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What to use with one library, and how each pattern does."""

    library: str
    use: str
    """The recommended pattern, or `none`."""
    why: str
    said: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A pattern of a library: its cells and their tally for each release."""

    pattern: PatternName
    cells: Mapping[str, tuple[JudgedCell, ...]]
    elsewhere: Mapping[str, frozenset[Level]]
    """For each release, the levels with which some pattern of some library works."""
    problems: Mapping[str, Problem]
    """The named problems, by slug."""

    def tally(self, release: str) -> Tally:
        return tally_of(_judgements(self.cells.get(release, ()), self.pattern))

    def standing(self, release: str) -> Standing:
        return standing_of(self.tally(release))


def by_library(matrix: Matrix) -> Mapping[str, tuple[JudgedCell, ...]]:
    """Give the cells of each library, in the natural order of their names."""
    names = sorted({judged.result.cell.library for judged in matrix.cells}, key=natural)
    return {
        name: tuple(judged for judged in matrix.cells if judged.result.cell.library == name)
        for name in names
    }


def by_release(cells: Iterable[JudgedCell]) -> Mapping[str, tuple[JudgedCell, ...]]:
    """Give the cells of each Flask-Admin release."""
    found: dict[str, tuple[JudgedCell, ...]] = {}
    for judged in cells:
        release = release_of(judged.result.cell)
        found[release] = (*found.get(release, ()), judged)
    return found


def patterns_of(cells: Iterable[JudgedCell], *, controls: bool = False) -> tuple[PatternName, ...]:
    """Give the patterns that have a verdict in some cell: the controls, or all the others."""
    names = {name for judged in cells for name in judged.verdicts}
    chosen = (name for name in names if patterns.is_control(name) is controls)
    return tuple(sorted(chosen, key=patterns.rank))


def comparable(cells: Sequence[JudgedCell]) -> tuple[PatternName, ...]:
    """Give the patterns that can be told the best: the usual ones, and what each cell measured.

    A rare form is measured in few cells, those that end early least, and does well by that.
    """
    return tuple(
        name
        for name in patterns_of(cells)
        if name in patterns.USUAL or all(name in one.verdicts for one in cells)
    )


def answers(matrix: Matrix, main: Mapping[Field, Cause]) -> tuple[Answer, ...]:
    """Give the answer for each library; `main` holds the main cause of each field that failed."""
    known = in_order(release_of(judged.result.cell) for judged in matrix.cells)
    working = {
        release: limits.working(cells) for release, cells in by_release(matrix.cells).items()
    }
    problems = {one.slug: one for one in matrix.problems}
    return tuple(
        _answer(
            library,
            [
                _Row(pattern=name, cells=by_release(cells), elsewhere=working, problems=problems)
                for name in patterns_of(cells)
            ],
            comparable(cells),
            known,
            main,
        )
        for library, cells in by_library(matrix).items()
    )


def _answer(
    library: str,
    rows: Sequence[_Row],
    advised: Sequence[PatternName],
    known: Sequence[str],
    main: Mapping[Field, Cause],
) -> Answer:
    use, why = _recommendation([row for row in rows if row.pattern in advised], known)
    return Answer(library=library, use=use, why=why, said=_said(rows, known, main))


def _recommendation(rows: Sequence[_Row], known: Sequence[str]) -> tuple[str, str]:
    """Give the pattern that works in the newest release and in most, the simplest of equals.

    A pattern works in a release where all its cells there are compatible: unknown is not enough.
    What it is compatible but for is told with it.
    """
    best = min(rows, key=lambda row: _worse(row, rows, known), default=None)
    if best is None:
        return "none", "no pattern was measured"
    if _sum(best, known).compatible:
        told = (*_parts(best, known, _RECOMMENDED), *_conditions(best))
        return best.pattern, "; ".join(told)
    return "none", _nothing_works(tally_of(_all_judgements(rows)))


def _exceptions(row: _Row, release: str) -> str:
    """Give ", except for a `Float` column (with sqlalchemy 2.1)"; empty where it works wholly."""
    found = limits.exceptions(row.cells.get(release, ()), row.pattern)
    known = [one for one in row.problems.values() if one.slug in found and one.needs]
    told = (
        f"for {one.needs}{f' (with {found[one.slug]})' if found[one.slug] else ''}"
        for one in sorted(known, key=lambda one: not one.silent)
    )
    said = ", ".join(told)
    return f", except {said}" if said else ""


def _conditions(row: _Row) -> Iterator[str]:
    """Yield what has to be so of the application's own code where it follows the advice."""
    cells = [judged for found in row.cells.values() for judged in found]
    met = {slug for told in _judgements(cells, row.pattern) for slug in told.limits}
    for one in row.problems.values():
        if one.kind is Kind.CONDITION and one.slug in met:
            yield f"{one.needs} need {one.way_out}"


def _limits(row: _Row, release: str) -> str:
    elsewhere = row.elsewhere.get(release, frozenset())
    told = limits.limits(row.cells.get(release, ()), row.pattern, elsewhere)
    return f": {told}" if told else ""


def _nothing_works(count: Tally) -> str:
    if not count.measured:
        return "nothing could be measured"
    return "nothing is known to work" if count.inconclusive else "no pattern works"


def _all_judgements(rows: Iterable[_Row]) -> list[Judgement]:
    return [
        told
        for row in rows
        for cells in row.cells.values()
        for told in _judgements(cells, row.pattern)
    ]


def _worse(row: _Row, rows: Sequence[_Row], known: Sequence[str]) -> tuple[object, ...]:
    works = [release for release in known if row.standing(release) in _WORKS]
    measured = [release for release in known if any(_measured(one, release) for one in rows)]
    in_newest = bool(measured) and measured[-1] in works
    count = _sum(row, known)
    inside = patterns.is_in_context(row.pattern)
    return (
        not in_newest,
        -len(works),
        -count.compatible,
        count.excepted,
        inside,
        patterns.preference(row.pattern),
        row.pattern,
    )


_WORKS = (Standing.WORKS, Standing.EXCEPT)


def _measured(row: _Row, release: str) -> bool:
    count = row.tally(release)
    return bool(count.compatible + count.incompatible)


def _sum(row: _Row, releases: Iterable[str]) -> Tally:
    cells = (judged for release in releases for judged in row.cells.get(release, ()))
    return tally_of(_judgements(cells, row.pattern))


def _counted(row: _Row, releases: Sequence[str], known: Sequence[str]) -> str:
    return f"{ranges(releases, known)} ({_share(_sum(row, releases))})"


def _share(count: Tally) -> str:
    """Give how many of the cells that were measured are compatible, and how many were not."""
    cells = "cell" if count.measured == 1 else "cells"
    share = f"{count.compatible} of {count.measured} {cells}" if count.measured else ""
    unknown = f"{count.inconclusive} not measured" if count.inconclusive else ""
    return ", ".join(part for part in (share, unknown) if part)


def _said(
    rows: Sequence[_Row], known: Sequence[str], main: Mapping[Field, Cause]
) -> tuple[Said, ...]:
    """Give what holds for each pattern; patterns of which the same holds are named together."""
    told = {row.pattern: _told(row, known, main) for row in rows}
    together: dict[tuple[str, tuple[Cause, ...]], list[str]] = {}
    for row in rows:
        label = _label(row.pattern, told)
        if label:
            together.setdefault(told[row.pattern], []).append(label)
    return tuple(
        Said(patterns=tuple(names), text=text, causes=found)
        for (text, found), names in together.items()
    )


def _label(pattern: PatternName, told: Mapping[PatternName, tuple[str, tuple[Cause, ...]]]) -> str:
    """Give the name to show; none where the same was said of it with the views added outside."""
    base = PatternName(patterns.base_of(pattern))
    inside = PatternName(base + patterns.IN_CONTEXT)
    if base not in told or inside not in told:
        return pattern
    if told[base] == told[inside]:
        return base if pattern == base else ""
    return f"{base} ({_INSIDE if patterns.is_in_context(pattern) else _OUTSIDE})"


def _told(
    row: _Row, known: Sequence[str], main: Mapping[Field, Cause]
) -> tuple[str, tuple[Cause, ...]]:
    return "; ".join(_parts(row, known, Standing)), _causes(row, main)


def _parts(row: _Row, known: Sequence[str], standings: Iterable[Standing]) -> Iterator[str]:
    for standing in standings:
        releases = [release for release in known if row.standing(release) is standing]
        together: dict[str, list[str]] = {}
        for release in releases:
            told = _limits(row, release) if standing is Standing.PARTLY else ""
            told += _exceptions(row, release)
            together.setdefault(told, []).append(release)
        for told, of_these in together.items():
            yield f"{_part(standing, row, of_these, known)}{told}"


def _part(standing: Standing, row: _Row, releases: Sequence[str], known: Sequence[str]) -> str:
    match standing:
        case Standing.WORKS | Standing.EXCEPT | Standing.PARTLY | Standing.FAILS | Standing.UNKNOWN:
            return f"{_SAYS[standing]} {_counted(row, releases, known)}"
        case Standing.UNSUPPORTED:
            return f"{_SAYS[standing]} {ranges(releases, known)}{_reason(row, releases)}"
        case Standing.IMPOSSIBLE | Standing.NO_CELL:
            return f"{_SAYS[standing]} {ranges(releases, known)}"


def _reason(row: _Row, releases: Iterable[str]) -> str:
    cells = [judged for release in releases for judged in row.cells.get(release, ())]
    told = [judged.verdicts[row.pattern] for judged in cells if row.pattern in judged.verdicts]
    reasons = Counter(judgement.because[0] for judgement in told if judgement.because)
    return f": {min(reasons, key=lambda text: (-reasons[text], text))}" if reasons else ""


def _causes(row: _Row, main: Mapping[Field, Cause]) -> tuple[Cause, ...]:
    """Give the main causes for which the pattern is not compatible; not of what is not known."""
    fields: list[Field] = [
        (judged.result.cell.id, pattern)
        for cells in row.cells.values()
        for judged in cells
        if any(one.verdict in _FAILS for one in _judgements([judged], row.pattern))
        for pattern in (None, row.pattern, patterns.NEUTRAL)
    ]
    found = {main[field].number: main[field] for field in fields if field in main}
    return tuple(found[number] for number in sorted(found))


_FAILS = (Verdict.INCOMPATIBLE, Verdict.IMPOSSIBLE)


def _judgements(cells: Iterable[JudgedCell], pattern: PatternName) -> list[Judgement]:
    told = (judged.verdicts.get(pattern) for judged in cells)
    return [judgement for judgement in told if judgement]
