"""The page as `reports/index.html`: one file that needs nothing else; pure.

What is read without a click is written here, into the file. What is opened, filtered or chosen is
worked out by `html/page.js` from the same observations, which the file holds in short (`compact`).
Every text goes through Jinja's escaping, every script text through JSON with `<` told as a number.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness import patterns
from harness.model import Json, JudgedCell, Matrix, PatternName, Problem, ScenarioId, Verdict
from harness.report import snippets
from harness.report.answer import by_library, by_release, comparable, patterns_of
from harness.report.axes import LIBRARY, axes_of, short_name, title_of
from harness.report.causes import Cause
from harness.report.compact import compact
from harness.report.families import cost, families, heading, should_hold
from harness.report.guide import Guide
from harness.report.listing import essence
from harness.report.markdown import clean
from harness.report.named import silent_limits
from harness.report.page import Page
from harness.report.picture import WIDTH, drawing
from harness.report.profile import FACTS, profiles
from harness.report.rules import Explainer, Rule, told
from harness.report.tally import MEANINGS, SYMBOLS, Standing, Tally, standing, tally
from harness.report.to_badges import WORDS, badges

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = "html"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A field of the matrix: its symbol, the word for it, what it says and what stands beside."""

    standing: Standing
    text: str
    beside: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixRow:
    """A pattern of a library with its fields."""

    pattern: PatternName
    fields: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixGroup:
    """A library: how many patterns work with each release, then each pattern."""

    library: str
    fields: tuple[Shown, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A cause with its rules."""

    cause: Cause
    heading: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """A cause, what it costs, and those that are seen nowhere but where it is."""

    head: Explained
    cost: str
    rest: tuple[Explained, ...]


def to_html(matrix: Matrix, page: Page, guide: Guide | None = None) -> str:
    """Give the text of `index.html`, ending with a newline."""
    guide = guide or Guide()
    style = f"{_asset('page.css')}:root {{ --releases: {len(page.releases)}; }}\n"
    script = _asset("page.js")
    found = profiles(matrix, page.answers, page.causes, guide)
    context: dict[str, object] = {
        "page": page,
        "silent": silent_limits(page.named),
        "guide": guide,
        "style": Markup(style),  # noqa: S704 - a file of this package
        "script": Markup(script),  # noqa: S704 - a file of this package
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "data": Markup(_embedded(data(matrix, page, guide))),  # noqa: S704 - escaped there
        "groups": groups(matrix, page.releases),
        "why": why(matrix, page.causes),
        "profiles": [(one, [drawing(picture) for picture in one.pictures]) for one in found],
        "families": families,
        "heading": heading,
        "essence": essence,
        "badges": {one.library: one for one in badges(matrix)},
        "badge_words": WORDS,
        "facts": FACTS,
        "width": WIDTH,
        "symbols": SYMBOLS,
        "meanings": MEANINGS,
        "axes": [(title_of(axis), levels) for axis, levels in axes_of(matrix).items()],
        "rule_told": told,
        "should_hold": should_hold,
        "short": short_name,
        "base_of": patterns.base_of,
        "is_inside": patterns.is_in_context,
        "is_control": patterns.is_control,
    }
    return _environment().get_template("page.html.j2").render(context).rstrip() + "\n"


@cache
def _environment() -> Environment:
    # Every session of a cell imports this module and renders nothing: 0.1 s for each of them.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("harness.report", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )


def _cleaned(value: object) -> object:
    """Give a text without what HTML cannot hold: control characters, half characters."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _asset(name: str) -> str:
    return (resources.files("harness.report") / _FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Give the hash by which the page's security policy lets this one text run."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embedded(value: Json) -> str:
    """Give the value as JSON that cannot end the element it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def data(matrix: Matrix, page: Page, guide: Guide) -> Mapping[str, Json]:
    """Give what the script works with: the observations, and the words to tell them in."""
    held = compact(matrix)
    names = [PatternName(name) for name in _texts(held["patterns"])]
    scenarios = _texts(held["scenarios"])
    places = {judged.result.cell.id: at for at, judged in enumerate(matrix.cells)}
    return {
        **held,
        "titles": [guide.titles.get(ScenarioId(one), "") for one in scenarios],
        "libraries": [short_name(name) for name in axes_of(matrix)[LIBRARY]],
        "axis_titles": [title_of(axis) for axis in axes_of(matrix)],
        "neutral": patterns.NEUTRAL,
        "controls_of": [patterns.is_control(name) for name in names],
        "bases": [patterns.base_of(name) for name in names],
        "inside": [patterns.is_in_context(name) for name in names],
        "preference": [patterns.preference(name) for name in names],
        "usual": [name in patterns.USUAL for name in names],
        "recommended": {one.library: one.use for one in page.answers},
        "about": [_about(guide, name) for name in names],
        "code": [_code(guide, name) for name in names],
        "snippets": _snippets(matrix, names, guide),
        "problems": {one.problem.slug: _problem(one.problem) for one in page.named},
        "limits": [one.slug for one in silent_limits(page.named)],
        "symbols": {str(one): symbol for one, symbol in SYMBOLS.items()},
        "causes": [
            {
                "number": cause.number,
                "text": heading(cause),
                "cells": [places[cell] for cell in cause.cells],
            }
            for cause in page.causes
        ],
    }


def _problem(problem: Problem) -> Json:
    return {
        "slug": problem.slug,
        "kind": problem.kind,
        "title": problem.title,
        "needs": problem.needs or "every application",
        "whose": problem.whose,
        "since": problem.since,
        "way_out": problem.way_out,
    }


def _texts(value: Json) -> list[str]:
    assert isinstance(value, list)  # noqa: S101 - `compact` has just made it
    return [str(one) for one in value]


def _about(guide: Guide, name: PatternName) -> str:
    found = guide.patterns.get(patterns.base_of(name))
    return found.title if found else ""


def _code(guide: Guide, name: PatternName) -> str:
    found = guide.patterns.get(patterns.base_of(name))
    return found.code if found and not patterns.is_in_context(name) else ""


def _snippets(matrix: Matrix, names: Sequence[PatternName], guide: Guide) -> Mapping[str, Json]:
    """Give for each adapter the code of the patterns that work somewhere with it."""
    found: dict[str, dict[str, Json]] = {}
    for judged in matrix.cells:
        adapter = judged.result.cell.adapter
        for name in names:
            one = judged.verdicts.get(name)
            if one and one.verdict is Verdict.COMPATIBLE and not patterns.is_control(name):
                told = snippets.snippet(guide.snippets, adapter, name)
                if told:
                    found.setdefault(adapter, {})[name] = [essence(told), told]
    return {adapter: dict(sorted(told.items())) for adapter, told in sorted(found.items())}


def shown(count: Tally) -> Shown:
    """Give what a field says: how many of the cells measured are compatible, and the rest."""
    whole = standing(count)
    rest = (
        (count.excepted, "with an exception"),
        (count.inconclusive, "not known"),
        (count.unsupported, "unsupported"),
        (count.impossible, "impossible"),
    )
    beside = ", ".join(f"{number} {word}" for number, word in rest if number)
    match whole:
        case Standing.WORKS | Standing.EXCEPT | Standing.PARTLY | Standing.FAILS:
            return Shown(
                standing=whole, text=f"{count.compatible} of {count.measured}", beside=beside
            )
        case Standing.UNKNOWN:
            text = f"{count.compatible} of {count.measured}" if count.measured else "not known"
            return Shown(standing=whole, text=text, beside=beside if count.measured else "")
        case Standing.UNSUPPORTED | Standing.IMPOSSIBLE:
            return Shown(standing=whole, text=str(whole), beside="")
        case Standing.NO_CELL:
            return Shown(standing=whole, text="not tested", beside="")


def groups(matrix: Matrix, releases: Sequence[str]) -> tuple[MatrixGroup, ...]:
    """Give the matrix: for each library its patterns, for each of them a field for each release."""
    return tuple(_group(library, cells, releases) for library, cells in by_library(matrix).items())


def _group(library: str, cells: Sequence[JudgedCell], releases: Sequence[str]) -> MatrixGroup:
    there = by_release(cells)
    rows = tuple(
        MatrixRow(
            pattern=name,
            fields=tuple(shown(_tally(there.get(release, ()), name)) for release in releases),
        )
        for name in patterns_of(cells)
    )
    fields = (
        _together({row.pattern: row.fields[at].standing for row in rows}, there.get(release, ()))
        for at, release in enumerate(releases)
    )
    return MatrixGroup(library=library, fields=tuple(fields), rows=rows)


def _tally(cells: Iterable[JudgedCell], pattern: PatternName) -> Tally:
    found = (judged.verdicts.get(pattern) for judged in cells)
    return tally(one for one in found if one)


def _together(standings: Mapping[PatternName, Standing], cells: Sequence[JudgedCell]) -> Shown:
    """Give how many patterns of a library work with a release, whose cells these are."""
    tested = [one for one in standings.values() if one is not Standing.NO_CELL]
    excepted = tested.count(Standing.EXCEPT)
    works = tested.count(Standing.WORKS) + excepted
    if not tested:
        return Shown(standing=Standing.NO_CELL, text="not tested", beside="")
    whole = _best([standings[name] for name in comparable(cells)] or tested)
    partly = tested.count(Standing.PARTLY)
    parts = ((excepted, "with an exception"), (partly, "in part"))
    beside = ", ".join(f"{number} {word}" for number, word in parts if number)
    return Shown(standing=whole, text=f"{works} of {len(tested)} patterns", beside=beside)


def _best(standings: Sequence[Standing]) -> Standing:
    order = (
        Standing.WORKS,
        Standing.EXCEPT,
        Standing.PARTLY,
        Standing.UNKNOWN,
        Standing.FAILS,
        Standing.UNSUPPORTED,
        Standing.IMPOSSIBLE,
    )
    return next(one for one in order if one in standings)


def why(matrix: Matrix, causes: Sequence[Cause]) -> tuple[Why, ...]:
    """Give the causes by what they cost, those together that come together."""
    explainer = Explainer(matrix)

    def explained(cause: Cause) -> Explained:
        return Explained(cause=cause, heading=heading(cause), rules=explainer.rules(cause))

    return tuple(
        Why(
            head=explained(family.head),
            cost=cost(family.head, len(matrix.cells)),
            rest=tuple(map(explained, family.rest)),
        )
        for family in families(causes)
    )
