"""Causes that come together, each family under the one that is seen wherever the rest is; pure.

One root shows itself in many ways: a Session that nobody closes is a connection left open, a stale
row and a transaction too many. That two failures have one root cannot be seen; that the one is seen
nowhere but where the other is can, and only that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness import patterns
from harness.model import CellId, ScenarioId
from harness.report.causes import Cause, is_first

_LONGEST = 90
_OURS = "AssertionError: "
"""What an error of the scenarios begins with: the rest is a sentence of theirs."""
_FACTS = re.compile(r": \{(?:'\w+s': \d+(?:, |\}$))+$")
"""What was counted, at the end of a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A cause and those that are seen nowhere but where it is."""

    head: Cause
    rest: tuple[Cause, ...]


def families(causes: Iterable[Cause]) -> tuple[Family, ...]:
    """Give the causes, each once, in the order of the heads."""
    found: list[tuple[Cause, list[Cause]]] = []
    for cause in causes:
        head = next((rest for head, rest in found if cause.fields <= head.fields), None)
        if head is None:
            found.append((cause, []))
        else:
            head.append(cause)
    return tuple(Family(head=head, rest=tuple(rest)) for head, rest in found)


def heading(cause: Cause) -> str:
    """Give a cause in a few words: the sentence of a scenario, or what an error begins with."""
    text = _FACTS.sub(_plain, cause.text.removeprefix(_OURS))
    if len(text) > _LONGEST:
        text = text.partition(" (")[0]
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST].rpartition(' ')[0] or text[:_LONGEST]} …"
    return text[:1].upper() + text[1:] if cause.text.startswith(_OURS) else text


def _plain(facts: re.Match[str]) -> str:
    """Give the numbers at the end of a message as people write them: `1 transaction(s)`."""
    pairs = re.findall(r"'(\w+)': (\d+)", facts[0])
    return ": " + ", ".join(
        f"{number} {name[:-1] if number == '1' else name}" for name, number in pairs
    )


def cost(cause: Cause, cells: int) -> str:
    """Give how many cells of all it costs an application, and how many of what is tried first."""
    told = f"Seen in {len(cause.cells)} of {_count(cells, 'cell')}"
    if any(name in {None, patterns.NEUTRAL} for _, name in cause.fields):
        return f"{told}, whatever the pattern"
    first: set[CellId] = {cell for cell, name in cause.fields if is_first(name)}
    return f"{told}, with `db` or `db-session` in {len(first)} of them"


def should_hold(cause: Cause, titles: Mapping[ScenarioId, str]) -> str:
    """Give what the scenario that fails most asks for, in its own words; empty without any."""
    told = titles.get(cause.foremost, "") if cause.foremost else ""
    more = len(cause.scenarios) - 1
    return f"{told} (and {_count(more, 'more scenario')})" if told and more else told


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
