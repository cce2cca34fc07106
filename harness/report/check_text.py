"""The answer to a check in a few lines: state, what to write, what is wrong, why we know; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

from harness import problems as named
from harness.drivers import DEFAULT
from harness.model import (
    EnvironmentStatus,
    JudgedCell,
    Kind,
    Outcome,
    Party,
    PatternName,
    Problem,
    State,
    Verdict,
)
from harness.patterns import NEUTRAL, base_of, is_control, is_in_context, own
from harness.report import counts
from harness.report.cell_text import best, conditions, exceptions
from harness.report.guide import Guide
from harness.report.listing import essence
from harness.report.snippets import snippet
from harness.state import overall

_CAUSES = 2
_LABEL = 10
"""How wide the column of labels is."""
_PARTIES = {
    Party.ENVIRONMENT: "the packages themselves, without Flask-Admin",
    Party.LIBRARY: "the session library, without Flask-Admin",
    Party.PATTERN: "your own code's, by what is handed over",
    Party.FLASK_ADMIN: "Flask-Admin: the same passes without it",
    Party.HARNESS: "the harness, and says nothing of the packages",
}
_WORDS = {
    State.WORKS: "works",
    State.WORKS_EXCEPT: "works, except",
    State.UNSAFE: "unsafe: sessions leak or are shared",
    State.DOES_NOT_WORK: "does not work",
    State.DOES_NOT_START: "does not start",
    State.NOT_RUN: "not known",
}


def check_to_terminal(  # noqa: PLR0913 - all but two stand for themselves and have a default
    judged: JudgedCell,
    guide: Guide,
    *,
    problems: Sequence[Problem] = (),
    allowed: Collection[str] = (),
    nearest: str = "",
    notes: Iterable[str] = (),
    width: int = 100,
) -> str:
    """Return the answer; `nearest` and `notes` are what was found out beside this measurement.

    `problems` are the named ones, of which those that are `allowed` are accepted by the user.
    """
    width = max(width, 60)
    environment = judged.result.environment
    if environment.status is EnvironmentStatus.UNKNOWN:
        lines = [textwrap.fill(f"not known: {environment.message}", width)]
        return "\n".join([*lines, *(_line("note", one, width) for one in notes)])
    use = best(judged, allowed)
    # What fails where something works is no more than a way not to go.
    label = "avoid" if use else "wrong"
    said = [
        *(("but", line) for line in (conditions(judged.verdicts[use], problems) if use else ())),
        *_exceptions(judged, use, problems, allowed),
        *(("new", line) for line in _new(judged, guide)),
        *((label, line) for line in _wrong(judged)),
        ("nearest", nearest),
        *(("note", line) for line in (*_beside(judged), *notes)),
        ("run", _measured(judged, use, problems)),
    ]
    head = _headline(judged, use, problems, allowed)
    lines = [textwrap.fill(head, width, subsequent_indent="  "), *_write(judged, use, guide, width)]
    return "\n".join([*lines, *(_line(label, text, width) for label, text in said if text)])


def _line(label: str, text: str, width: int) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=label.ljust(_LABEL),
        subsequent_indent=" " * _LABEL,
        break_on_hyphens=False,
    )


def _headline(
    judged: JudgedCell,
    use: PatternName | None,
    problems: Sequence[Problem],
    allowed: Collection[str],
) -> str:
    """Return the state in words, and the packages that it is about."""
    state = overall(one.state for one in own(judged.verdicts).values())
    words = _WORDS[state]
    if absent := [*_absent(judged)]:
        words += f": it does not apply: {'; '.join(absent[:_CAUSES])}"
    if state is State.DOES_NOT_START:
        words += _why_not(judged)
    if use:
        told = judged.verdicts[use]
        words = _WORDS[told.state or state]
        needs = exceptions(told, problems)
        words += f" for {'; for '.join(needs)}" if needs else ""
        words += ", which is allowed" if needs and set(told.problems) <= set(allowed) else ""
    return f"{words} ({_held(judged)})"


def _why_not(judged: JudgedCell) -> str:
    match judged.result.environment.status:
        case EnvironmentStatus.UNRESOLVABLE:
            return ": this cannot be installed together"
        case EnvironmentStatus.UNINSTALLABLE:
            return ": this cannot be installed"
        case _:
            return ""


def _held(judged: JudgedCell) -> str:
    result = judged.result
    packages = result.environment.packages
    library = result.cell.library.partition("=")[0]
    names = dict.fromkeys(("flask-admin", library, "sqlalchemy", "flask"))
    held = [f"{name} {packages[name]}" for name in names if name in packages]
    return ", ".join([*held, f"Python {result.cell.combination.get('python', '')}"])


def _write(judged: JudgedCell, use: PatternName | None, guide: Guide, width: int) -> Iterator[str]:
    """Yield the code to write: what was measured, written out."""
    if use is None or use == NEUTRAL:
        return
    code = essence(snippet(guide.snippets, judged.result.cell.adapter, use)).strip()
    known = guide.patterns.get(base_of(use))
    if not code:
        title = known.title.rstrip(".") if known else use
        inside = ", inside `with app.app_context()`" if is_in_context(use) else ""
        yield _line("write", f"{title}{inside}", width)
        return
    call = code.removeprefix("admin.add_view(").removesuffix(")")
    lines = [call] if "\n" not in code and call != code else code.splitlines()
    for at, line in enumerate(lines):
        yield f"{'' if at else 'write':<{_LABEL}}{line}".rstrip()


def _exceptions(
    judged: JudgedCell,
    use: PatternName | None,
    problems: Sequence[Problem],
    allowed: Collection[str],
) -> Iterator[tuple[str, str]]:
    """Yield what the pattern to use works but for, the way out, and what no pattern is free of."""
    own_ = [judged.verdicts[use]] if use else list(own(judged.verdicts).values())
    met = {slug for one in own_ for slug in one.problems}
    for one in problems:
        if one.slug in met:
            since = f"; since {one.since}" if one.since else ""
            label = "allowed" if one.slug in allowed else "problem"
            whose = one.whose if " " in one.whose else f"{one.whose}'s"
            yield label, f"{one.title} ({whose}{since}; {one.slug})"
            yield "way out", one.way_out
    limits = {slug for one in own_ for slug in one.limits} if use else set()
    silent = [one.needs or one.title for one in problems if one.slug in limits and one.silent]
    told = "with every release data is lost without an error where there is"
    yield "always", f"{told} {'; '.join(silent)}" if silent else ""


def _new(judged: JudgedCell, guide: Guide) -> Iterator[str]:
    """Yield the checks that fail and that nobody has named the reason of."""
    found = {scenario for one in own(judged.verdicts).values() for scenario in one.new}
    for scenario in sorted(found):
        title = guide.titles.get(scenario, "").rstrip(".")
        yield f"not named yet: {title} ({scenario})" if title else f"not named yet: {scenario}"


def _wrong(judged: JudgedCell) -> Iterator[str]:
    """Yield the causes, the one of most patterns first, with whose failure it is."""
    by_cause: dict[tuple[str, Party | None], list[PatternName]] = {}
    everybody = own(judged.verdicts)
    for name, one in everybody.items():
        if one.verdict not in (Verdict.COMPATIBLE, Verdict.UNSUPPORTED) and one.because:
            by_cause.setdefault((one.because[0], one.party), []).append(name)
    ranked = sorted(by_cause, key=lambda key: (-len(by_cause[key]), key[0]))
    for cause, party in ranked[:_CAUSES]:
        names = by_cause[cause, party]
        under = "" if len(names) == len(everybody) else f" (under {_named(names)})"
        blamed = f"; it is {_PARTIES[party]}" if party in _PARTIES and _is_told(judged) else ""
        # What a check says of itself needs no name of a class.
        yield f"{cause.removeprefix('AssertionError: ')}{under}{blamed}"
    more = len(ranked) - _CAUSES
    if more > 0:
        yield f"{more} more {'cause' if more == 1 else 'causes'}: --table tells them by pattern"


def _absent(judged: JudgedCell) -> Iterator[str]:
    """Yield why nothing that was asked for exists here, where that is all that is wrong."""
    found = own(judged.verdicts).values()
    if all(one.verdict is Verdict.UNSUPPORTED for one in found):
        yield from dict.fromkeys(one.because[0] for one in found if one.because)


def _is_told(judged: JudgedCell) -> bool:
    return judged.result.environment.status is EnvironmentStatus.READY


def _named(names: Sequence[PatternName]) -> str:
    bases = list(dict.fromkeys(map(base_of, names)))
    return bases[0] if len(bases) == 1 else f"{bases[0]} and {len(bases) - 1} more"


def _beside(judged: JudgedCell) -> Iterator[str]:
    """Yield what is to be known of an environment that is ready all the same."""
    environment = judged.result.environment
    if environment.status is EnvironmentStatus.READY:
        yield environment.message


def _measured(judged: JudgedCell, use: PatternName | None, problems: Sequence[Problem] = ()) -> str:
    """Return the measurements that all this rests on: of the pattern to use, or of all."""
    result = judged.result
    kind = result.cell.combination.get("database", DEFAULT)
    where = f"just now on {result.environment.database or kind}"
    if not result.environment.packages:
        return "tried to install them, just now"
    ran = [one for one in result.observations if one.outcome is not Outcome.NOT_RUN]
    if not ran:
        return f"imports and controls, {where}; no check could run"
    names = {one.pattern for one in ran if not is_control(one.pattern)} - {NEUTRAL}
    under = use or counts.nearest(judged)
    counted = counts.counted(ran, (under,)).told
    limited = _limited(judged, under, problems)
    counted += f" ({limited} of the failures in every release)" if limited else ""
    tried = f"; {_count(len(names), 'way')} to hand the session over tried" if names else ""
    return f"{counted}{tried}, {where}; --table tells each way, --json everything"


def _limited(judged: JudgedCell, under: PatternName, problems: Sequence[Problem]) -> int:
    """Count the checks that fail by what tells no combination from another: limits, notes."""
    found = set()
    for one in judged.result.observations:
        if one.outcome is Outcome.FAILED and one.pattern in (under, NEUTRAL):
            error = named.told(one.error, one.reason)
            met = named.matching(problems, judged.result, one.scenario, error)
            if met and all(problem.kind is not Kind.PROBLEM for problem in met):
                found.add(one.scenario)
    return len(found)


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
