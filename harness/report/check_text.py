"""The answer to a check in a few lines: verdict, what to use, what is wrong, why we know; pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.drivers import DEFAULT
from harness.model import (
    EnvironmentStatus,
    JudgedCell,
    Judgement,
    Outcome,
    Party,
    PatternName,
    Verdict,
)
from harness.patterns import NEUTRAL, base_of, is_control, own, working
from harness.report import counts
from harness.report.cell_text import recommendation
from harness.report.guide import Guide

_CAUSES = 2
_PARTIES = {
    Party.ENVIRONMENT: "the packages themselves, without Flask-Admin",
    Party.LIBRARY: "the session library, without Flask-Admin",
    Party.PATTERN: "the pattern, also without Flask-Admin",
    Party.FLASK_ADMIN: "Flask-Admin: the same passes without it",
    Party.HARNESS: "the harness, and says nothing of the packages",
}


def check_to_terminal(
    judged: JudgedCell,
    guide: Guide,
    *,
    nearest: str = "",
    notes: Iterable[str] = (),
    width: int = 100,
) -> str:
    """Return the answer; `nearest` and `notes` are what was found out beside this measurement."""
    if judged.result.environment.status is EnvironmentStatus.UNKNOWN:
        said = [("not known", judged.result.environment.message), *(("note", one) for one in notes)]
        return "\n".join(_line(label, text, max(width, 60)) for label, text in said)
    # What fails where something works is no more than a way not to go.
    label = "avoid" if working(judged.verdicts) else "wrong"
    said = [
        ("verdict", _verdict(judged)),
        ("use", _use(judged, guide)),
        *((label, line) for line in _wrong(judged)),
        ("nearest pins that work", nearest),
        *(("note", line) for line in (*_beside(judged), *notes)),
        ("how it knows", _measured(judged)),
    ]
    lines = [_line(label, text, max(width, 60)) for label, text in said if text]
    return "\n".join(lines)


def _line(label: str, text: str, width: int) -> str:
    return textwrap.fill(f"{label}: {text}", width, subsequent_indent="  ", break_on_hyphens=False)


def _own(judged: JudgedCell) -> Mapping[PatternName, Judgement]:
    return own(judged.verdicts)


def _verdict(judged: JudgedCell) -> str:
    """Return what is concluded of the whole, and what was installed."""
    own = _own(judged)
    found = Counter(one.verdict for one in own.values())
    works = found[Verdict.COMPATIBLE]
    if works:
        which = f"{works} of {_count(len(own), 'pattern')} pass every check that applies"
        return f"{Verdict.COMPATIBLE}, {_ANY if NEUTRAL in own else which}"
    if not own or found[Verdict.INCONCLUSIVE] or found[Verdict.UNSUPPORTED] == len(own):
        return f"not known, {_unknown(own)}"
    if found[Verdict.IMPOSSIBLE]:
        forbidden = judged.result.environment.status is EnvironmentStatus.UNRESOLVABLE
        return f"{Verdict.IMPOSSIBLE}, this cannot be installed{' together' if forbidden else ''}"
    which = (
        f"{next(iter(own))} does not pass every check"
        if len(own) == 1
        else f"none of {len(own)} patterns passes every check"
    )
    return f"{Verdict.INCOMPATIBLE}, {_ANY if NEUTRAL in own else which}"


_ANY = "whichever the pattern"
"""What holds where nothing was run that is about the pattern."""


def _unknown(own: Mapping[PatternName, Judgement]) -> str:
    """Return why it is not known whether anything works."""
    if own and all(one.verdict is Verdict.UNSUPPORTED for one in own.values()):
        reasons = dict.fromkeys(one.because[0] for one in own.values() if one.because)
        return f"what was asked for does not apply: {'; '.join([*reasons][:_CAUSES])}"
    return f"no pattern is known to work ({_count(len(own), 'pattern')} tried)"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _use(judged: JudgedCell, guide: Guide) -> str:
    if not any(name != NEUTRAL for name in working(judged.verdicts)):
        return ""
    name, _, where = recommendation(judged).removeprefix("Use ").partition(":")
    title = guide.patterns[name].title.rstrip(".") if name in guide.patterns else ""
    return f"{name} ({title}):{where}" if title else f"{name}:{where}"


def _wrong(judged: JudgedCell) -> Iterator[str]:
    """Yield the causes, the one of most patterns first, with whose failure it is."""
    by_cause: dict[tuple[str, Party | None], list[PatternName]] = {}
    for name, one in _own(judged).items():
        if one.verdict not in (Verdict.COMPATIBLE, Verdict.UNSUPPORTED) and one.because:
            by_cause.setdefault((one.because[0], one.party), []).append(name)
    ranked = sorted(by_cause, key=lambda key: (-len(by_cause[key]), key[0]))
    everything = len(_own(judged))
    for cause, party in ranked[:_CAUSES]:
        names = by_cause[cause, party]
        under = "" if len(names) == everything else f" (under {_named(names)})"
        blamed = f"; it is {_PARTIES[party]}" if party in _PARTIES and _is_told(judged) else ""
        yield f"{cause}{under}{blamed}"
    more = len(ranked) - _CAUSES
    if more > 0:
        yield f"{more} more {'cause' if more == 1 else 'causes'}: --table tells them by pattern"


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


def _measured(judged: JudgedCell) -> str:
    """Return the measurements that all this rests on."""
    result = judged.result
    packages = result.environment.packages
    python = result.cell.combination.get("python", "")
    kind = result.cell.combination.get("database", DEFAULT)
    database = result.environment.database or kind
    ran = [one for one in result.observations if one.outcome is not Outcome.NOT_RUN]
    if not packages:
        return f"tried to install them on Python {python}, just now"
    names = {one.pattern for one in ran if not is_control(one.pattern)} - {NEUTRAL}
    best = counts.nearest(judged)
    under = f" under {best}, of {_count(len(names), 'pattern')} tried" if names else ""
    shown = dict.fromkeys(("flask", "flask-admin", "sqlalchemy", *_library(judged)))
    held = ", ".join(f"{name} {packages[name]}" for name in shown if name in packages)
    what = (
        f"{counts.counted(ran, (best,)).told}{under}"
        if ran
        else "imports and controls; no check could run"
    )
    return (
        f"{what}, run just now on Python {python} and {database} with {held}"
        f" and {len(packages.keys() - shown.keys())} more packages;"
        " --json has every result"
    )


def _library(judged: JudgedCell) -> Iterator[str]:
    own = judged.result.cell.library.partition("=")[0]
    yield from (own, "flask-sqlalchemy", "flask-sqlalchemy-lite", "werkzeug", "wtforms")
