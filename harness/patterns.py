"""The patterns in which a session reaches Flask-Admin: their names, their order, the controls."""

from __future__ import annotations

from harness.model import PatternName

IN_CONTEXT = "@context"
"""What ends the name of a pattern whose views are added inside an application context."""

BASES = ("db-session", "db", "lazy-session", "scoped-session", "local-proxy", "bare-session")
CONTROLS = frozenset({"bare-session"})
PREFERENCE = ("db", "db-session", "scoped-session", "local-proxy", "lazy-session")
"""Which of several patterns that are equally good to recommend: the simplest first."""

PATTERNS = tuple(PatternName(base + place) for base in BASES for place in ("", IN_CONTEXT))


def base_of(pattern: PatternName) -> str:
    """Give the pattern's name without the place where the views are added."""
    return pattern.removesuffix(IN_CONTEXT)


def is_in_context(pattern: PatternName) -> bool:
    """Whether the views are added inside an application context."""
    return pattern.endswith(IN_CONTEXT)


def is_control(pattern: PatternName) -> bool:
    """Whether the pattern is broken on purpose, so that the scenarios must catch it."""
    return base_of(pattern) in CONTROLS


def rank(pattern: PatternName) -> tuple[int, str, bool]:
    """Give the key that sorts patterns as reports show them; names that nobody knows come last."""
    base = base_of(pattern)
    place = BASES.index(base) if base in BASES else len(BASES)
    return place, base, is_in_context(pattern)
