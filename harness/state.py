"""What a reader is told of a pattern in a cell: one total function, which every output asks.

Sessions decide: a session check that fails is unsafe whatever else holds. Applications annotate:
what fails by a named problem that not every application meets is an exception, beside *works*.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from harness.model import Ending, EnvironmentStatus, Guards, Kind, Outcome, Problem, State, Verdict


class Weight(StrEnum):
    """What one observation says of its pattern, the most telling first."""

    STOPS = "stops"
    """An application with one plain model cannot be built, or does not show its first page."""
    UNSAFE = "unsafe"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    EXCEPT = "except"
    """It fails for those applications only that a named problem says."""
    FINE = "fine"
    ABSENT = "absent"
    """The pattern does not exist there, or the scenario does not apply."""


class Explained(StrEnum):
    """How the named problems that a failure belongs to weigh together."""

    NOT = "not"
    EVERYBODY = "everybody"
    """Every application meets one of them."""
    SOMEBODY = "somebody"
    HARMLESS = "harmless"
    """They are limits, notes and conditions, which tell no combination from another."""


def explained(problems: Iterable[Problem]) -> Explained:
    """Return how the problems of one failure weigh: the worst of them does."""
    found = list(problems)
    real = [one for one in found if one.kind is Kind.PROBLEM]
    if not real:
        return Explained.HARMLESS if found else Explained.NOT
    return Explained.SOMEBODY if all(one.needs for one in real) else Explained.EVERYBODY


def weight(
    outcome: Outcome, guards: Guards, problems: Explained, *, builds: bool = False
) -> Weight:
    """Return what an outcome says; `builds` is the check that an application is built at all."""
    match outcome:
        case Outcome.PASSED:
            return Weight.FINE
        case Outcome.NOT_APPLICABLE:
            return Weight.ABSENT
        case Outcome.CRASHED | Outcome.TIMED_OUT | Outcome.ERRORED | Outcome.NOT_RUN:
            return Weight.UNKNOWN
        case Outcome.FAILED:
            return _weight_of_failure(guards, problems, builds=builds)


def _weight_of_failure(guards: Guards, problems: Explained, *, builds: bool) -> Weight:
    match problems:
        case Explained.HARMLESS:
            return Weight.FINE
        case Explained.SOMEBODY:
            return Weight.EXCEPT
        case Explained.NOT | Explained.EVERYBODY:
            match guards:
                case Guards.SESSIONS:
                    return Weight.STOPS if builds else Weight.UNSAFE
                case Guards.APPLICATIONS:
                    return Weight.WRONG


def telling(weights: Iterable[Weight]) -> Weight:
    """Return the weight that decides; having seen nothing is as good as not having run."""
    return min(weights, key=list(Weight).index, default=Weight.UNKNOWN)


def state_of(status: EnvironmentStatus, ending: Ending, weighs: Weight) -> State | None:
    """Return the state of a pattern in a cell; None where the pattern does not exist there."""
    match status:
        case EnvironmentStatus.UNRESOLVABLE | EnvironmentStatus.UNINSTALLABLE:
            return State.DOES_NOT_START
        case (
            EnvironmentStatus.MIS_RESOLVED
            | EnvironmentStatus.INTERPRETER_MISSING
            | EnvironmentStatus.UNKNOWN
        ):
            return State.NOT_RUN
        case EnvironmentStatus.READY:
            return _state_in_environment(ending, weighs)


def _state_in_environment(ending: Ending, weighs: Weight) -> State | None:
    match ending:
        case Ending.IMPORT_FAILED:
            return State.DOES_NOT_START
        case Ending.COMPLETED:
            return _state_when_completed(weighs)
        case Ending.CRASHED | Ending.TIMED_OUT | Ending.NOT_RUN:
            failed = weighs in (Weight.STOPS, Weight.UNSAFE, Weight.WRONG)
            return _state_when_completed(weighs) if failed else State.NOT_RUN


def _state_when_completed(weighs: Weight) -> State | None:  # noqa: PLR0911 - one a weight
    match weighs:
        case Weight.STOPS:
            return State.DOES_NOT_START
        case Weight.UNSAFE:
            return State.UNSAFE
        case Weight.WRONG:
            return State.DOES_NOT_WORK
        case Weight.UNKNOWN:
            return State.NOT_RUN
        case Weight.EXCEPT:
            return State.WORKS_EXCEPT
        case Weight.FINE:
            return State.WORKS
        case Weight.ABSENT:
            return None


def overall(states: Iterable[State | None]) -> State:
    """Return what is said of several patterns together: an application takes the best of them.

    Where none works, and of some nothing is known or none exists, it is not known.
    """
    found = [one for one in states if one is not None]
    for good in (State.WORKS, State.WORKS_EXCEPT, State.NOT_RUN):
        if good in found:
            return good
    return min(found, key=list(State).index, default=State.NOT_RUN)


def verdict_of(status: EnvironmentStatus, state: State | None) -> Verdict:
    """Return the verdict that a state comes to: an exception does not make it incompatible."""
    match state:
        case None:
            return Verdict.UNSUPPORTED
        case State.WORKS | State.WORKS_EXCEPT:
            return Verdict.COMPATIBLE
        case State.UNSAFE | State.DOES_NOT_WORK:
            return Verdict.INCOMPATIBLE
        case State.NOT_RUN:
            return Verdict.INCONCLUSIVE
        case State.DOES_NOT_START:
            ready = status is EnvironmentStatus.READY
            return Verdict.INCOMPATIBLE if ready else Verdict.IMPOSSIBLE
