"""Declared floors against what works at them: values, and the reports made of them; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.inquiries.bounds import Bound, true_line
from harness.inquiries.edge import Boundary
from harness.model import Json
from harness.report.markdown import code, escaped, table

SCHEMA = 1
_MEANS = (
    "Each lower bound of Requires-Dist is tested with that package at exactly its floor, and"
    " everything else as new as it may be beside it. A floor is *false* where something fails"
    " there that works with the newest. Where it takes other packages down and something fails,"
    " it is tested again with that package alone at its floor."
)


class Standing(StrEnum):
    """What a floor is worth."""

    HOLDS = "holds"
    """With the package at exactly its floor nothing fails that works with the newest."""
    FALSE = "false"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """One declared floor, tested alone: everything else as new as it may be."""

    bound: Bound
    python: str
    at: str
    """The release that was tested: the oldest that the line allows; "" where there is none."""
    beside: str
    """What else was chosen, and why where that is not simply the newest."""
    standing: Standing
    cause: tuple[str, ...] = ()
    """What fails at the floor and not with the newest; or why nothing is known."""
    lifted_by: str = ""
    """Why no installer goes down to the floor; it was then tested against the metadata."""
    along: str = ""
    """What else it takes down as it is declared, and what that shows: no finding about it."""
    edge: Boundary | None = None
    packages: tuple[tuple[str, str], ...] = ()
    """The main packages that stood in the environment of the floor."""

    @property
    def line(self) -> str:
        """The line of metadata that would be true; "" where the declared one is."""
        if self.standing is not Standing.FALSE or self.edge is None:
            return ""
        return true_line(self.bound.requirement, at_least=self.edge.works)


def compared(texts: frozenset[str], newest: frozenset[str]) -> tuple[Standing, tuple[str, ...]]:
    """Tell what a floor is worth from what fails at it and what fails with the newest."""
    new = tuple(sorted(texts - newest))
    return (Standing.FALSE, new) if new else (Standing.HOLDS, ())


def to_json(found: Sequence[Floor], generated: str, how: str) -> str:
    """Return the floors as JSON."""
    data: dict[str, Json] = {
        "schema": SCHEMA,
        "generated": generated,
        "how": how,
        "floors": [_data(one) for one in found],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _data(one: Floor) -> dict[str, Json]:
    edge = one.edge
    return {
        "package": one.bound.package,
        "version": one.bound.version,
        "requirement": one.bound.requirement,
        "dependency": one.bound.dependency,
        "python": one.python,
        "tested": one.at,
        "beside": one.beside,
        "standing": one.standing,
        "cause": list(one.cause),
        "lifted_by": one.lifted_by,
        "along": one.along,
        "lowest_that_works": edge.works if edge else None,
        "newest_that_fails": edge.fails if edge else None,
        "releases_run": edge.run if edge else 0,
        "no_answer": list(edge.silent) if edge else [],
        "true_line": one.line,
        "packages": dict(one.packages),
    }


def to_markdown(found: Sequence[Floor], generated: str, how: str) -> str:
    """Return the floors as a page."""
    counts = ", ".join(f"{sum(one.standing is kind for one in found)} {kind}" for kind in Standing)
    parts = [
        "# Declared floors, tested alone",
        f"Made by `nox -s floors` on {generated[:10]}. {how}",
        _MEANS,
        f"**{len(found)} floors: {counts}.**",
        _section("False floors", (one for one in found if one.standing is Standing.FALSE)),
        _section("Not known", (one for one in found if one.standing is Standing.UNKNOWN)),
        _section("Floors that hold", (one for one in found if one.standing is Standing.HOLDS)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, found: Iterable[Floor]) -> str:
    rows = [_row(one) for one in found]
    head = ("release", "declares", "tested", "what was seen", "would be true")
    return f"## {title}\n\n{table(head, rows)}" if rows else ""


def _row(one: Floor) -> tuple[str, ...]:
    told = [escaped(text) for text in one.cause[:2]]
    if len(one.cause) > len(told):
        told.append(f"and {len(one.cause) - len(told)} more")
    if one.lifted_by:
        told.append(f"installed against the metadata: {escaped(one.lifted_by)}")
    if one.along:
        told.append(f"by itself, against the metadata: {escaped(one.along)}")
    if one.edge:
        told.append(_edge(one.bound.dependency, one.edge))
    stood = ", ".join(" ".join(package) for package in one.packages)
    told.append(f"Python {one.python}; {escaped(one.beside)}" + (f": {stood}" if stood else ""))
    return (
        f"{one.bound.package} {one.bound.version}",
        code(one.bound.requirement),
        f"{one.bound.dependency} {one.at}",
        "<br>".join(told),
        code(one.line),
    )


def _edge(name: str, edge: Boundary) -> str:
    silent = f"; no answer from {', '.join(edge.silent)}" if edge.silent else ""
    return (
        f"{name} {edge.works} works, {edge.fails} does not ({edge.run} releases run between the"
        f" floor and the newest, the rest inferred{silent})"
    )
