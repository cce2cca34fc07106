"""A cell's result as it can be committed: in a fixed order, short, without machine paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness import patterns
from harness.model import CellResult, Control, Error, Observation
from harness.rootcause import portable, short_warning

TRACEBACK_LENGTH = 800
_CUT = "[...]\n"


def tidied(result: CellResult) -> CellResult:
    """Give the same result whatever order it was recorded in and wherever it was measured."""
    environment = replace(result.environment, message=portable(result.environment.message))
    observations = sorted(map(_tidied_observation, result.observations), key=_place)
    return replace(
        result,
        environment=environment,
        message=portable(result.message),
        controls=tuple(_tidied_control(control) for control in result.controls),
        observations=_each_traceback_once(_each_warning_once(observations)),
    )


def tail(text: str, length: int = TRACEBACK_LENGTH) -> str:
    """Give the end of the text, by whole lines, in no more than `length` characters."""
    if len(text) <= length:
        return text
    end = text[len(_CUT) - length :]
    _, newline, lines = end.partition("\n")
    return _CUT + (lines if newline else end)


def _place(observation: Observation) -> tuple[str, tuple[int, str, bool], str]:
    return observation.scenario, patterns.rank(observation.pattern), observation.outcome


def _each_warning_once(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Give the same observations, with a warning only where a pattern showed it first.

    A deprecated call warns in every scenario: such texts would be a third of the table. The record
    of the cell keeps them all.
    """
    known: set[tuple[str, str]] = set()
    kept = []
    for seen in observations:
        fresh = tuple(text for text in seen.warnings if (seen.pattern, text) not in known)
        known.update((seen.pattern, text) for text in fresh)
        kept.append(replace(seen, warnings=fresh))
    return tuple(kept)


def _each_traceback_once(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Give the same observations, with a traceback only where its error is seen first.

    One cause fails many scenarios and patterns: their tracebacks would be most of the table. The
    record of the cell keeps them all.
    """
    known: set[tuple[str, str]] = set()
    kept = []
    for seen in observations:
        error = seen.error
        if error and (error.type, error.message) in known:
            kept.append(replace(seen, error=replace(error, traceback="")))
            continue
        if error and error.traceback:
            known.add((error.type, error.message))
        kept.append(seen)
    return tuple(kept)


def _tidied_observation(observation: Observation) -> Observation:
    return replace(
        observation,
        reason=portable(observation.reason),
        error=_tidied_error(observation.error),
        warnings=tuple(dict.fromkeys(map(short_warning, observation.warnings))),
    )


def _tidied_control(control: Control) -> Control:
    return replace(control, error=_tidied_error(control.error))


def _tidied_error(error: Error | None) -> Error | None:
    if error is None:
        return None
    message = tail(portable(error.message))
    return replace(error, message=message, traceback=tail(portable(error.traceback)))
