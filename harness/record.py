"""The record of a cell: what the processes inside it wrote, one JSON object a line.

    {"event": "header", "schema": 1, "python": "3.12.1", "packages": {"flask": "3.1.3"}}
    {"event": "control", "name", "party", "outcome", "error", "seconds"}
    {"event": "probed"}                                        the controls reached their end
    {"event": "planned", "observations": [[scenario, pattern], ...]}
    {"event": "start", "scenario", "pattern"}
    {"event": "observation", "scenario", "pattern", "outcome", "reason", "error", "evidence",
     "warnings", "seconds"}
    {"event": "collection-failed", "where", "text"}
    {"event": "footer"}                                        the process ended by itself

Whatever the text, parsing it gives a Record: lines that say nothing sound are its rubbish.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from harness.model import (
    Control,
    Error,
    Json,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
)

Pair: TypeAlias = tuple[ScenarioId, PatternName]
"""A scenario under a pattern."""

SCHEMA = 1
_DEPTH = 40
"""How deep a value may be nested; deeper is rubbish, not a finding."""

_SEEN = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED, Outcome.NOT_APPLICABLE})
"""What a process can say of a scenario; the rest is concluded from what it did not say."""

_WORSE = (
    Outcome.NOT_RUN,
    Outcome.NOT_APPLICABLE,
    Outcome.PASSED,
    Outcome.ERRORED,
    Outcome.TIMED_OUT,
    Outcome.CRASHED,
    Outcome.FAILED,
)


class Unsound(ValueError):
    """A JSON value is not what its place asks for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """The interpreter and the packages, read inside the environment."""

    python: str
    packages: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What one process wrote."""

    header: Header | None = None
    controls: tuple[Control, ...] = ()
    probed: bool = False
    planned: tuple[Pair, ...] = ()
    observations: tuple[Observation, ...] = ()
    in_flight: tuple[Pair, ...] = ()
    """Started and not ended."""
    uncollected: tuple[str, ...] = ()
    """Scenario modules that could not be collected: where, and why."""
    finished: bool = False
    rubbish: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What has been read of a record so far."""

    header: Header | None = None
    controls: list[Control] = field(default_factory=list)
    probed: bool = False
    planned: tuple[Pair, ...] = ()
    started: dict[Pair, None] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    uncollected: list[str] = field(default_factory=list)
    finished: bool = False
    rubbish: list[str] = field(default_factory=list)


def parse(text: str) -> Record:
    """Read the text of one record as far as it is sound."""
    so_far = _Reading()
    for line in text.split("\n"):
        if not line.strip():
            continue
        try:
            _read(so_far, read_object(line))
        except (Unsound, RecursionError):
            so_far.rubbish.append(line[:200])
    ended = {(seen.scenario, seen.pattern) for seen in so_far.observations}
    return Record(
        header=so_far.header,
        controls=tuple(so_far.controls),
        probed=so_far.probed,
        planned=so_far.planned,
        observations=tuple(so_far.observations),
        in_flight=tuple(pair for pair in so_far.started if pair not in ended),
        uncollected=tuple(so_far.uncollected),
        finished=so_far.finished,
        rubbish=tuple(so_far.rubbish),
    )


def merge(
    records: Iterable[tuple[Record, str]], expected: Iterable[Pair] = ()
) -> tuple[Observation, ...]:
    """Return one observation for every pair that was planned, expected or seen, in that order.

    Each record comes with what its process was stopped by at a deadline, or "". Where several
    processes speak of one pair, the worst counts.
    """
    every = list(records)
    planned = dict.fromkeys(pair for record, _ in every for pair in record.planned)
    merged = {pair: _not_run(pair) for pair in (*planned, *expected)}
    for record, stopped in every:
        for seen in (*record.observations, *_unended(record, stopped)):
            pair = (seen.scenario, seen.pattern)
            merged[pair] = max(merged.get(pair, seen), seen, key=_badness)
    return tuple(merged.values())


def with_reason(observations: Iterable[Observation], reason: str) -> tuple[Observation, ...]:
    """Say of every observation that has not been run why that is."""
    return tuple(
        replace(seen, reason=reason) if seen.outcome is Outcome.NOT_RUN else seen
        for seen in observations
    )


def own_need(controls: Iterable[Control]) -> Control | None:
    """Return the first control that could not go on for what only the harness's own code needs."""
    for control in controls:
        if control.party is Party.HARNESS and control.outcome is not Outcome.PASSED:
            return control
    return None


def failed_import(controls: Iterable[Control]) -> Control | None:
    """Return the first control that failed to import something: without it nothing can run."""
    for control in controls:
        if control.name.startswith("import ") and control.outcome is not Outcome.PASSED:
            return control
    return None


def _unended(record: Record, stopped: str) -> list[Observation]:
    """Say what became of the scenarios that were started and not ended."""
    if record.finished:
        outcome = Outcome.ERRORED
        error = Error(type="UnreadableRecord", message="what was seen could not be read")
    elif stopped:
        outcome = Outcome.TIMED_OUT
        error = Error(type="TimedOut", message="it did not end", traceback=stopped)
    else:
        outcome = Outcome.CRASHED
        error = Error(type="Crashed", message="its process ended in the middle of it")
    return [
        Observation(scenario=scenario, pattern=pattern, outcome=outcome, error=error)
        for scenario, pattern in record.in_flight
    ]


