"""A matrix in little space: every text, error and run of findings once, the rest by number; pure.

Most observations of a matrix repeat another one word for word, so that a page can hold them all.
Left out are only the seconds, which are no finding; all else of `compatibility.json` is here.
`html/page.js` reads it; the lists that stand for objects are told in `LAYOUT`.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness import patterns
from harness.model import (
    Cell,
    Control,
    Error,
    Json,
    JudgedCell,
    Judgement,
    Matrix,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
    State,
    Verdict,
)
from harness.report.axes import axes_of, level_of

LAYOUT = {
    "errors": ("type", "message"),
    "findings": ("scenario", "outcome", "reason", "error", "evidence", "warnings"),
    "judgements": ("verdict", "because", "party", "warnings", "state", "problems", "limits"),
    "controls": ("name", "party", "outcome", "error", "traceback"),
    "environments": ("status", "message", "packages"),
    "cells": (
        "id",
        "levels",
        "adapter",
        "requirements",
        "companions",
        "environment",
        "ending",
        "message",
        "controls",
        "suites",
        "judgements",
        "tracebacks",
    ),
}
"""What stands at each place of the lists. Texts, errors, evidence and the like are numbers of
their tables; `suites` and `judgements` have a number for each pattern, -1 where there is none."""

_NONE = -1
_OUTCOMES = {outcome: at for at, outcome in enumerate(Outcome)}


@dataclass(slots=True)
class _Table:
    """Values that are written once and told by their number."""

    values: list[Json] = field(default_factory=list)
    numbers: dict[Hashable, int] = field(default_factory=dict)

    def number(self, value: Json, key: Hashable = None) -> int:
        """Give the number of a value; `key` is the same for equal values, and for no others."""
        key = value if key is None and isinstance(value, str) else key
        if key not in self.numbers:
            self.numbers[key] = len(self.values)
            self.values.append(value)
        return self.numbers[key]

    def row(self, *values: int | tuple[int, ...]) -> int:
        """Give the number of a list of numbers."""
        return self.number([list(one) if isinstance(one, tuple) else one for one in values], values)

    def all(self, values: Iterable[str]) -> tuple[int, ...]:
        """Give the numbers of some texts."""
        return tuple(self.number(value) for value in values)


@dataclass(slots=True)
class _Tables:
    texts: _Table = field(default_factory=_Table)
    errors: _Table = field(default_factory=_Table)
    evidence: _Table = field(default_factory=_Table)
    findings: _Table = field(default_factory=_Table)
    suites: _Table = field(default_factory=_Table)
    judgements: _Table = field(default_factory=_Table)
    environments: _Table = field(default_factory=_Table)
    controls: _Table = field(default_factory=_Table)


def compact(matrix: Matrix) -> dict[str, Json]:
    """Give all that the matrix holds, but the seconds, as one value for JSON."""
    axes = axes_of(matrix)
    seen = [one for judged in matrix.cells for one in judged.result.observations]
    scenarios = sorted({one.scenario for one in seen})
    names = _patterns(matrix)
    tables = _Tables()
    places = {scenario: at for at, scenario in enumerate(scenarios)}
    cells = [_cell(judged, axes, names, places, tables) for judged in matrix.cells]
    return {
        "axes": [[axis, list(levels)] for axis, levels in axes.items()],
        "patterns": list(names),
        "scenarios": list(scenarios),
        "outcomes": list(Outcome),
        "verdicts": list(Verdict),
        "states": list(State),
        "texts": tables.texts.values,
        "errors": tables.errors.values,
        "evidence": tables.evidence.values,
        "findings": tables.findings.values,
        "suites": tables.suites.values,
        "judgements": tables.judgements.values,
        "environments": tables.environments.values,
        "controls": tables.controls.values,
        "cells": cells,
    }


def _patterns(matrix: Matrix) -> tuple[PatternName, ...]:
    seen = {one.pattern for judged in matrix.cells for one in judged.result.observations}
    judged = {name for one in matrix.cells for name in one.verdicts}
    return tuple(sorted(seen | judged, key=patterns.rank))


def _cell(
    judged: JudgedCell,
    axes: Mapping[str, Sequence[str]],
    names: Sequence[PatternName],
    places: Mapping[ScenarioId, int],
    tables: _Tables,
) -> Json:
    result, cell, texts = judged.result, judged.result.cell, tables.texts
    environment = result.environment
    packages = (f"{name}=={version}" for name, version in environment.packages.items())
    held = tables.environments.row(
        texts.number(environment.status),
        texts.number(environment.message),
        texts.all(sorted(packages)),
    )
    seen: dict[PatternName, list[int]] = {}
    for one in result.observations:
        seen.setdefault(one.pattern, []).append(_finding(one, places, tables))
    return [
        cell.id,
        _levels(cell, axes),
        texts.number(cell.adapter),
        texts.all(cell.requirements),
        texts.all(cell.companions),
        held,
        texts.number(result.ending),
        texts.number(result.message),
        [_control(control, tables) for control in result.controls],
        [tables.suites.row(*seen[name]) if name in seen else _NONE for name in names],
        [_judgement(judged.verdicts.get(name), tables) for name in names],
        _tracebacks(result.observations, tables),
    ]


def _levels(cell: Cell, axes: Mapping[str, Sequence[str]]) -> list[int]:
    return [
        levels.index(level) if (level := level_of(cell, axis)) in levels else _NONE
        for axis, levels in axes.items()
    ]


def _finding(seen: Observation, places: Mapping[ScenarioId, int], tables: _Tables) -> int:
    return tables.findings.row(
        places[seen.scenario],
        _OUTCOMES[seen.outcome],
        tables.texts.number(seen.reason),
        _error(seen.error, tables),
        tables.evidence.number(seen.evidence, json.dumps(seen.evidence)),
        tables.texts.all(seen.warnings),
    )


def _error(error: Error | None, tables: _Tables) -> int:
    if error is None:
        return _NONE
    return tables.errors.row(*tables.texts.all((error.type, error.message)))


def _judgement(judgement: Judgement | None, tables: _Tables) -> int:
    if judgement is None:
        return _NONE
    return tables.judgements.row(
        list(Verdict).index(judgement.verdict),
        tables.texts.all(judgement.because),
        tables.texts.number(judgement.party) if judgement.party else _NONE,
        tables.texts.all(judgement.warnings),
        _NONE if judgement.state is None else list(State).index(judgement.state),
        tables.texts.all(judgement.problems),
        tables.texts.all(judgement.limits),
    )


def _control(control: Control, tables: _Tables) -> int:
    return tables.controls.row(
        tables.texts.number(control.name),
        tables.texts.number(control.party),
        _OUTCOMES[control.outcome],
        _error(control.error, tables),
        tables.texts.number(control.error.traceback if control.error else ""),
    )


def _tracebacks(observations: Iterable[Observation], tables: _Tables) -> Json:
    """Give the tracebacks of a cell's errors: each with the observation that it is of."""
    return [
        [
            _error(seen.error, tables),
            tables.texts.number(seen.scenario),
            tables.texts.number(seen.pattern),
            tables.texts.number(seen.error.traceback),
        ]
        for seen in observations
        if seen.error is not None and seen.error.traceback
    ]
