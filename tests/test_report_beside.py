"""What the inquiries found, told in the table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput
from harness.model import EnvironmentStatus, Verdict
from harness.report.beside import (
    BLAME,
    DECLARED,
    FLOORS,
    SCRIPTS,
    SINCE,
    beside,
    in_order,
    scripts,
    sources,
    who,
)
from harness.report.page import make_page
from harness.report.to_html import to_html
from harness.report.to_json import from_json, to_json
from harness.report.to_markdown import to_markdown
from tests.builders import environment, error, failed, judged, matrix
from tests.conftest import ROOT

DAY = "2026-11-21T10:00:00Z"


def row(name: str, answer: str, how: str = "an experiment against the metadata") -> dict[str, Any]:
    return {
        "name": name,
        "answer": answer,
        "how": how,
        "forbidden_by": ["flask 3.0.3 declares Werkzeug>=3.0.0"],
        "patterns": ["db-session"],
        "combination": {"python": "3.12"},
    }


def undeclared(whose: str) -> dict[str, Any]:
    return {
        "package": "flask-admin 1.6.1",
        "versions": ["1.6.0", "1.6.1"],
        "with": "wtforms 3.2.0",
        "declared": "wtforms",
        "true_line": "wtforms<3.2.0",
        "boundary": {"works": "3.1.2", "fails": "3.2.0"},
        "failures": [{"where": "import", "error": "AttributeError: 'tuple' | <b>"}],
        "whose": whose,
        "upstream": None,
    }


DECLARED_DATA = {
    "generated": DAY,
    "combinations": 10,
    "allowed": 6,
    "untestable": [{}],
    "undeclared": [undeclared("Flask-Admin's"), undeclared("the harness's own")],
    "rows": [
        row("a", "forbidden but works"),
        row("b", "forbidden and broken"),
        row("of the table", "allowed and works", how="the table"),
    ],
}


def test_the_cells_of_the_table_and_the_experiments_are_counted_apart() -> None:
    none = environment(EnvironmentStatus.UNRESOLVABLE, message="no")
    cells = (judged(), judged(environment=none))
    found = beside(DECLARED, json.dumps(DECLARED_DATA), cells)
    assert {answer: numbers for answer, *numbers in found[0].rows} == {
        "allowed and works": ["1" if works(cells[0]) else "0", "0"],
        "allowed and broken": ["0", "0"],
        "forbidden and broken": ["0", "1"],
        "forbidden but works": ["0", "1"],
        "not known": ["1" if works(cells[0]) else "2", "0"],
    }


def works(cell: Any) -> bool:
    return Verdict.COMPATIBLE in {one.verdict for one in cell.verdicts.values()}


def test_the_harness_s_own_failures_are_no_incompatibilities() -> None:
    _, broken, liftable = beside(DECLARED, json.dumps(DECLARED_DATA), ())
    assert broken.rows == (
        (
            "flask-admin 1.6.0, 1.6.1",
            "wtforms 3.2.0",
            "wtforms",
            "wtforms<3.2.0",
            "3.1.2 / 3.2.0",
            "Flask-Admin's: AttributeError: 'tuple' | <b>",
            "not looked up",
        ),
    )
    assert [one[0] for one in liftable.rows] == ["a"]


def test_what_is_told_stands_in_the_json_and_in_the_markdown() -> None:
    found = beside(DECLARED, json.dumps(DECLARED_DATA), ())
    whole = replace(matrix(judged()), beside=found)
    again = from_json(to_json(whole))
    assert again.beside == found
    page = to_markdown(make_page(again))
    assert "## Forbidden but works: bounds that could be lifted" in page
    assert "'tuple' \\| &lt;b&gt;" in page
    assert "(declared/declared.md)" in page


def test_a_cause_is_told_with_who_brings_it_about() -> None:
    blame = {
        "generated": DAY,
        "blames": [
            {
                "whose": "Flask-Admin's",
                "why": "another Flask-Admin alone mends it",
                "cell": "c",
                "members": [{"package": "flask-admin", "version": "2.2.1"}],
                "failures": [
                    {"where": "s::one under db-session", "error": "AssertionError: lost"},
                    {"where": "import flask-admin", "error": "ImportError: gone"},
                ],
            }
        ],
    }
    found = beside(BLAME, json.dumps(blame), ())
    told = "flask-admin 2.2.1 (Flask-Admin's: another Flask-Admin alone mends it; asked in c)"
    assert who(found) == {
        "AssertionError: lost": told,
        "import flask-admin: ImportError: gone": told,
    }
    whole = replace(matrix(judged(failed(error=error("AssertionError", "lost")))), beside=found)
    assert f"brought about by: {told}" in to_markdown(make_page(whole))
    blame["blames"][0]["together"] = True  # type: ignore[index]  # as above
    (told_again,) = beside(BLAME, json.dumps(blame), ())
    assert told_again.rows[0][1] == "flask-admin 2.2.1 (only together)"


def test_a_cause_is_told_with_the_script_that_shows_it() -> None:
    one = {"failure": "AssertionError: lost", "file": "a-cell.py", "lines": 93}
    text = json.dumps({"schema": 1, "generated": DAY, "scripts": [one]})
    found = beside(SCRIPTS, text, ())
    assert scripts(found) == {"AssertionError: lost": "scripts/a-cell.py"}
    whole = replace(matrix(judged(failed(error=error("AssertionError", "lost")))), beside=found)
    page = make_page(whole)
    assert "a script that shows it: [scripts/a-cell.py](scripts/a-cell.py)" in to_markdown(page)
    assert '<a href="scripts/a-cell.py">' in to_html(whole, page)


def test_what_neither_works_nor_breaks_is_told_with_what_it_shows() -> None:
    kinds = ("works", "breaks", "works in its time", "is not known", "is not allowed")
    spans = [
        {"from": f"{at}.0", "to": f"{at}.9", "standing": kind} for at, kind in enumerate(kinds)
    ]
    data = {
        "generated": DAY,
        "packages": ["a", "b"],
        "requirements": [],
        "python": "3.12",
        "counts": {"run": 5},
        "answers": [{"from": "1", "to": "1", "with": spans}],
    }
    (found,) = beside("ranges/a-b.json", json.dumps(data), ())
    others = "2.0 to 2.9 works in its time; 3.0 to 3.9 is not known"
    assert found.rows == (("1", "0.0 to 0.9", "1.0 to 1.9", others),)


def test_the_ranges_that_are_committed_can_be_told() -> None:
    names = [str(p.relative_to(ROOT / "reports")) for p in (ROOT / "reports").glob("*/*.json")]
    read = {name: (ROOT / "reports" / name).read_text("utf-8") for name in sources(names)}
    titles = [one.title for name in in_order(read) for one in beside(name, read[name], ())]
    assert titles[0] == "Declared against actual"
    assert "Which releases of flask-admin work with which of wtforms" in titles
    assert all(not name.startswith("runs/") for name in read)


def test_only_the_files_of_the_inquiries_are_read_and_no_single_pins() -> None:
    names = [
        "ranges/since-flask-admin-1.6.1.json",
        "ranges/flask-werkzeug.json",
        SINCE,
        FLOORS,
        "cells/plan.json",
        "postgresql/compatibility.json",
        "declared/other.json",
    ]
    assert sources(names) == (FLOORS, "ranges/flask-werkzeug.json", SINCE)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": 3}'])
def test_a_file_that_cannot_be_read_is_one_line(text: str) -> None:
    with pytest.raises(BadInput, match=r"reports/declared/declared.json cannot be read"):
        beside(DECLARED, text, ())


def test_a_file_that_holds_nothing_is_one_line() -> None:
    with pytest.raises(BadInput, match=r"reports/ranges/since.json cannot be read"):
        beside(SINCE, '{"releases": []}', ())


def test_the_committed_schema_knows_it() -> None:
    schema = json.loads((ROOT / Path("harness/compatibility.schema.json")).read_text("utf-8"))
    assert "beside" in schema["properties"]
    assert "beside" not in schema["required"]
