"""What was asked beside the table, as the table tells it: from the files of the inquiries; pure.

Each file of `reports/declared/` and `reports/ranges/` becomes a few short tables, with its name for
all the rest. A cell is one plan's; these answers took real runs of other sets of packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from harness.allowed import Answer, answer_of
from harness.errors import BadInput
from harness.model import Beside, JudgedCell

DECLARED = "declared/declared.json"
FLOORS = "declared/floors.json"
BLAME = "declared/blame.json"
SCRIPTS = "scripts/scripts.json"
COMPANIONS = "declared/companions.json"
SINCE = "ranges/since.json"
RANGES = "ranges/*.json"
"""Every other file there is one pair of packages."""
_TABLE = "the table"
_OURS = "the harness's own"
_WAYS = ("today", "its time", "lowest allowed")
_WORKS, _BREAKS, _FORBIDDEN = "works", "breaks", "is not allowed"
"""What two releases show with each other; the last is no finding about them."""


def beside(name: str, text: str, cells: Sequence[JudgedCell]) -> tuple[Beside, ...]:
    """Give what a file of `reports/` says, by its name there; BadInput where it cannot be read."""
    return tuple(told for told in _read(name, text, cells) if told.rows)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Give the names of files in the order in which they are told."""
    return tuple(sorted(names, key=_rank))


def _rank(name: str) -> tuple[int, str]:
    order = (DECLARED, FLOORS, SINCE)
    return (order.index(name) if name in order else len(order) + (name == COMPANIONS)), name


def _read(name: str, text: str, cells: Sequence[JudgedCell]) -> Iterator[Beside]:
    makers = {
        DECLARED: _declared,
        FLOORS: _floors,
        SINCE: _since,
        BLAME: _blamed,
        COMPANIONS: _companions,
        SCRIPTS: _scripts,
    }
    try:
        yield from makers.get(name, _ranges)(json.loads(text), name, cells)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        what = f"{type(error).__name__} {error}"
        raise BadInput(f"reports/{name} cannot be read ({what}): make it again") from error


_Data = Any
"""What stands in a file: whatever is not as expected is a KeyError or TypeError, told above."""


def _declared(data: _Data, name: str, cells: Sequence[JudgedCell]) -> Iterator[Beside]:
    here = [answer_of(one) for one in cells]
    tried = [row for row in data["rows"] if row["how"] != _TABLE]
    there = [row["answer"] for row in tried]
    yield Beside(
        title="Declared against actual",
        told=(
            "Do the packages' own metadata allow it, and does it work? The cells of this table are"
            " what an installer allows; beside them, what the metadata forbid was installed against"
            f" them, and companions were left out ({data['generated'][:10]})."
            f" The metadata allow {data['allowed']} of the {data['combinations']} combinations of"
            " the matrix. What the interpreter's version forbids cannot be tested:"
            f" {len(data['untestable'])} pairs of levels."
        ),
        head=("answer", "cells of this table", "experiments"),
        rows=tuple((str(one), str(here.count(one)), str(there.count(one))) for one in Answer),
        source=_page(name),
    )
    found = [one for one in data["undeclared"] if one["whose"] != _OURS]
    ours = len(data["undeclared"]) - len(found)
    yield Beside(
        title="Allowed and broken: incompatibilities that nobody declares",
        told=(
            "Each found by changing one package at a time in a broken cell, and then by halving the"
            " releases between one that works and one that does not: those two were run."
            f" {ours} more were of the harness's own making, and are none."
        ),
        head=(
            "package",
            "with",
            "declared",
            "would be true",
            "works / does not",
            "why",
            "upstream",
        ),
        rows=tuple(map(_undeclared, found)),
        source=_page(name),
    )
    yield Beside(
        title="Forbidden but works: bounds that could be lifted",
        told=("Installed against the metadata, every scenario that was run passes with a pattern."),
        head=("combination", "forbidden by", "works with", "Python"),
        rows=tuple(
            (
                row["name"],
                "; ".join(row["forbidden_by"]),
                ", ".join(row["patterns"][:3]),
                row["combination"]["python"],
            )
            for row in tried
            if row["answer"] == Answer.LIFTABLE
        ),
        source=_page(name),
    )


def _undeclared(one: _Data) -> tuple[str, ...]:
    subject = one["package"].split(" ")[0]
    package = f"{subject} {', '.join(one['versions'])}" if one["versions"] else one["package"]
    edge = one["boundary"]
    why = next(iter(one["failures"]), {"error": ""})["error"]
    return (
        package,
        one["with"] or "whatever else",
        one["declared"] or ("nothing" if one["with"] else ""),
        one["true_line"] or "no line would help",
        f"{edge['works']} / {edge['fails']}" if edge else "",
        f"{one['whose']}: {why}",
        one["upstream"] or "not looked up",
    )


