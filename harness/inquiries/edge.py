"""Where a failure begins among the releases of a package, by halving; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from packaging.version import Version

from harness.inquiries.symptom import Shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Boundary:
    """Two releases of a package, of which the one works and the other does not."""

    works: str
    fails: str
    run: int
    silent: tuple[str, ...] = ()
    """The releases between the two, which gave no answer."""

    @property
    def first_not_known_to_work(self) -> str:
        """The release at which a cap has to stand."""
        return self.silent[0] if self.silent else self.fails


def boundary(
    releases: Sequence[Version], works: Version, fails: Version, shows: Callable[[str], Shown]
) -> Boundary:
    """Halve the way between a release that works and one that fails until the two are neighbours.

    `shows` runs a release. One that says nothing is passed over; one that fails in another way does
    not work either: the same cause has several messages. The answer is
    about these two releases: what is inferred of those beyond them rests on no run.
    """
    low, high = sorted((works, fails))
    between = [one for one in sorted(releases) if low < one < high]
    ends, run = {True: works, False: fails}, 0
    silent: list[Version] = []
    while between:
        middle = between[len(between) // 2]
        told = shows(str(middle))
        run += 1
        if told is Shown.UNKNOWN:
            between.remove(middle)
            silent.append(middle)
            continue
        ends[told is Shown.GONE] = middle
        low, high = sorted(ends.values())
        between = [one for one in between if low < one < high]
    left = tuple(str(one) for one in sorted(silent) if low < one < high)
    return Boundary(works=str(ends[True]), fails=str(ends[False]), run=run, silent=left)
