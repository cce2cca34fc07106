"""The text of a `compatibility.json` back into a matrix; errors name the place, in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from harness.errors import BadInput
from harness.model import (
    Beside,
    Cell,
    CellId,
    CellResult,
    Control,
    Coverage,
    Ending,
    Environment,
    EnvironmentStatus,
    Error,
    Json,
    JudgedCell,
    Judgement,
    Kind,
    LeftOut,
    Matrix,
    Observation,
    Outcome,
    Party,
    PatternName,
    Problem,
    Resolution,
    ScenarioId,
    State,
    Verdict,
)

SCHEMA = 1
"""The version of the format that is written and read."""

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


def from_json(text: str) -> Matrix:
    """Give the matrix that was written by `to_json`; BadInput where the text is anything else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the table is not JSON ({error}); make it again with `nox`") from error
    table = _At("the table", data)
    schema = table.get("schema").value
    if schema != SCHEMA or isinstance(schema, bool):
        raise BadInput(f"the table has schema {schema!r}, expected {SCHEMA}; make it again")
    return _matrix(table)


@dataclass(frozen=True, slots=True)
class _At:
    """A piece of the data and where it stands."""

    path: str
    value: Json

    def wrong(self, expected: str) -> BadInput:
        found = type(self.value).__name__ if isinstance(self.value, dict | list) else self.value
        return BadInput(f"{self.path}: expected {expected}, found {str(found)[:60]!r}")

    def get(self, key: str) -> _At:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        if key not in self.value:
            raise BadInput(f"{self.path}: the key {key!r} is missing")
        return _At(f"{self.path}.{key}", self.value[key])

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> Iterator[_At]:
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return (_At(f"{self.path}[{index}]", item) for index, item in enumerate(self.value))

    def members(self) -> Iterator[tuple[str, _At]]:
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return ((key, _At(f"{self.path}.{key}", item)) for key, item in self.value.items())

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def number(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            raise self.wrong("a number")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.wrong("a whole number")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def word(self, words: type[Word]) -> Word:
        try:
            return words(self.text())
        except ValueError:
            raise self.wrong("one of " + ", ".join(words)) from None

    def mapping(self) -> Mapping[str, Json]:
        return {key: item.value for key, item in self.members()}

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def texts_by_name(self) -> Mapping[str, str]:
        return {key: item.text() for key, item in self.members()}

    def each(self, make: Callable[[_At], Value]) -> tuple[Value, ...]:
        return tuple(make(item) for item in self.items())

    def maybe(self, make: Callable[[_At], Value]) -> Value | None:
        return None if self.value is None else make(self)


def _matrix(at: _At) -> Matrix:
    return Matrix(
        generated=at.get("generated").text(),
        tool=at.get("tool").mapping(),
        cells=at.get("cells").each(_judged),
        left_out=at.get("left_out").each(_left_out),
        coverage=at.get("coverage").maybe(_coverage),
        beside=at.get("beside").each(_beside) if at.has("beside") else (),
        problems=at.get("problems").each(_problem) if at.has("problems") else (),
    )


def _problem(at: _At) -> Problem:
    return Problem(
        slug=at.get("slug").text(),
        title=at.get("title").text(),
        kind=at.get("kind").word(Kind),
        silent=at.get("silent").truth(),
        needs=at.get("needs").text(),
        whose=at.get("whose").text(),
        since=at.get("since").text(),
        until=at.get("until").text(),
        way_out=at.get("way_out").text(),
        upstream=at.get("upstream").text(),
        script=at.get("script").text(),
        checks=at.get("checks").texts(),
        error=at.get("error").text(),
        levels={axis: found.texts() for axis, found in at.get("levels").members()},
    )


def _beside(at: _At) -> Beside:
    return Beside(
        title=at.get("title").text(),
        told=at.get("told").text(),
        head=at.get("head").texts(),
        rows=at.get("rows").each(lambda row: row.texts()),
        source=at.get("source").text(),
    )


def _judged(at: _At) -> JudgedCell:
    result = CellResult(
        cell=_cell(at),
        environment=_environment(at.get("environment")),
        ending=at.get("ending").word(Ending),
        message=at.get("message").text(),
        controls=at.get("controls").each(_control),
        observations=at.get("observations").each(_observation),
        seconds=at.get("seconds").number(),
        cpu_seconds=at.get("cpu_seconds").number(),
    )
    verdicts = {PatternName(name): _judgement(told) for name, told in at.get("verdicts").members()}
    return JudgedCell(result=result, verdicts=verdicts)


def _cell(at: _At) -> Cell:
    return Cell(
        id=CellId(at.get("id").text()),
        combination=at.get("levels").texts_by_name(),
        requirements=at.get("requirements").texts(),
        companions=at.get("companions").texts(),
        adapter=at.get("adapter").text(),
        library=at.get("combination").get("library").text(),
        resolution=_resolution(at.get("resolution")) if at.has("resolution") else Resolution(),
    )


def _resolution(at: _At) -> Resolution:
    return Resolution(
        as_of=at.get("as_of").text() if at.has("as_of") else "",
        lowest=at.has("lowest"),
    )


def _environment(at: _At) -> Environment:
    return Environment(
        status=at.get("status").word(EnvironmentStatus),
        packages=at.get("packages").texts_by_name(),
        message=at.get("message").text(),
        database=at.get("database").text() if at.has("database") else "",
    )


def _control(at: _At) -> Control:
    return Control(
        name=at.get("name").text(),
        party=at.get("party").word(Party),
        outcome=at.get("outcome").word(Outcome),
        error=at.get("error").maybe(_error),
        seconds=at.get("seconds").number(),
    )


def _observation(at: _At) -> Observation:
    return Observation(
        scenario=ScenarioId(at.get("scenario").text()),
        pattern=PatternName(at.get("pattern").text()),
        outcome=at.get("outcome").word(Outcome),
        reason=at.get("reason").text(),
        error=at.get("error").maybe(_error),
        evidence=at.get("evidence").mapping(),
        warnings=at.get("warnings").texts(),
        seconds=at.get("seconds").number(),
    )


def _error(at: _At) -> Error:
    return Error(
        type=at.get("type").text(),
        message=at.get("message").text(),
        traceback=at.get("traceback").text(),
    )


def _judgement(at: _At) -> Judgement:
    verdict = at.get("verdict").word(Verdict)
    return Judgement(
        verdict=verdict,
        state=at.get("state").maybe(_state) if at.has("state") else _STATES[verdict],
        problems=at.get("problems").texts() if at.has("problems") else (),
        limits=at.get("limits").texts() if at.has("limits") else (),
        new=tuple(map(ScenarioId, at.get("new").texts())) if at.has("new") else (),
        because=at.get("because").texts(),
        party=at.get("party").maybe(lambda party: party.word(Party)),
        warnings=at.get("warnings").texts(),
    )


def _state(at: _At) -> State:
    return at.word(State)


_STATES = {
    Verdict.COMPATIBLE: State.WORKS,
    Verdict.INCOMPATIBLE: State.DOES_NOT_WORK,
    Verdict.UNSUPPORTED: None,
    Verdict.IMPOSSIBLE: State.DOES_NOT_START,
    Verdict.INCONCLUSIVE: State.NOT_RUN,
}
"""What the verdicts of a table come to that was written before there were states."""


def _left_out(at: _At) -> LeftOut:
    return LeftOut(
        what=at.get("what").text(),
        reason=at.get("reason").text(),
        source=at.get("source").text(),
    )


def _coverage(at: _At) -> Coverage:
    return Coverage(
        strength=at.get("strength").text(),
        pairs=at.get("pairs").whole(),
        exercised=at.get("exercised").whole(),
        missing=at.get("missing").each(_left_out),
    )
