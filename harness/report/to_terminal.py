"""The page as a summary for the terminal: the table, what to use, what moved; pure, no colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from harness.report.markdown import clean
from harness.report.page import Page, Row
from harness.report.tally import SYMBOLS

_NARROWEST = 20


def to_terminal(page: Page, width: int = 100) -> str:
    """Give the summary in lines of at most `width` characters, ending with a newline."""
    width = max(width, _NARROWEST)
    return clean("\n\n".join(part for part in _parts(page, width) if part)) + "\n"


def _parts(page: Page, width: int) -> Iterator[str]:
    yield "\n".join(_wrapped(told, width) for told in page.news)
    yield _summary(page, width)
    yield _wrapped("; ".join(f"{symbol} {one}" for one, symbol in SYMBOLS.items()), width)
    uses = (f"{one.library}: use {one.use}; {one.why}" for one in page.answers)
    yield "\n".join(_wrapped(told, width) for told in uses)
    yield "\n".join(_wrapped(f"control {told}", width) for told in page.controls)
    yield "\n".join(_wrapped(told, width) for told in _counts(page))
    yield "\n".join(_wrapped(line, width) for line in page.changes)


def _counts(page: Page) -> Iterator[str]:
    yield ", ".join(f"{number} {name}" for name, number in page.counts)
    if page.unknown:
        cells = len({one.cell for one in page.unknown})
        yield f"not measured: patterns of {cells} {'cell' if cells == 1 else 'cells'}"
    if page.coverage:
        yield f"pairs exercised: {page.coverage.exercised} of {page.coverage.pairs}"
    if page.change_counts:
        told = (f"{number} {change}" for change, number in page.change_counts if number)
        yield "patterns of cells: " + ", ".join(told)


def _summary(page: Page, width: int) -> str:
    """Give the table where it fits; else each library by itself; else one field on a line."""
    head = ("library", "pattern", *page.releases)
    rows = [(row.library, row.pattern, *row.fields) for row in _named_once(page.rows)]
    whole = tabulate(rows, headers=head, tablefmt="simple", disable_numparse=True)
    if _fits(whole, width):
        return whole
    libraries = tuple(dict.fromkeys(row.library for row in page.rows))
    return "\n\n".join(_library(page, library, width) for library in libraries)


def _named_once(rows: Sequence[Row]) -> Iterator[Row]:
    library = ""
    for row in rows:
        yield Row(
            library="" if row.library == library else row.library,
            pattern=row.pattern,
            fields=row.fields,
        )
        library = row.library


def _library(page: Page, library: str, width: int) -> str:
    rows = [row for row in page.rows if row.library == library]
    fields = [(row.pattern, *row.fields) for row in rows]
    text = tabulate(fields, headers=("", *page.releases), tablefmt="simple", disable_numparse=True)
    if not _fits(text, width):
        text = "\n".join(_wrapped(_line(row, page.releases), width) for row in rows)
    return f"{_wrapped(library, width)}\n{text}"


def _line(row: Row, releases: Sequence[str]) -> str:
    fields = zip(releases, row.fields, strict=True)
    return f"{row.pattern}: " + "; ".join(f"{release} {field}" for release, field in fields)


def _fits(text: str, width: int) -> bool:
    return all(len(line) <= width for line in text.splitlines())


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False)
