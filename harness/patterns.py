"""The patterns in which a session reaches Flask-Admin: their names, their order, the controls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from harness.model import Judgement, PatternName, ScenarioId, Verdict

Told = TypeVar("Told")

IN_CONTEXT = "@context"
"""What ends the name of a pattern whose views are added inside an application context."""

BASES = (
    "db-session",
    "db",
    "lazy-session",
    "lazy-getattr",
    "scoped-session",
    "scoped-factory",
    "scoped-factory-removed",
    "scoped-by-context",
    "scoped-by-greenlet",
    "scoped-by-context-kept",
    "scoped-by-thread-kept",
    "scoped-by-greenlet-kept",
    "local-proxy",
    "bare-session",
)
CONTROLS = frozenset({"bare-session"})
PREFERENCE = (
    "db",
    "db-session",
    "scoped-factory",
    "local-proxy",
    "lazy-session",
    "lazy-getattr",
    "scoped-factory-removed",
    "scoped-session",
    "scoped-by-context",
    "scoped-by-greenlet",
    "scoped-by-thread-kept",
    "scoped-by-context-kept",
    "scoped-by-greenlet-kept",
)
"""Which of several patterns that are equally good to recommend: the simplest first.

Sessions of the admin's own come last: beside a `db.session` they lose rows.
"""

_ONCE = frozenset(
    {
        "scoped-factory-removed",
        "scoped-by-greenlet",
        "scoped-by-context-kept",
        "scoped-by-thread-kept",
        "scoped-by-greenlet-kept",
    }
)
"""Forms of `scoped-session` that are tried outside a context only: nothing is looked up there."""

PATTERNS = tuple(
    PatternName(base + place)
    for base in BASES
    for place in ("", IN_CONTEXT)
    if not (place and base in _ONCE)
)

USUAL = tuple(
    map(
        PatternName,
        (
            "db-session",
            "db-session@context",
            "db",
            "db@context",
            "lazy-session",
            "lazy-session@context",
            "scoped-session",
            "scoped-factory",
            "bare-session",
        ),
    )
)
"""What every installation is measured under: the usual handles, each where the place of the views
can matter, and the control. The others are rare forms of them."""

NEUTRAL = PatternName("any")
"""The one pattern of scenarios that are not about the pattern: what they find holds for all."""


def base_of(pattern: PatternName) -> str:
    """Give the pattern's name without the place where the views are added."""
    return pattern.removesuffix(IN_CONTEXT)


def is_in_context(pattern: PatternName) -> bool:
    """Whether the views are added inside an application context."""
    return pattern.endswith(IN_CONTEXT)


def is_control(pattern: PatternName) -> bool:
    """Whether the pattern is broken on purpose, so that the scenarios must catch it."""
    return base_of(pattern) in CONTROLS


def own(verdicts: Mapping[PatternName, Told]) -> dict[PatternName, Told]:
    """Give what is told of patterns without what is told of the controls."""
    return {name: told for name, told in verdicts.items() if not is_control(name)}


def working(verdicts: Mapping[PatternName, Judgement]) -> tuple[PatternName, ...]:
    """Give the patterns that pass every scenario; no control."""
    found = own(verdicts).items()
    return tuple(name for name, told in found if told.verdict is Verdict.COMPATIBLE)


def narrowed(
    pairs: Iterable[tuple[ScenarioId, PatternName]],
    patterns: Collection[str],
    scenarios: Collection[str],
) -> tuple[tuple[ScenarioId, PatternName], ...]:
    """Give the pairs of these scenarios and patterns, of all where none is named.

    What is neutral is run whatever the pattern.
    """
    return tuple(
        (scenario, pattern)
        for scenario, pattern in pairs
        if (not patterns or pattern in (*patterns, NEUTRAL))
        and (not scenarios or scenario in scenarios)
    )


def rank(pattern: PatternName) -> tuple[int, str, bool]:
    """Give the key that sorts patterns as reports show them; names that nobody knows come last."""
    base = base_of(pattern)
    place = BASES.index(base) if base in BASES else len(BASES)
    return place, base, is_in_context(pattern)