def _not_run(pair: Pair) -> Observation:
    return Observation(scenario=pair[0], pattern=pair[1], outcome=Outcome.NOT_RUN)


def _badness(seen: Observation) -> int:
    return _WORSE.index(seen.outcome)


def _read(so_far: _Reading, event: Mapping[str, Json]) -> None:
    """Add one more event to what has been read."""
    match event.get("event"):
        case "header":
            header = _header(event)
            so_far.header = so_far.header or header
        case "control":
            so_far.controls.append(control(event))
        case "probed":
            so_far.probed = True
        case "planned":
            so_far.planned = _pairs(event)
        case "start":
            so_far.started[_pair([event.get("scenario"), event.get("pattern")])] = None
        case "observation":
            so_far.observations.append(_seen(event))
        case "collection-failed":
            so_far.uncollected.append(f"{text_at(event, 'where')}: {text_at(event, 'text')}")
        case "footer":
            so_far.finished = True
        case _:
            raise Unsound("no event that a record has")


def _header(event: Mapping[str, Json]) -> Header:
    if event.get("schema") != SCHEMA:
        raise Unsound(f"a record of another schema than {SCHEMA}")
    return Header(python=text_at(event, "python"), packages=texts_at(event, "packages"))


def _pairs(event: Mapping[str, Json]) -> tuple[Pair, ...]:
    return tuple(map(_pair, list_at(event, "observations")))


def _pair(value: Json) -> Pair:
    match value:
        case [str(scenario), str(pattern)] if scenario and pattern:
            return ScenarioId(scenario), PatternName(pattern)
    raise Unsound("no pair of a scenario and a pattern")


def _seen(event: Mapping[str, Json]) -> Observation:
    seen = observation(event)
    if seen.outcome not in _SEEN:
        raise Unsound(f"a process cannot say {seen.outcome} of itself")
    return seen


def control(value: Mapping[str, Json]) -> Control:
    """Read a control from its JSON object; raise Unsound where it is none."""
    try:
        party, outcome = Party(text_at(value, "party")), Outcome(text_at(value, "outcome"))
    except ValueError as error:
        raise Unsound(str(error)) from None
    return Control(
        name=text_at(value, "name"),
        party=party,
        outcome=outcome,
        error=error_at(value, "error"),
        seconds=seconds_at(value),
    )


def observation(value: Mapping[str, Json]) -> Observation:
    """Read an observation from its JSON object; raise Unsound where it is none."""
    try:
        outcome = Outcome(text_at(value, "outcome"))
    except ValueError as error:
        raise Unsound(str(error)) from None
    scenario, pattern = _pair([value.get("scenario"), value.get("pattern")])
    return Observation(
        scenario=scenario,
        pattern=pattern,
        outcome=outcome,
        reason=text_at(value, "reason"),
        error=error_at(value, "error"),
        evidence=object_at(value, "evidence"),
        warnings=tuple(_text(warning) for warning in list_at(value, "warnings")),
        seconds=seconds_at(value),
    )


def read_object(text: str) -> Mapping[str, Json]:
    """Read a JSON object that can be written again as it is; raise Unsound where it is none."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except ValueError as error:
        raise Unsound(str(error)) from None
    if not isinstance(value, dict):
        raise Unsound("no JSON object")
    return {_text(key): _clean(part) for key, part in value.items()}


def _no_number(constant: str) -> float:
    raise Unsound(f"{constant} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _clean(value: Json, depth: int = 0) -> Json:
    """Replace halves of characters, which no file takes, in every text of a JSON value."""
    if depth > _DEPTH:
        raise Unsound(f"nested deeper than {_DEPTH}")
    match value:
        case str():
            return _text(value)
        case Mapping():
            return {_text(key): _clean(part, depth + 1) for key, part in value.items()}
        case list():
            return [_clean(part, depth + 1) for part in value]
        case _:
            return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Unsound("no text")
    return value.encode("utf-8", "replace").decode("utf-8")


def text_at(value: Mapping[str, Json], key: str) -> str:
    """Return the text at `key`."""
    return _text(value.get(key))


def list_at(value: Mapping[str, Json], key: str) -> list[Json]:
    """Return the list at `key`."""
    found = value.get(key)
    if not isinstance(found, list):
        raise Unsound(f"{key}: no list")
    return found


def object_at(value: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """Return the object at `key`."""
    found = value.get(key)
    if not isinstance(found, Mapping):
        raise Unsound(f"{key}: no object")
    return found


def texts_at(value: Mapping[str, Json], key: str) -> Mapping[str, str]:
    """Return the object at `key`, whose values are texts."""
    return {name: _text(part) for name, part in object_at(value, key).items()}


def error_at(value: Mapping[str, Json], key: str) -> Error | None:
    """Return the error at `key`; None where there was none."""
    if value.get(key) is None:
        return None
    error = object_at(value, key)
    return Error(
        type=text_at(error, "type"),
        message=text_at(error, "message"),
        traceback=text_at(error, "traceback"),
    )


def seconds_at(value: Mapping[str, Json], key: str = "seconds") -> float:
    """Return the duration at `key`."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise Unsound(f"{key}: no duration")
    try:
        return float(found)
    except OverflowError as error:
        raise Unsound(str(error)) from None
