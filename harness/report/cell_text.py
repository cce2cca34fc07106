"""One cell for the terminal: what was installed, the verdict on each pattern, what to use; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

from tabulate import tabulate

from harness.drivers import DEFAULT
from harness.model import (
    Ending,
    JudgedCell,
    Judgement,
    Kind,
    PatternName,
    Problem,
    State,
    Verdict,
)
from harness.patterns import (
    NEUTRAL,
    PATTERNS,
    base_of,
    is_control,
    is_in_context,
    preference,
    working,
)
from harness.report.tally import word

_REASONS = 2
_SHOWN = ("flask", "flask-admin", "sqlalchemy", "werkzeug", "wtforms")


def cell_to_terminal(judged: JudgedCell, width: int = 100, problems: Sequence[Problem] = ()) -> str:
    """Return the lines that a person reads after one cell was measured alone."""
    return "\n".join(_lines(judged, max(width, 60), problems))


def _lines(judged: JudgedCell, width: int, problems: Sequence[Problem]) -> Iterator[str]:
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
        yield _table(judged, width, problems)
    yield ""
    yield textwrap.fill(recommendation(judged, problems), width)


def _libraries(judged: JudgedCell) -> Iterator[str]:
    for name in ("flask-sqlalchemy", "flask-sqlalchemy-lite"):
        if name in judged.result.environment.packages:
            yield name
    yield judged.result.cell.library.partition("==")[0]


def _table(judged: JudgedCell, width: int, problems: Sequence[Problem]) -> str:
    room = max(width - 44, 24)
    rows = [
        (
            f"{name} (control)" if is_control(name) else name,
            word(judged.verdicts[name]),
            textwrap.fill(_because(judged.verdicts[name], problems), room),
        )
        for name in (*PATTERNS, NEUTRAL)
        if name in judged.verdicts
    ]
    return tabulate(rows, headers=("pattern", "verdict", "because"), tablefmt="simple")


def _because(told: Judgement, problems: Sequence[Problem]) -> str:
    """Return the first reasons, and how many more there are: all of them are in the JSON."""
    reasons = told.because or [f"except for {one}" for one in exceptions(told, problems)]
    more = [f"and {len(reasons) - _REASONS} more reasons"] if len(reasons) > _REASONS else []
    return "; ".join([*reasons[:_REASONS], *more])


def best(judged: JudgedCell, allowed: Collection[str] = ()) -> PatternName | None:
    """Return the pattern to use: with the fewest exceptions that nobody allows, then the simplest.

    None where no pattern works.
    """
    return min(
        working(judged.verdicts),
        key=lambda name: (
            len(set(judged.verdicts[name].problems) - set(allowed)),
            -1 if name == NEUTRAL else preference(name),
            is_in_context(name),
        ),
        default=None,
    )


def recommendation(judged: JudgedCell, problems: Sequence[Problem] = ()) -> str:
    """Return what to use with these packages, in a sentence that the verdicts bear out."""
    name = best(judged)
    if name is None:
        unknown = any(one.verdict is Verdict.INCONCLUSIVE for one in judged.verdicts.values())
        return (
            "No pattern is known to work." if unknown else "No pattern works with these packages."
        )
    works = working(judged.verdicts)
    told = (
        "What was asked for works with these packages, whichever the pattern"
        if name == NEUTRAL
        else f"Use {base_of(name)}: it works{_where(base_of(name), works)}"
    )
    needs = exceptions(judged.verdicts[name], problems)
    told += f", except {'; '.join(f'for {one}' for one in needs)}" if needs else ""
    return ". ".join([told, *conditions(judged.verdicts[name], problems)]) + "."


def exceptions(told: Judgement, problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return what of an application meets the problems of what works but for them.

    What loses data without an error comes first.
    """
    if told.state is not State.WORKS_EXCEPT:
        return ()
    known = {one.slug: one for one in sorted(problems, key=lambda one: not one.silent)}
    named = tuple(one.needs or slug for slug, one in known.items() if slug in told.problems)
    return (*named, *(slug for slug in told.problems if slug not in known))


def conditions(told: Judgement, problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return what has to be so of the application's own code, to be told with the advice."""
    return tuple(
        f"{one.needs} need {one.way_out}"
        for one in problems
        if one.kind is Kind.CONDITION and one.slug in told.limits
    )


def _where(base: str, works: Sequence[PatternName]) -> str:
    inside = any(base_of(name) == base and is_in_context(name) for name in works)
    outside = any(base_of(name) == base and not is_in_context(name) for name in works)
    if inside and outside:
        return ", wherever the views are added"
    if inside:
        return " where the views are added inside app.app_context()"
    return " where the views are added outside an application context"
