"""Badges for other projects' READMEs: a library with a Flask-Admin release, in one SVG; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from harness.model import JudgedCell, Matrix, PatternName
from harness.report.answer import by_library, by_release, comparable
from harness.report.axes import LIBRARY, short_name
from harness.report.markdown import clean
from harness.report.tally import SYMBOLS, Standing, in_order, standing, tally

_COLOURS = {
    Standing.WORKS: "#1a6b2f",
    Standing.EXCEPT: "#7a5200",
    Standing.PARTLY: "#7a5200",
    Standing.FAILS: "#a3241c",
}
_OTHER = "#545c66"
_LETTER = 7
_ORDER = (
    Standing.WORKS,
    Standing.EXCEPT,
    Standing.PARTLY,
    Standing.UNKNOWN,
    Standing.FAILS,
    Standing.UNSUPPORTED,
    Standing.IMPOSSIBLE,
    Standing.NO_CELL,
)


WORDS = {
    Standing.WORKS: "compatible",
    Standing.EXCEPT: "compatible, with exceptions",
    Standing.PARTLY: "partly compatible",
    Standing.FAILS: "incompatible",
    Standing.UNKNOWN: "not known",
    Standing.UNSUPPORTED: "unsupported",
    Standing.IMPOSSIBLE: "cannot be installed",
    Standing.NO_CELL: "not tested",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """What a badge says of a library with a release, and the file that it is in."""

    library: str
    release: str
    file: str
    label: str
    standing: Standing


def to_badges(matrix: Matrix) -> Mapping[str, str]:
    """Give a badge for each library and release, by file name: what its best pattern does there."""
    return {
        one.file: badge(one.label, f"{SYMBOLS[one.standing]} {WORDS[one.standing]}", _colour(one))
        for one in badges(matrix)
    }


def badges(matrix: Matrix) -> tuple[Badge, ...]:
    """Give what each badge says and where it is; the name is the level's as in a cell's id."""
    return tuple(
        _badge(library, release, there[release], comparable(there[release]))
        for library, cells in by_library(matrix).items()
        for there in [by_release(cells)]
        for release in in_order(there)
    )


def _badge(
    library: str, release: str, cells: Sequence[JudgedCell], names: Sequence[PatternName]
) -> Badge:
    level = cells[0].result.cell.combination.get(LIBRARY, library)
    file = re.sub(r"[^A-Za-z0-9.+]+", "-", f"{level}-admin{release}").strip("-.")
    return Badge(
        library=library,
        release=release,
        file=f"{file}.svg",
        label=f"Flask-Admin {release} x {short_name(library)}",
        standing=min(
            (_standing(cells, name) for name in names), key=_ORDER.index, default=Standing.NO_CELL
        ),
    )


def _standing(cells: Sequence[JudgedCell], pattern: PatternName) -> Standing:
    told = (judged.verdicts.get(pattern) for judged in cells)
    return standing(tally(one for one in told if one))


def _colour(one: Badge) -> str:
    return _COLOURS.get(one.standing, _OTHER)


def badge(label: str, value: str, colour: str) -> str:
    """Give an SVG with a label and a value beside it."""
    left, right = (len(clean(text)) * _LETTER + 12 for text in (label, value))
    said, told = escape(clean(label)), escape(clean(value))
    font = 'font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#fff"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{said}: {told}"><title>{said}: {told}</title>'
        f'<rect width="{left}" height="20" fill="#3a3f46"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g {font}><text x="6" y="14" textLength="{left - 12}">{said}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{told}</text></g></svg>\n'
    )
