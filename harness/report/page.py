"""All that the renderings show, worked out once from a matrix; pure, and sorted throughout."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness import patterns
from harness.allowed import answer_of
from harness.baseline import SCENARIOS
from harness.because import ending_reason
from harness.model import (
    Beside,
    CellId,
    Change,
    Coverage,
    EnvironmentStatus,
    Json,
    JudgedCell,
    Judgement,
    LeftOut,
    Matrix,
    Moved,
    Outcome,
    PatternName,
    ScenarioId,
    State,
    Verdict,
)
from harness.report.answer import Answer, answers, by_library, by_release, patterns_of
from harness.report.beside import scripts, who
from harness.report.causes import Cause, causes, main_causes
from harness.report.changes import told_changes
from harness.report.claims import Measured, measured_claims
from harness.report.forms import Form, forms
from harness.report.named import Named, named
from harness.report.tally import field, in_order, natural, release_of, tally, word


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A library and a pattern, with a field for each Flask-Admin release."""

    library: str
    pattern: PatternName
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRow:
    """A cell: what became of it, and a field for each pattern."""

    cell: CellId
    environment: str
    ending: str
    answer: str
    """Whether metadata allow it, and whether it works."""
    fields: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Patterns of a cell of which nothing is known, and why."""

    cell: CellId
    patterns: tuple[PatternName, ...]
    because: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """A warning and in how many cells it was seen."""

    text: str
    cells: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The finished report, before it is told in one format or another."""

    generated: str
    tool: tuple[tuple[str, str], ...]
    counts: tuple[tuple[str, int], ...]
    answers: tuple[Answer, ...]
    claims: tuple[Measured, ...]
    forms: tuple[Form, ...]
    releases: tuple[str, ...]
    rows: tuple[Row, ...]
    patterns: tuple[PatternName, ...]
    cells: tuple[CellRow, ...]
    causes: tuple[Cause, ...]
    controls: tuple[str, ...]
    control_causes: tuple[Cause, ...]
    unknown: tuple[Unknown, ...]
    warned: tuple[Warned, ...]
    left_out: tuple[LeftOut, ...]
    coverage: Coverage | None
    versions: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    change_counts: tuple[tuple[Change, int], ...]
    beside: tuple[Beside, ...] = ()
    new: tuple[tuple[ScenarioId, int], ...] = ()
    """The application checks that nobody has named the failure of, and in how many cells."""
    named: tuple[Named, ...] = ()
    """The named problems that were met, limits and notes among them."""
    who: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Who brings a failure about, by the text of its cause."""
    scripts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The file that shows it again, by the text of its cause."""

    @property
    def news(self) -> tuple[str, ...]:
        """What nobody has named yet, a line for each check: it comes before all else."""
        return tuple(
            f"new, not named yet: {scenario} fails in {cells} {'cell' if cells == 1 else 'cells'}"
            for scenario, cells in self.new
        )


def make_page(matrix: Matrix, moved: Sequence[Moved] = (), before: Matrix | None = None) -> Page:
    """Give the page of a matrix; with what moved against `before`, where that is told."""
    found = causes(matrix)
    releases = in_order(release_of(judged.result.cell) for judged in matrix.cells)
    names = patterns_of(matrix.cells)
    cells = sorted(matrix.cells, key=lambda judged: natural(judged.result.cell.id))
    return Page(
        generated=matrix.generated,
        tool=_tool(matrix.tool),
        counts=_counts(matrix),
        answers=answers(matrix, main_causes(found)),
        claims=measured_claims(matrix),
        forms=forms(matrix),
        releases=releases,
        rows=tuple(_rows(matrix, releases)),
        patterns=names,
        cells=tuple(_cell_row(judged, names) for judged in cells),
        causes=found,
        controls=_controls(cells),
        control_causes=causes(matrix, of_controls=True),
        unknown=tuple(unknown for judged in cells for unknown in _unknown(judged)),
        warned=_warned(cells),
        left_out=matrix.left_out,
        coverage=matrix.coverage,
        versions=_versions(cells),
        changes=told_changes(moved, before, matrix),
        change_counts=tuple((one, sum(m.change is one for m in moved)) for one in Change if moved),
        beside=matrix.beside,
        new=_new(cells),
        named=named(matrix),
        who=who(matrix.beside),
        scripts=scripts(matrix.beside),
    )


