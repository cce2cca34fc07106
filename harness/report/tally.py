"""How several cells of the matrix sum up to one field of a table, in words besides the symbol."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.version import InvalidVersion, Version

from harness.model import Cell, Judgement, State, Verdict

AXIS = "flask-admin"
"""The axis whose levels are the columns of the table."""


class Standing(StrEnum):
    """What can be said of a pattern from all its cells together; the value is the word for it."""

    WORKS = "works"
    EXCEPT = "works, except"
    PARTLY = "partly"
    FAILS = "fails"
    UNSUPPORTED = "unsupported"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"
    NO_CELL = "no cell"


SYMBOLS = {
    Standing.WORKS: "✓",
    Standing.EXCEPT: "⚠",
    Standing.PARTLY: "◐",
    Standing.FAILS: "✗",
    Standing.UNSUPPORTED: "○",
    Standing.IMPOSSIBLE: "∅",
    Standing.UNKNOWN: "?",
    Standing.NO_CELL: "·",
}
MEANINGS = {
    Standing.WORKS: "compatible in every cell in which it could be measured",
    Standing.EXCEPT: "the same, but for named problems that some applications meet",
    Standing.PARTLY: "compatible in some cells, incompatible in others",
    Standing.FAILS: "compatible in no cell, incompatible in at least one",
    Standing.UNSUPPORTED: "the library or the release does not have it",
    Standing.IMPOSSIBLE: "the packages cannot be installed together",
    Standing.UNKNOWN: "not measured in at least one cell, so nothing is promised",
    Standing.NO_CELL: "the plan has no cell for it",
}
VERDICTS = {
    Verdict.COMPATIBLE: "✓ yes",
    Verdict.INCOMPATIBLE: "✗ no",
    Verdict.UNSUPPORTED: "○ unsupported",
    Verdict.IMPOSSIBLE: "∅ impossible",
    Verdict.INCONCLUSIVE: "? unknown",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many cells got which verdict."""

    compatible: int = 0
    incompatible: int = 0
    unsupported: int = 0
    impossible: int = 0
    inconclusive: int = 0
    excepted: int = 0
    """Those of the compatible ones that some applications meet a named problem in."""

    @property
    def measured(self) -> int:
        """The cells in which it was seen to work or not to."""
        return self.compatible + self.incompatible

    @property
    def share(self) -> str:
        """How many of them are compatible: `3/5`."""
        return f"{self.compatible}/{self.measured}"


def tally(judgements: Iterable[Judgement]) -> Tally:
    """Count the verdicts, and which of them have an exception."""
    found = list(judgements)
    count = Counter(one.verdict for one in found)
    return Tally(
        compatible=count[Verdict.COMPATIBLE],
        incompatible=count[Verdict.INCOMPATIBLE],
        unsupported=count[Verdict.UNSUPPORTED],
        impossible=count[Verdict.IMPOSSIBLE],
        inconclusive=count[Verdict.INCONCLUSIVE],
        excepted=sum(one.state is State.WORKS_EXCEPT for one in found),
    )


def word(told: Judgement) -> str:
    """Give the sign and the word for one judgement."""
    excepted = told.state is State.WORKS_EXCEPT
    return f"{SYMBOLS[Standing.EXCEPT]} yes, except" if excepted else VERDICTS[told.verdict]


def standing(count: Tally) -> Standing:
    """Sum up a tally; where anything is unknown it never comes out as `works`."""
    if count.incompatible:
        return Standing.PARTLY if count.compatible else Standing.FAILS
    if count.inconclusive:
        return Standing.UNKNOWN
    if count.compatible:
        return Standing.EXCEPT if count.excepted else Standing.WORKS
    if count.unsupported:
        return Standing.UNSUPPORTED
    return Standing.IMPOSSIBLE if count.impossible else Standing.NO_CELL


def field(count: Tally) -> str:
    """Give the text of a field: `✓ works 5/5`, `? 3/3, 2 unknown`, `○ unsupported`."""
    whole = standing(count)
    texts = (_share_or_word(whole, count), *_beside(whole, count))
    return f"{SYMBOLS[whole]} " + ", ".join(text for text in texts if text)


def _share_or_word(whole: Standing, count: Tally) -> str:
    match whole:
        case Standing.WORKS | Standing.PARTLY | Standing.FAILS:
            return f"{whole} {count.share}"
        case Standing.EXCEPT:
            return f"{Standing.WORKS} {count.share}"
        case Standing.UNKNOWN:
            return count.share if count.compatible else ""
        case Standing.UNSUPPORTED | Standing.IMPOSSIBLE | Standing.NO_CELL:
            return whole


def _beside(whole: Standing, count: Tally) -> tuple[str, ...]:
    beside = (
        (count.excepted, "excepted"),
        (count.inconclusive, Standing.UNKNOWN),
        (count.unsupported, Standing.UNSUPPORTED),
        (count.impossible, Standing.IMPOSSIBLE),
    )
    told = (
        (number, word)
        for number, word in beside
        if number and (word is not whole or whole is Standing.UNKNOWN)
    )
    return tuple(f"{number} {word}" for number, word in told)


def release_of(cell: Cell) -> str:
    """Give the Flask-Admin release of a cell, as the plan names it."""
    return cell.combination.get(AXIS, "not stated")


def in_order(releases: Iterable[str]) -> tuple[str, ...]:
    """Give each release once, the oldest first."""
    return tuple(sorted(set(releases), key=_age))


def _age(release: str) -> tuple[bool, Version, str]:
    try:
        return False, Version(release), release
    except InvalidVersion:
        return True, Version("0"), release


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Give a key that sorts numbers within texts as numbers."""
    parts = re.split(r"(\d+)", text)
    numbered = tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
    return (*numbered, (-2, text))


def ranges(releases: Iterable[str], known: Sequence[str]) -> str:
    """Give the releases in short, where three or more follow each other among the known ones."""
    places = sorted(known.index(release) for release in set(releases))
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(_run([known[place] for place in run]) for run in runs)


def _run(releases: Sequence[str]) -> str:
    return f"{releases[0]}-{releases[-1]}" if len(releases) > 2 else ", ".join(releases)  # noqa: PLR2004 - a range of two saves nothing
