"""One cell for the terminal: what was installed, the verdict on each pattern, what to use; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from harness.drivers import DEFAULT
from harness.model import Ending, JudgedCell, PatternName, Verdict
from harness.patterns import (
    NEUTRAL,
    PATTERNS,
    PREFERENCE,
    base_of,
    is_control,
    is_in_context,
    working,
)
from harness.report.tally import word

_REASONS = 2
_SHOWN = ("flask", "flask-admin", "sqlalchemy", "werkzeug", "wtforms")


def cell_to_terminal(judged: JudgedCell, width: int = 100) -> str:
    """Return the lines that a person reads after one cell was measured alone."""
    return "\n".join(_lines(judged, max(width, 60)))


def _lines(judged: JudgedCell, width: int) -> Iterator[str]:
    result = judged.result
    packages = result.environment.packages
    names = dict.fromkeys((*_SHOWN, *_libraries(judged)))
    held = ", ".join(f"{name} {packages[name]}" for name in names if name in packages)
    python = result.cell.combination.get("python", "")
    database = result.cell.combination.get("database", DEFAULT)
    on = f", on {database}" if database != DEFAULT else ""
    held = held or "nothing installed"
    yield textwrap.fill(f"{result.cell.id}: Python {python}, {held}{on}", width)
    if result.ending is not Ending.COMPLETED or not packages:
        told = result.message or result.environment.message
        yield textwrap.fill(f"{result.environment.status}, {result.ending}: {told}", width)
    else:
        yield ""
        yield _table(judged, width)
    yield ""
    yield textwrap.fill(recommendation(judged), width)


def _libraries(judged: JudgedCell) -> Iterator[str]:
    for name in ("flask-sqlalchemy", "flask-sqlalchemy-lite"):
        if name in judged.result.environment.packages:
            yield name
    yield judged.result.cell.library.partition("==")[0]


def _table(judged: JudgedCell, width: int) -> str:
    room = max(width - 44, 24)
    rows = [
        (
            f"{name} (control)" if is_control(name) else name,
            word(judged.verdicts[name]),
            textwrap.fill(_because(judged.verdicts[name].because), room),
        )
        for name in (*PATTERNS, NEUTRAL)
        if name in judged.verdicts
    ]
    return tabulate(rows, headers=("pattern", "verdict", "because"), tablefmt="simple")


def _because(reasons: Sequence[str]) -> str:
    """Return the first reasons, and how many more there are: all of them are in the JSON."""
    more = [f"and {len(reasons) - _REASONS} more reasons"] if len(reasons) > _REASONS else []
    return "; ".join([*reasons[:_REASONS], *more])


def recommendation(judged: JudgedCell) -> str:
    """Return what to use with these packages, in a sentence that the verdicts bear out."""
    works = working(judged.verdicts)
    if not works:
        unknown = any(one.verdict is Verdict.INCONCLUSIVE for one in judged.verdicts.values())
        return (
            "No pattern is known to work." if unknown else "No pattern works with these packages."
        )
    if NEUTRAL in works:
        return "What was asked for works with these packages, whichever the pattern."
    best = min(works, key=lambda name: (PREFERENCE.index(base_of(name)), is_in_context(name)))
    return f"Use {base_of(best)}: {_where(base_of(best), works)}."


def _where(base: str, works: Sequence[PatternName]) -> str:
    inside = any(base_of(name) == base and is_in_context(name) for name in works)
    outside = any(base_of(name) == base and not is_in_context(name) for name in works)
    if inside and outside:
        return "every check that applies passes, wherever the views are added"
    if inside:
        return "every check that applies passes where the views are added inside app.app_context()"
    return (
        "every check that applies passes where the views are added outside an application context"
    )
