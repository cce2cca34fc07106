"""Whether the packages' metadata allow a cell, and whether it works: four answers; pure."""

from __future__ import annotations

from enum import StrEnum

from harness import patterns
from harness.model import EnvironmentStatus, JudgedCell, Verdict


class Answer(StrEnum):
    """What the two questions come to, whether metadata allow it and whether it works."""

    FINE = "allowed and works"
    UNDECLARED = "allowed and broken"
    RIGHT = "forbidden and broken"
    LIFTABLE = "forbidden but works"
    UNKNOWN = "not known"


def answer(*, allowed: bool, works: bool | None) -> Answer:
    """Return the answer to both questions."""
    match allowed, works:
        case True, True:
            return Answer.FINE
        case True, False:
            return Answer.UNDECLARED
        case False, True:
            return Answer.LIFTABLE
        case False, False:
            return Answer.RIGHT
        case _:
            return Answer.UNKNOWN


def answer_of(judged: JudgedCell) -> Answer:
    """Return the answer of a cell: it is allowed where the resolver found a set of packages."""
    allowed = judged.result.environment.status is not EnvironmentStatus.UNRESOLVABLE
    return answer(allowed=allowed, works=works(judged))


def works(judged: JudgedCell) -> bool | None:
    """Whether some pattern passes every scenario; None where that is not known."""
    verdicts = {one.verdict for one in patterns.own(judged.verdicts).values()}
    if Verdict.COMPATIBLE in verdicts:
        return True
    measured = judged.result.environment.status is EnvironmentStatus.READY
    unknown = Verdict.INCONCLUSIVE in verdicts or Verdict.INCOMPATIBLE not in verdicts
    return None if unknown or not measured else False
