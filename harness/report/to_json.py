"""A matrix as `compatibility.json`: one observation on a line, the same text for the same value.

The keys are those of `harness/compatibility.schema.json`; `from_json` reads the text back.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from harness import patterns
from harness.model import (
    Beside,
    Cell,
    Control,
    Coverage,
    Environment,
    Error,
    Json,
    JudgedCell,
    Judgement,
    LeftOut,
    Matrix,
    Observation,
    Problem,
    Resolution,
)
from harness.report.from_json import SCHEMA, from_json

__all__ = ["SCHEMA", "exact_combination", "from_json", "to_json"]


def to_json(matrix: Matrix) -> str:
    """Give the text of `compatibility.json`, ending with a newline."""
    head: dict[str, Json] = {
        "schema": SCHEMA,
        "generated": matrix.generated,
        "tool": matrix.tool,
        "coverage": _coverage(matrix.coverage),
    }
    members = [f" {_line(key)}: {_line(value)}" for key, value in head.items()]
    members[0] = members[0][1:]
    members.append(f' "left_out": {_list(map(_left_out, matrix.left_out), "  ")}')
    if matrix.beside:
        members.append(f' "beside": {_list(map(_beside, matrix.beside), "  ")}')
    if matrix.problems:
        members.append(f' "problems": {_list(map(_problem, matrix.problems), "  ")}')
    members.append(f' "cells": [{",".join(map(_cell, matrix.cells))}]')
    return "{" + ",\n".join(members) + "}\n"


def exact_combination(cell: Cell, environment: Environment) -> Mapping[str, str]:
    """Give a level for each axis: the exact version where it was installed, else the level's id."""
    exact = {
        axis: environment.packages.get(axis, level) for axis, level in cell.combination.items()
    }
    if "python" in cell.combination:
        exact["python"] = cell.combination["python"]
    return exact | {"library": cell.library}


def _cell(judged: JudgedCell) -> str:
    result, cell = judged.result, judged.result.cell
    head: dict[str, Json] = {
        "id": cell.id,
        "combination": exact_combination(cell, result.environment),
        "levels": cell.combination,
        "requirements": cell.requirements,
        "companions": cell.companions,
        "adapter": cell.adapter,
        **_resolution(cell.resolution),
        "environment": _environment(result.environment),
        "ending": result.ending,
        "message": result.message,
        "seconds": _seconds(result.seconds),
        "cpu_seconds": _seconds(result.cpu_seconds),
    }
    verdicts = sorted(judged.verdicts.items(), key=lambda item: patterns.rank(item[0]))
    lines = [f"   {_line(key)}: {_line(value)}" for key, value in head.items()]
    lines[0] = "\n  {" + lines[0].lstrip()
    lines.append(f'   "controls": {_list(map(_control, result.controls), "    ")}')
    lines.append(f'   "observations": {_list(map(_observation, result.observations), "    ")}')
    told = [f"\n    {_line(name)}: {_line(_judgement(judgement))}" for name, judgement in verdicts]
    lines.append(f'   "verdicts": {{{",".join(told)}}}}}')
    return ",\n".join(lines)


def _resolution(resolution: Resolution) -> dict[str, Json]:
    """Give how the other packages were chosen, where they are not the newest."""
    told: dict[str, Json] = {}
    if resolution.as_of:
        told["as_of"] = resolution.as_of
    if resolution.lowest:
        told["lowest"] = True
    return {"resolution": told} if told else {}


def _environment(environment: Environment) -> Json:
    return {
        "status": environment.status,
        "packages": dict(sorted(environment.packages.items())),
        "message": environment.message,
        **({"database": environment.database} if environment.database else {}),
    }


def _control(control: Control) -> Json:
    return {
        "name": control.name,
        "party": control.party,
        "outcome": control.outcome,
        "error": _error(control.error),
        "seconds": _seconds(control.seconds),
    }


def _observation(seen: Observation) -> Json:
    return {
        "scenario": seen.scenario,
        "pattern": seen.pattern,
        "outcome": seen.outcome,
        "reason": seen.reason,
        "error": _error(seen.error),
        "evidence": seen.evidence,
        "warnings": seen.warnings,
        "seconds": _seconds(seen.seconds),
    }


def _error(error: Error | None) -> Json:
    if error is None:
        return None
    return {"type": error.type, "message": error.message, "traceback": error.traceback}


def _judgement(judgement: Judgement) -> Json:
    return {
        "verdict": judgement.verdict,
        "state": judgement.state,
        "problems": judgement.problems,
        "limits": judgement.limits,
        "new": judgement.new,
        "because": judgement.because,
        "party": judgement.party,
        "warnings": judgement.warnings,
    }


def _problem(problem: Problem) -> Json:
    return {
        "slug": problem.slug,
        "title": problem.title,
        "kind": problem.kind,
        "silent": problem.silent,
        "needs": problem.needs,
        "whose": problem.whose,
        "since": problem.since,
        "until": problem.until,
        "way_out": problem.way_out,
        "upstream": problem.upstream,
        "script": problem.script,
        "checks": problem.checks,
        "error": problem.error,
        "levels": problem.levels,
    }


def _left_out(left_out: LeftOut) -> Json:
    return {"what": left_out.what, "reason": left_out.reason, "source": left_out.source}


def _beside(told: Beside) -> Json:
    return {
        "title": told.title,
        "told": told.told,
        "head": told.head,
        "rows": told.rows,
        "source": told.source,
    }


def _coverage(coverage: Coverage | None) -> Json:
    if coverage is None:
        return None
    return {
        "strength": coverage.strength,
        "pairs": coverage.pairs,
        "exercised": coverage.exercised,
        "missing": [_left_out(missing) for missing in coverage.missing],
    }


def _seconds(seconds: float) -> float:
    return round(seconds, 3)


def _list(items: Iterable[Json], indent: str) -> str:
    return "[" + ",".join(f"\n{indent}{_line(item)}" for item in items) + "]"


def _line(value: Json) -> str:
    return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Json) -> Json:
    """Give the same value, with the numbers that JSON lacks told in words."""
    match value:
        case str() | bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {key: _finite(item) for key, item in value.items()}
        case _:
            return [_finite(item) for item in value]
