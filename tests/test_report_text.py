"""The renderings for people: golden files, and text that cannot break what stands around it.

`UPDATE_GOLDEN=1 python -m pytest tests/test_report_text.py` writes the golden files anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.baseline import compare
from harness.model import Matrix
from harness.report.markdown import block, code, escaped, table
from harness.report.page import make_page
from harness.report.to_json import to_json
from harness.report.to_markdown import to_markdown
from harness.report.to_terminal import to_terminal
from tests import matrix_strategies
from tests.builders import caught, cell, error, failed, judged, matrix, observation
from tests.sample import fsa, good, lite, no_context, sample

ANYTHING = st.text(st.characters(exclude_categories=()))
GOLDEN = Path(__file__).parent / "golden"


def moved() -> tuple[Matrix, Matrix]:
    """Give two matrices between which something of everything moved."""
    py39, gone, new = cell(python="3.9"), cell(python="3.10"), cell(python="3.14")
    before = matrix(
        fsa("2.2.1"),
        judged(*no_context("db"), *caught(), cell=py39),
        judged(*good("db"), *caught(), cell=gone),
        lite("2.2.1"),
    )
    broken = failed(pattern="db-session", error=error("KeyError", "'x'"))
    after = matrix(
        judged(*good("db-session")[1:], broken, *good("db"), *caught(), cell=cell()),
        judged(*good("db"), *caught(), cell=py39),
        judged(*good("db"), *caught(), cell=new),
        judged(*no_context("db-session"), *caught(), cell=lite("2.2.1").result.cell),
    )
    return before, after


def renderings() -> dict[str, str]:
    page = make_page(sample())
    before, after = moved()
    changed = make_page(after, compare(before, after), before)
    return {
        "compatibility.md": to_markdown(page),
        "compatibility.json": to_json(sample()),
        "terminal-120.txt": to_terminal(page, 120),
        "terminal-60.txt": to_terminal(page, 60),
        "changes-100.txt": to_terminal(changed, 100),
        "changes.md": to_markdown(changed),
    }


@pytest.mark.parametrize("name", renderings())
def test_a_rendering_is_as_it_was_agreed(name: str) -> None:
    text, golden = renderings()[name], GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_without_an_earlier_table_one_line_says_so() -> None:
    after = sample()
    page = make_page(after, compare(None, after), None)
    assert page.changes == (f"there is no earlier table: all {len(after.cells)} cells are new",)


def test_nothing_changed_is_said_in_words() -> None:
    page = make_page(sample(), compare(sample(), sample()), sample())
    assert page.changes == ("nothing changed against the committed table",)


@matrix_strategies.law
@given(ANYTHING)
def test_an_escaped_text_is_one_line_without_markup(text: str) -> None:
    line = escaped(text)
    assert len(line.splitlines()) <= 1
    assert not re.search(r"[<>]|(?<!\\)(?:\\\\)*[`|*_\[\]]", line)
    line.encode()


@matrix_strategies.law
@given(st.text(min_size=1))
def test_a_code_span_or_block_cannot_be_left(text: str) -> None:
    span, fenced = code(text), block(text)
    if span:
        fence = re.match("`+", span)
        assert fence
        inside = span[len(fence[0]) : -len(fence[0])]
        assert fence[0] not in re.findall("`+", inside)
    fenced.encode()
    first, *lines, last = fenced.split("\n")
    assert first == last
    assert not any(line.strip().startswith(first) for line in lines)


@matrix_strategies.law
@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), max_size=4))
def test_a_table_has_the_same_columns_in_every_line(rows: list[list[str]]) -> None:
    text = table("abc", [[escaped(row[0]), code(row[1]), escaped(row[2])] for row in rows])
    lines = text.splitlines()
    assert len(lines) == len(rows) + 2
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {4}


@matrix_strategies.law
@given(matrix_strategies.matrices)
def test_any_matrix_can_be_told(given_matrix: Matrix) -> None:
    page = make_page(given_matrix, compare(None, given_matrix))
    assert to_markdown(page).encode()
    assert to_markdown(page) == to_markdown(make_page(given_matrix, compare(None, given_matrix)))


@matrix_strategies.law
@given(st.integers(min_value=30, max_value=200))
def test_the_terminal_is_never_wider_than_asked(width: int) -> None:
    text = to_terminal(make_page(sample()), width)
    long = [line for line in text.splitlines() if len(line) > width]
    assert not long


def test_every_cause_tells_how_to_see_it_again() -> None:
    text = to_markdown(make_page(sample()))
    for cause in make_page(sample()).causes:
        assert cause.command in text


def test_a_long_message_of_many_lines_stays_in_its_row() -> None:
    seen = failed(error=error("E", "first | line\nsecond"))
    text = to_markdown(
        make_page(matrix(judged(seen, observation(pattern="db@context"), *caught())))
    )
    assert r"E: first \| line" in text
    assert "second" not in text
