"""Whom every failure of a table is to be blamed on, each asked where it stands with most others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness import patterns
from harness.inquiries import symptom
from harness.inquiries.blame import PYTHON, Blame
from harness.inquiries.blame_text import blame_data, blame_to_markdown
from harness.inquiries.inquiry import Inquiry
from harness.inquiries.symptom import Symptom
from harness.model import Json, JudgedCell, PatternName, Verdict

SCHEMA = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A pattern of a cell, with all that fails there."""

    judged: JudgedCell
    pattern: PatternName
    symptoms: tuple[Symptom, ...]


def places(table: Sequence[JudgedCell]) -> tuple[Place, ...]:
    """Return where something fails; the controls are to fail, and are not among them."""
    return tuple(
        Place(judged=judged, pattern=name, symptoms=found)
        for judged in table
        for name, told in patterns.own(judged.verdicts).items()
        if told.verdict is Verdict.INCOMPATIBLE
        if (found := symptom.symptoms(judged, name))
    )


def key(one: Symptom) -> tuple[str, str]:
    """Return what two failures of one cause have in common."""
    return one.control, one.text


def best(
    found: Sequence[Place], told: frozenset[tuple[str, str]], pythons: Sequence[str]
) -> Place | None:
    """Return where most failures stand of which nothing is told yet; None where all is told."""

    def left(one: Place) -> int:
        return len({key(x) for x in one.symptoms} - told)

    def rank(one: Place) -> tuple[bool, int, str, str]:
        cell = one.judged.result.cell
        return cell.combination[PYTHON] not in pythons, -left(one), cell.id, one.pattern

    return min((one for one in found if left(one)), key=rank, default=None)


def blamed(asked: Inquiry) -> Iterator[Blame]:
    """Yield whom each failure of the table is to be blamed on, each once."""
    found = places(asked.table)
    told: frozenset[tuple[str, str]] = frozenset()
    while (place := best(found, told, asked.pythons)) is not None:
        wanted = [one for one in place.symptoms if key(one) not in told]
        told |= {key(one) for one in wanted}
        yield from asked.blamed(place.judged, wanted)


def to_json(found: Sequence[Blame], generated: str, table: str) -> str:
    """Return all of it as JSON."""
    data: dict[str, Json] = {
        "schema": SCHEMA,
        "generated": generated,
        "table": table,
        "blames": [blame_data(one) for one in found],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def to_markdown(found: Sequence[Blame], generated: str, table: str) -> str:
    """Return all of it as a page."""
    number = len({key(x) for one in found for x in one.symptoms})
    head = (
        "# Who brings each failure about\n\n"
        f"Made by `nox -s blame` on {generated[:10]} from the table of {table[:10]}: {number}"
        " different failures, each asked in a cell where it stands, by installing another version"
        " of one package at a time and running the same scenarios again; where the metadata forbid"
        " a version, only that the failure stays with it is believed. A package belongs to the"
        " smallest set where another version of it, and nothing else, makes the failure go; where"
        " no single one does, those of the nearest cell that works are brought in together."
    )
    return f"{head}\n\n{blame_to_markdown(found)}"