def _tool(tool: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Give what measured; the scenarios' many fingerprints as one."""
    return tuple(
        (name, _fingerprint(value) if name == SCENARIOS else _plain(value))
        for name, value in sorted(tool.items())
    )


def _fingerprint(value: Json) -> str:
    if not value:
        return "not known which, or not the same in all cells"
    return f"fingerprint {hashlib.sha256(_plain(value).encode()).hexdigest()[:12]}"


def _plain(value: Json) -> str:
    match value:
        case str() | bool() | int() | float() | None:
            return str(value)
        case Mapping():
            return ", ".join(f"{name} {_plain(item)}" for name, item in sorted(value.items()))
        case _:
            return ", ".join(_plain(item) for item in value)


def _counts(matrix: Matrix) -> tuple[tuple[str, int], ...]:
    results = [judged.result for judged in matrix.cells]
    seen = [one for result in results for one in result.observations]
    ready = [one for one in results if one.environment.status is EnvironmentStatus.READY]
    ran = [one for one in seen if one.outcome in {Outcome.PASSED, Outcome.FAILED}]
    return (
        ("cells planned", len(results)),
        ("environments installed", len(ready)),
        ("observations", len(seen)),
        ("observations that passed or failed", len(ran)),
    )


def _rows(matrix: Matrix, releases: Sequence[str]) -> Iterable[Row]:
    for library, cells in by_library(matrix).items():
        there = by_release(cells)
        for pattern in patterns_of(cells):
            fields = tuple(_field(there.get(release, ()), pattern) for release in releases)
            yield Row(library=library, pattern=pattern, fields=fields)


def _field(cells: Iterable[JudgedCell], pattern: PatternName) -> str:
    told = (judged.verdicts.get(pattern) for judged in cells)
    return field(tally(judgement for judgement in told if judgement))


def _cell_row(judged: JudgedCell, names: Sequence[PatternName]) -> CellRow:
    return CellRow(
        cell=judged.result.cell.id,
        environment=judged.result.environment.status,
        ending=judged.result.ending,
        answer=_answer(judged),
        fields=tuple(_verdict(judged, name) for name in names),
    )


def _answer(judged: JudgedCell) -> str:
    """Give whether metadata allow it and whether it works; with the exception, if it has one."""
    states = {one.state for one in _own(judged)}
    excepted = State.WORKS_EXCEPT in states and State.WORKS not in states
    return f"{answer_of(judged)}{', except' if excepted else ''}"


def _verdict(judged: JudgedCell, pattern: PatternName) -> str:
    told = judged.verdicts.get(pattern)
    if told is None:
        return "· not asked"
    warns = told.warnings and told.verdict in {Verdict.COMPATIBLE, Verdict.INCOMPATIBLE}
    return f"{word(told)}, w" if warns else word(told)


def _controls(cells: Sequence[JudgedCell]) -> tuple[str, ...]:
    """Give a sentence for each control: whether the scenarios caught it wherever they ran."""
    return tuple(_control(cells, name) for name in patterns_of(cells, controls=True))


def _control(cells: Sequence[JudgedCell], pattern: PatternName) -> str:
    ran = [judged for judged in cells if _ran(judged, pattern)]
    missed = [judged.result.cell.id for judged in ran if not _caught(judged, pattern)]
    told = f"{pattern}: caught in {len(ran) - len(missed)} of the {len(ran)} cells where it ran"
    rest = len(cells) - len(ran)
    if rest:
        told += f"; it did not run in {rest}"
    return f"{told}; NOT caught in {', '.join(missed)}" if missed else told


def _ran(judged: JudgedCell, pattern: PatternName) -> bool:
    ran = {Outcome.PASSED, Outcome.FAILED}
    seen = judged.result.observations
    return any(one.pattern == pattern and one.outcome in ran for one in seen)


def _caught(judged: JudgedCell, pattern: PatternName) -> bool:
    seen = judged.result.observations
    return any(one.pattern == pattern and one.outcome is Outcome.FAILED for one in seen)


def _unknown(judged: JudgedCell) -> Iterable[Unknown]:
    """Give the inconclusive patterns of a cell; those with the same reasons together."""
    together: dict[tuple[str, ...], list[PatternName]] = {}
    for pattern, told in judged.verdicts.items():
        if told.verdict is Verdict.INCONCLUSIVE:
            because = told.because or (ending_reason(judged.result) or "not known why",)
            together.setdefault(because, []).append(pattern)
    for because, names in together.items():
        ordered = tuple(sorted(names, key=patterns.rank))
        yield Unknown(cell=judged.result.cell.id, patterns=ordered, because=because)


def _warned(cells: Sequence[JudgedCell]) -> tuple[Warned, ...]:
    count = Counter(
        text
        for judged in cells
        for text in {one for told in judged.verdicts.values() for one in told.warnings}
    )
    ordered = sorted(count, key=lambda text: (-count[text], text))
    return tuple(Warned(text=text, cells=count[text]) for text in ordered)


def _new(cells: Sequence[JudgedCell]) -> tuple[tuple[ScenarioId, int], ...]:
    count = Counter(
        scenario
        for judged in cells
        for scenario in {one for told in _own(judged) for one in told.new}
    )
    return tuple(sorted(count.items(), key=lambda item: (-item[1], item[0])))


def _own(judged: JudgedCell) -> Iterable[Judgement]:
    return patterns.own(judged.verdicts).values()


def _versions(cells: Sequence[JudgedCell]) -> tuple[tuple[str, str], ...]:
    """Give each package's versions and in how many cells they were installed."""
    count = Counter(item for one in cells for item in one.result.environment.packages.items())
    names = sorted({name for name, _ in count})
    return tuple(
        (
            name,
            ", ".join(
                f"{version} ({count[name, version]})"
                for version in in_order(version for one, version in count if one == name)
            ),
        )
        for name in names
    )