def _floors(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    floors = data["floors"]
    false = [one for one in floors if one["standing"] == "false"]
    unknown = sum(one["standing"] == "not known" for one in floors)
    yield Beside(
        title="False floors",
        told=(
            f"Of {len(floors)} declared lower bounds, each tested alone ({data['generated'][:10]}),"
            f" {len(false)} are false; of {unknown} nothing is known."
        ),
        head=("release", "declares", "tested", "would be true", "why"),
        rows=tuple(
            (
                f"{one['package']} {one['version']}",
                one["requirement"],
                f"{one['dependency']} {one['tested']}",
                one["true_line"] or "not known",
                next(iter(one["cause"]), ""),
            )
            for one in false
        ),
        source=_page(name),
    )


def _since(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    releases = data["releases"]
    yield Beside(
        title="Today against its time",
        told=(
            "Each release with the other packages of today, with those of the day after it came out"
            " (by the index's upload times), and with the lowest that the metadata allow"
            f" ({releases[-1]['generated'][:10]}). Where only today's break it, the companion is"
            " named with its first release that does."
        ),
        head=("release", "Python", *_WAYS, "what became of it"),
        rows=tuple(map(_release, releases)),
        source=_page(name),
    )


def _release(one: _Data) -> tuple[str, ...]:
    kinds = {way["others"]: way["standing"] for way in one["tried"]}
    pins = " with ".join(one["requirements"][: one["pinned"]])
    return (
        pins.replace("==", " "),
        one["python"],
        *(kinds.get(way, "not known") for way in _WAYS),
        "; ".join(one["told"]),
    )


def _ranges(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    a, b = data["packages"]
    beside = ", ".join(data["requirements"])
    told = ", ".join(f"{number} {basis}" for basis, number in data["counts"].items() if number)
    yield Beside(
        title=f"Which releases of {a} work with which of {b}",
        told=(
            f"Real runs on Python {data['python']} beside {beside} ({data['generated'][:10]}); by"
            f" combination: {told}."
        ),
        head=(a, f"works with {b}", f"breaks with {b}", "otherwise"),
        rows=tuple(_group(one) for one in data["answers"]),
        source=_page(name),
    )


def _group(one: _Data) -> tuple[str, ...]:
    works, breaks = (
        ", ".join(_span(x) for x in one["with"] if x["standing"] == kind)
        for kind in (_WORKS, _BREAKS)
    )
    others = (x for x in one["with"] if x["standing"] not in (_WORKS, _BREAKS, _FORBIDDEN))
    return _span(one), works, breaks, "; ".join(f"{_span(x)} {x['standing']}" for x in others)


def _span(one: _Data) -> str:
    return one["from"] if one["from"] == one["to"] else f"{one['from']} to {one['to']}"


WHO = "Who brings each failure about"


def _blamed(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    yield Beside(
        title=WHO,
        told=(
            "Each failure was asked in a cell where it stands, by installing another version of one"
            f" package at a time ({data['generated'][:10]}). A package belongs to the smallest set"
            " where another version of it, and nothing else, makes the failure go; where it takes"
            " several, that is said."
        ),
        head=("failure", "smallest set of packages", "whose", "asked in"),
        rows=tuple(row for one in data["blames"] for row in _failures(one)),
        source=_page(name),
    )


def _failures(one: _Data) -> Iterator[tuple[str, ...]]:
    members = ", ".join(
        f"{x['package']} {x['version']}" if x["version"] else f"no {x['package']}"
        for x in one["members"]
    )
    members += " (only together)" if one.get("together") else ""
    for failure in one["failures"]:
        where, text = failure["where"], failure["error"]
        told = text if " under " in where else f"{where}: {text}"
        whose = f"{one['whose']}: {one['why']}"
        yield told, members or "no single change mends it", whose, one["cell"]


def who(found: Iterable[Beside]) -> Mapping[str, str]:
    """Give for a failure, as causes are told, who brings it about."""
    rows = (row for one in found if one.title == WHO for row in one.rows)
    return {told: f"{members} ({whose}; asked in {cell})" for told, members, whose, cell in rows}


THAT_SHOW_IT = "Scripts that show a failure again"


def _scripts(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    folder = name.rpartition("/")[0]
    yield Beside(
        title=THAT_SHOW_IT,
        told=(
            "One file each, with exact packages and nothing of this project: `uv run FILE` printed"
            f" the same error when it was written ({data['generated'][:10]})."
            " `nox -s repro -- CELL PATTERN SCENARIO` makes one for any other failure."
        ),
        head=("failure", "script", "lines"),
        rows=tuple(
            (one["failure"], f"{folder}/{one['file']}", str(one["lines"]))
            for one in data["scripts"]
        ),
        source=name,
    )


def scripts(found: Iterable[Beside]) -> Mapping[str, str]:
    """Give for a failure, as causes are told, the file in `reports/` that shows it."""
    rows = (row for one in found if one.title == THAT_SHOW_IT for row in one.rows)
    return {told: file for told, file, _ in rows}


def _companions(data: _Data, name: str, _: Sequence[JudgedCell]) -> Iterator[Beside]:
    yield Beside(
        title="Companion pins of the matrix",
        told=(
            "Cells that have a companion were run with it and without it"
            f" ({data['generated'][:10]}); one that nothing needs is stale."
        ),
        head=("companion", "", "why"),
        rows=tuple((x["requirement"], x["need"], x["why"]) for x in data["companions"]),
        source=name,
    )


def _page(name: str) -> str:
    return f"{name.removesuffix('.json')}.md"


def sources(names: Iterable[str]) -> tuple[str, ...]:
    """Give those of the files under `reports/` that are read here."""
    found = (one for one in names if one.startswith(("declared/", "ranges/", "scripts/")))
    single = (DECLARED, FLOORS, BLAME, COMPANIONS, SINCE, SCRIPTS)
    return tuple(
        one
        for one in sorted(found)
        if one in single or (one.startswith("ranges/") and not one.startswith("ranges/since-"))
    )
