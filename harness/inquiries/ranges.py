"""Which releases of one package work with which of another: what to run, and what follows from it.

Pure. Release lines are not monotonic, so nothing here halves an interval. What is not run is
*inferred*, under one assumption, and is always marked: two releases of one minor series, with the
same other packages installed beside them, that show the same have nothing else between them, as
long as no more than `STEP` releases lie between and none of those was replaced within `HASTY` days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from typing import TypeAlias

from packaging.version import Version

STEP = 7
"""So many releases in a row are inferred at most."""
HASTY = timedelta(days=7)
"""A release that was replaced this soon is run: that is how a regression is mended."""

Place: TypeAlias = tuple[int, int]
"""A combination: the number of the release of the one, and that of the other."""


class Kind(StrEnum):
    """What a combination shows."""

    WORKS = "works"
    IN_ITS_TIME = "works in its time"
    """It breaks today, and works with the other packages of its time: a third one is to blame."""
    WITHOUT_ADMIN = "works without Flask-Admin"
    """The question is not about Flask-Admin, and nothing breaks but Flask-Admin."""
    BROKEN = "breaks"
    NOT_ALLOWED = "is not allowed"
    """The metadata of the packages forbid it."""
    NOT_BUILT = "cannot be installed"
    UNKNOWN = "is not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Showing:
    """What a combination shows, and why."""

    kind: Kind
    cause: str = ""
    site: str = ""
    """Where the call that fails is made: the same place with another message is one cause."""
    patterns: tuple[str, ...] = ()
    """The patterns that work."""

    @property
    def same(self) -> Hashable:
        """What two combinations that show the same have in common."""
        if self.kind in (Kind.NOT_ALLOWED, Kind.NOT_BUILT):
            return (self.kind,)  # the reason names the very releases, so it is never the same text
        return (self.kind, self.cause, self.patterns)


class Basis(StrEnum):
    """How it is known what a combination shows."""

    RUN = "run"
    INFERRED = "inferred"
    METADATA = "metadata"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What is said of a combination, and on what basis."""

    showing: Showing
    basis: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """The releases of a package that are asked about, oldest first."""

    name: str
    releases: tuple[Version, ...]
    suspects: frozenset[int] = frozenset()
    """The numbers of those that are run whatever their neighbours show."""
    gaps: frozenset[int] = frozenset()
    """The numbers of those before which there are releases that nobody asked about."""

    def stretch(self, number: int) -> int:
        """Return which stretch without a gap a release lies in."""
        return sum(gap <= number for gap in self.gaps)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Every combination of two lines.

    `company` holds, for each that the metadata allow, the packages installed beside the two.
    """

    a: Line
    b: Line
    company: Mapping[Place, Hashable] = field(default_factory=dict)

    @property
    def places(self) -> Iterator[Place]:
        """Every combination, row by row."""
        columns = range(len(self.b.releases))
        return ((i, j) for i in range(len(self.a.releases)) for j in columns)


def series(version: Version) -> tuple[int, ...]:
    """Return the minor series that a release belongs to."""
    return (version.epoch, version.major, version.minor)


def hasty(
    releases: Sequence[Version], uploaded: Sequence[datetime | None], within: timedelta = HASTY
) -> frozenset[int]:
    """Return the numbers of the releases that another of the same series soon replaced."""
    times = list(zip(releases, uploaded, strict=True))
    return frozenset(
        at
        for at, ((one, then), (other, later)) in enumerate(pairwise(times))
        if series(one) == series(other) and then and later and later - then <= within
    )


# What to run next -------------------------------------------------------------------------------


def next_places(
    grid: Grid, seen: Mapping[Place, Showing], *, every: bool = False
) -> tuple[Place, ...]:
    """Return the combinations to run next, given what was seen; none where all is answered."""
    if every:
        return tuple(place for place in grid.places if place in grid.company and place not in seen)
    mains = [i for block in _blocks(grid) for i in _ends(block, grid.a.suspects)]
    telling = grid.b.suspects | _changing(grid, seen, mains)
    anchors = {
        (i, j) for i in mains for segment in _segments(grid, i) for j in _ends(segment, telling)
    }
    todo = anchors - seen.keys()
    if not todo:
        todo = {place for i in mains for place in _between(grid, i, seen)}
    if not todo:
        inferred = _inferred(grid, seen, mains)
        todo = {p for p in grid.places if p in grid.company and p not in inferred}
    return tuple(sorted(todo))


def odd(grid: Grid, seen: Mapping[Place, Showing]) -> tuple[Place, ...]:
    """Return what shows other than both its neighbours, which agree: that is to be seen twice."""
    found = []
    for i in range(len(grid.a.releases)):
        row = [(i, j) for j in range(len(grid.b.releases)) if (i, j) in grid.company]
        for one, place, other in zip(row, row[1:], row[2:], strict=False):
            left, own, right = (seen.get(at) for at in (one, place, other))
            if left and own and right and _agree(left, right) and not _agree(left, own):
                found.append(place)
    return tuple(found)


def answer(grid: Grid, seen: Mapping[Place, Showing]) -> Mapping[Place, Found]:
    """Return what is known of every combination; what nobody ran and nothing tells is not known."""
    mains = [i for block in _blocks(grid) for i in _ends(block, grid.a.suspects)]
    inferred = _inferred(grid, seen, mains)
    found = {}
    for place in grid.places:
        if place in seen:
            basis = Basis.RUN if place in grid.company else Basis.METADATA
            found[place] = Found(showing=seen[place], basis=basis)
        elif place in inferred:
            found[place] = Found(showing=inferred[place], basis=Basis.INFERRED)
        else:
            nobody = Showing(kind=Kind.UNKNOWN, cause="it was not run")
            found[place] = Found(showing=nobody, basis=Basis.NOTHING)
    return found


def _blocks(grid: Grid) -> list[list[int]]:
    """Return the rows by series, split where the company of some column changes."""
    columns = range(len(grid.b.releases))

    def kin(i: int) -> Hashable:
        beside = tuple(grid.company.get((i, j)) for j in columns)
        return (series(grid.a.releases[i]), beside)

    return [list(rows) for _, rows in groupby(range(len(grid.a.releases)), key=kin)]


def _segments(grid: Grid, i: int) -> list[list[int]]:
    """Return the columns of a row by series, split where the company changes."""

    def kin(j: int) -> Hashable:
        return ((i, j) in grid.company, series(grid.b.releases[j]), grid.company.get((i, j)))

    found = groupby(range(len(grid.b.releases)), key=kin)
    return [list(columns) for key, columns in found if key[0]]  # type: ignore[index]  # a tuple


def _ends(numbers: Sequence[int], telling: Iterable[int]) -> list[int]:
    """Return first and last, those that are told to be run, and some between."""
    chosen = {numbers[0], numbers[-1], *(set(telling) & set(numbers))}
    chosen |= set(numbers[:: STEP + 1])
    return sorted(chosen)


def _changing(grid: Grid, seen: Mapping[Place, Showing], mains: Iterable[int]) -> frozenset[int]:
    """Return the columns at which some row changes within a series: looked at in every row."""
    found: set[int] = set()
    for i in mains:
        for segment in _segments(grid, i):
            for one, other in pairwise(segment):
                left, right = seen.get((i, one)), seen.get((i, other))
                if left and right and not _agree(left, right):
                    found |= {one, other}
    return frozenset(found)


def _between(grid: Grid, i: int, seen: Mapping[Place, Showing]) -> Iterator[Place]:
    """Yield what lies between two neighbours of a row that differ."""
    for segment in _segments(grid, i):
        ran = [j for j in segment if (i, j) in seen]
        for one, other in pairwise(ran):
            if not _agree(seen[i, one], seen[i, other]):
                yield from ((i, j) for j in segment if one < j < other)


def _inferred(
    grid: Grid, seen: Mapping[Place, Showing], mains: Sequence[int]
) -> dict[Place, Showing]:
    """Return everything that was seen and everything that follows from it."""
    known = dict(seen)
    for i in mains:
        for segment in _segments(grid, i):
            ran = [j for j in segment if (i, j) in seen]
            for one, other in pairwise(ran):
                if _agree(seen[i, one], seen[i, other]):
                    between = [j for j in segment if one < j < other]
                    known |= {(i, j): seen[i, one] for j in between}
    columns = range(len(grid.b.releases))
    for block in _blocks(grid):
        for one, other in pairwise(i for i in block if i in mains):
            for j in columns:
                above, below = known.get((one, j)), known.get((other, j))
                if (one, j) in grid.company and above and below and _agree(above, below):
                    rows = [i for i in block if one < i < other]
                    known |= {(i, j): above for i in rows}
    return known


def _agree(one: Showing, other: Showing) -> bool:
    return one.kind is not Kind.UNKNOWN and one.same == other.same


# One cause, many messages -------------------------------------------------------------------------


def with_one_cause(seen: Mapping[Place, Showing]) -> dict[Place, Showing]:
    """Return the same, with one text for every failure of the same message or the same place."""
    told = [one for one in seen.values() if one.cause]
    parent: dict[Hashable, Hashable] = {}

    def root(key: Hashable) -> Hashable:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for one in told:
        if one.site:
            parent[root(("cause", one.cause))] = root(("site", one.site))
    counts = Counter(one.cause for one in told)
    texts: dict[Hashable, list[str]] = {}
    for cause in counts:
        texts.setdefault(root(("cause", cause)), []).append(cause)
    first = {
        cause: min(group, key=lambda text: (-counts[text], text))
        for group in texts.values()
        for cause in group
    }
    return {
        place: replace(one, cause=first[one.cause]) if one.cause else one
        for place, one in seen.items()
    }
