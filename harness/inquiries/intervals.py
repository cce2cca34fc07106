"""The answer over a grid of releases as sets of intervals, like browser-compat-data; pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from packaging.version import Version

from harness.inquiries.ranges import Basis, Found, Grid, Place, Showing


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Releases of the other package, one after another, that show the same."""

    first: Version
    last: Version
    showing: Showing
    run: int = 0
    inferred: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Releases of the one package, one after another, with the same answer."""

    first: Version
    last: Version
    spans: tuple[Span, ...]


def groups(grid: Grid, found: Mapping[Place, Found]) -> tuple[Group, ...]:
    """Return the answer as sets of intervals, oldest first; none spans what nobody asked about."""
    rows = [_spans(grid, found, i) for i in range(len(grid.a.releases))]

    def shape(i: int) -> Hashable:
        spans = tuple((one.first, one.last, one.showing.same) for one in rows[i])
        return (grid.a.stretch(i), spans)

    made = []
    for _, numbers in groupby(range(len(rows)), key=shape):
        members = list(numbers)
        alike = zip(*(rows[i] for i in members), strict=True)
        made.append(
            Group(
                first=grid.a.releases[members[0]],
                last=grid.a.releases[members[-1]],
                spans=tuple(map(_together, alike)),
            )
        )
    return tuple(made)


def _together(spans: Sequence[Span]) -> Span:
    return replace(
        spans[0],
        run=sum(one.run for one in spans),
        inferred=sum(one.inferred for one in spans),
    )


def _spans(grid: Grid, found: Mapping[Place, Found], i: int) -> tuple[Span, ...]:
    columns = range(len(grid.b.releases))
    spans = []

    def kin(j: int) -> Hashable:
        return (grid.b.stretch(j), found[i, j].showing.same)

    for _, numbers in groupby(columns, key=kin):
        members = list(numbers)
        bases = [found[i, j].basis for j in members]
        spans.append(
            Span(
                first=grid.b.releases[members[0]],
                last=grid.b.releases[members[-1]],
                showing=found[i, members[0]].showing,
                run=bases.count(Basis.RUN),
                inferred=bases.count(Basis.INFERRED),
            )
        )
    return tuple(spans)
