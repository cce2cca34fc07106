"""How many checks passed, failed, did not apply, told apart wherever they are counted; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from harness.model import JudgedCell, Observation, Outcome, PatternName, Verdict
from harness.patterns import NEUTRAL, is_control, is_in_context, preference


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """The checks of one way to hand the session over, by what they showed."""

    passed: int = 0
    failed: int = 0
    absent: int = 0
    """They do not apply there."""
    unknown: int = 0

    @property
    def told(self) -> str:
        """The counts in words: `106 checks pass, 4 fail, 9 do not apply`."""
        parts = [f"{_checks(self.passed)} {'passes' if self.passed == 1 else 'pass'}"]
        parts += [f"{self.failed} {'fails' if self.failed == 1 else 'fail'}"] if self.failed else []
        does = "does" if self.absent == 1 else "do"
        parts += [f"{self.absent} {does} not apply"] if self.absent else []
        parts += [f"{self.unknown} without a result"] if self.unknown else []
        return ", ".join(parts)


def _checks(count: int) -> str:
    return f"{count or 'no'} check{'' if count == 1 else 's'}"


def counted(observations: Iterable[Observation], patterns: Collection[PatternName]) -> Counts:
    """Count the checks under these patterns, and those that hold for every pattern.

    Of one check under several patterns the best counts: what is asked is what one of them does.
    """
    best: dict[str, Outcome] = {}
    for seen in observations:
        if seen.pattern in patterns or seen.pattern == NEUTRAL:
            best[seen.scenario] = min(
                best.get(seen.scenario, seen.outcome), seen.outcome, key=_RANK.index
            )
    count = Counter(best.values())
    return Counts(
        passed=count[Outcome.PASSED],
        failed=count[Outcome.FAILED],
        absent=count[Outcome.NOT_APPLICABLE],
        unknown=sum(count[one] for one in _UNKNOWN),
    )


_UNKNOWN = (Outcome.ERRORED, Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.NOT_RUN)
_RANK = (Outcome.PASSED, Outcome.FAILED, *_UNKNOWN, Outcome.NOT_APPLICABLE)


def nearest(judged: JudgedCell) -> PatternName:
    """Return the pattern to count the checks of: the one to use, else the one that passes most."""
    names = [name for name in judged.verdicts if not is_control(name) and name != NEUTRAL]

    def key(name: PatternName) -> tuple[bool, int, int, bool]:
        works = judged.verdicts[name].verdict is Verdict.COMPATIBLE
        passed = 0 if works else counted(judged.result.observations, (name,)).passed
        return not works, -passed, preference(name), is_in_context(name)

    return min(names, key=key, default=NEUTRAL)
