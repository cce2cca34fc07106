"""What was declared and what was measured, as JSON and as a page; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.allowed import Answer
from harness.config import Rule
from harness.inquiries.blame_text import blame_data, blame_lines
from harness.inquiries.declared import Incompatibility, Row
from harness.inquiries.edge import Boundary
from harness.inquiries.forbids import Forbidden
from harness.model import Json
from harness.report.markdown import bullets, code, escaped, folded, table

SCHEMA = 1
_SHOWN = 12
"""How many cells are named before the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """All that `nox -s declared` found."""

    generated: str
    table: str
    """When the table was measured."""
    how: str
    combinations: int
    """Of the whole matrix."""
    allowed: int
    """How many of those no constraint leaves out."""
    rows: tuple[Row, ...]
    found: tuple[Incompatibility, ...]
    untestable: tuple[Forbidden, ...] = ()
    unfounded: tuple[Rule, ...] = ()
    unlisted: tuple[Forbidden, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """What was looked up by hand about an incompatibility or a bound, by its key."""

    def having(self, answer: Answer) -> tuple[Row, ...]:
        """Return the rows with an answer."""
        return tuple(one for one in self.rows if one.answer is answer)


def declared_to_json(all_of_it: Declared) -> str:
    """Return it as JSON."""
    data: dict[str, Json] = {
        "schema": SCHEMA,
        "generated": all_of_it.generated,
        "table": all_of_it.table,
        "how": all_of_it.how,
        "combinations": all_of_it.combinations,
        "allowed": all_of_it.allowed,
        "answers": {kind: len(all_of_it.having(kind)) for kind in Answer},
        "undeclared": [_incompatibility(one, all_of_it.notes) for one in all_of_it.found],
        "rows": [_row(one) for one in all_of_it.rows],
        "untestable": [
            {"levels": one.told, "by": one.by, "combinations": one.combinations}
            for one in all_of_it.untestable
        ],
        "constraints_without_metadata": [one.reason for one in all_of_it.unfounded],
        "metadata_without_constraint": [f"{x.told}: {x.by}" for x in all_of_it.unlisted],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _row(one: Row) -> dict[str, Json]:
    return {
        "name": one.name,
        "combination": dict(one.combination),
        "answer": one.answer,
        "allowed": one.allowed,
        "works": one.works,
        "how": one.how,
        "forbidden_by": list(one.forbidden_by),
        "against": list(one.against),
        "beside": list(one.beside),
        "patterns": list(one.patterns),
        "cause": list(one.cause),
        "covers": list(one.covers),
        "packages": dict(sorted(one.packages.items())),
    }


def _incompatibility(one: Incompatibility, notes: Mapping[str, str]) -> dict[str, Json]:
    return {
        "key": one.pair.key,
        "package": " ".join(one.pair.subject),
        "with": one.pair.other.told if one.pair.other else None,
        "declared": one.declared,
        "true_line": one.line,
        "boundary": _boundary(one.boundary) if one.boundary else None,
        "cells": list(one.cells),
        "versions": list(one.versions),
        "upstream": notes.get(one.note),
        **blame_data(one.blame),
    }


def _boundary(edge: Boundary) -> dict[str, Json]:
    return {
        "works": edge.works,
        "fails": edge.fails,
        "releases_run": edge.run,
        "no_answer": list(edge.silent),
    }


# The page -----------------------------------------------------------------------------------------


def declared_to_markdown(all_of_it: Declared) -> str:
    """Return it as a page."""
    real = [one for one in all_of_it.found if not one.is_ours]
    ours = [one for one in all_of_it.found if one.is_ours]
    parts = [
        "# Declared against actual",
        _preface(all_of_it),
        _counts(all_of_it),
        _incompatibilities("Undeclared incompatibilities", real, all_of_it.notes),
        _incompatibilities("The harness's own: no incompatibility", ours, all_of_it.notes),
        _rows("Forbidden but works", all_of_it.having(Answer.LIFTABLE), all_of_it.notes),
        _rows("Forbidden and broken", all_of_it.having(Answer.RIGHT), all_of_it.notes),
        _rows("Not known", all_of_it.having(Answer.UNKNOWN), all_of_it.notes),
        _untestable(all_of_it.untestable),
        _constraints(all_of_it),
        _every(all_of_it),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _preface(all_of_it: Declared) -> str:
    return (
        f"Made by `nox -s declared` on {all_of_it.generated[:10]} from the table of"
        f" {all_of_it.table[:10]}. {all_of_it.how}\n\n"
        f"Of {all_of_it.combinations} combinations of the matrix the metadata allow"
        f" {all_of_it.allowed}; the table holds cells that cover every pair of levels among them."
    )


def _counts(all_of_it: Declared) -> str:
    rows = []
    for kind in Answer:
        found = all_of_it.having(kind)
        from_table = sum(one.how == "the table" for one in found)
        rows.append((kind, str(len(found)), str(from_table), str(len(found) - from_table)))
    return table(("answer", "rows", "of the table", "of experiments"), rows)


def _incompatibilities(
    title: str, found: Sequence[Incompatibility], notes: Mapping[str, str]
) -> str:
    if not found:
        return ""
    told = [_told(number, one, notes) for number, one in enumerate(found, start=1)]
    return "\n\n".join([f"## {title}", *told])


def _told(number: int, one: Incompatibility, notes: Mapping[str, str]) -> str:
    subject = " ".join(one.pair.subject)
    other = f" with {one.pair.other.told}" if one.pair.other else " by itself"
    lines = [
        f"Declared: {code(one.declared) if one.declared else 'nothing'}" if one.pair.other else "",
        f"**Would be true: {code(one.line)}**" if one.line else "No line of metadata would help",
        _edge(one) if one.boundary else "",
        f"Seen with {one.pair.subject[0]} {', '.join(one.versions)}" if one.versions else "",
        *blame_lines(one.blame),
        f"Cells ({len(one.cells)}): {_some(one.cells)}" if one.cells else "",
        f"Upstream, looked up by hand: {notes[one.note]}" if one.note in notes else "",
    ]
    return f"### {number}. {escaped(subject + other)}\n\n" + bullets(x for x in lines if x)


def _edge(one: Incompatibility) -> str:
    edge = one.boundary
    if edge is None or one.pair.other is None:
        return ""
    silent = f"; no answer from {', '.join(edge.silent)}" if edge.silent else ""
    return (
        f"Measured: {one.pair.other.package} {edge.works} works, {edge.fails} does not"
        f" ({edge.run} releases run on the way to the two, the others are inferred{silent})"
    )


def _some(names: Sequence[str]) -> str:
    told = ", ".join(code(one) for one in names[:_SHOWN])
    return f"{told} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else told


def _rows(title: str, found: Sequence[Row], notes: Mapping[str, str]) -> str:
    rows = []
    for one in found:
        cause = [escaped(text) for text in one.cause[:2]]
        told = [
            "passes with " + ", ".join(one.patterns) if one.patterns else "",
            *cause,
            f"and {len(one.cause) - 2} more" if len(one.cause) > len(cause) else "",
            *(notes[text] for text in one.forbidden_by if text in notes),
        ]
        rows.append(
            (
                escaped(one.name),
                "<br>".join(escaped(text) for text in one.forbidden_by),
                _how(one),
                "<br>".join(text for text in told if text),
            )
        )
    head = ("combination", "forbidden by", "how it was tested", "what was seen")
    return f"## {title}\n\n{table(head, rows)}" if rows else ""


def _how(one: Row) -> str:
    against = f" with {', '.join(code(x) for x in one.against)}" if one.against else ""
    return escaped(one.how) + against


def _untestable(found: Sequence[Forbidden]) -> str:
    if not found:
        return ""
    rows = [(escaped(one.told), escaped(one.by), str(one.combinations)) for one in found]
    told = (
        "Requires-Python forbids these. No installer makes them unless it is told to ignore that"
        " (`pip install --ignore-requires-python`), so that nothing is known of them."
    )
    head = ("levels", "forbidden by", "combinations")
    return f"## Not testable\n\n{told}\n\n{table(head, rows)}"


def _constraints(all_of_it: Declared) -> str:
    lines = [
        *(f"no metadata bear out: {escaped(one.reason)}" for one in all_of_it.unfounded),
        *(f"not in the matrix: {escaped(x.told)}: {escaped(x.by)}" for x in all_of_it.unlisted),
    ]
    told = bullets(lines) if lines else "Each is borne out by metadata, and none is missing."
    return f"## The constraints of the matrix\n\n{told}"


def _every(all_of_it: Declared) -> str:
    rows = [
        (
            escaped(one.name),
            one.answer,
            ", ".join(code(x) for x in one.beside),
            escaped(", ".join(one.patterns[:3]) or next(iter(one.cause), "")),
        )
        for one in all_of_it.rows
    ]
    head = ("combination", "answer", "only beside", "works with, or why not")
    return "## Every row\n\n" + folded(f"{len(rows)} rows", table(head, rows))
