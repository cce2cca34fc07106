"""`harness.report.cell_text`: what a person reads after one cell was measured alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Ending, EnvironmentStatus, JudgedCell, Outcome
from harness.report.cell_text import cell_to_terminal, recommendation
from tests.builders import (
    caught,
    cell,
    control,
    environment,
    error,
    failed,
    judged,
    observation,
)

PACKAGES = {"flask": "3.1.3", "flask-admin": "2.2.1", "flask-sqlalchemy": "3.1.1", "wtf": "1"}


def works(*patterns: str) -> JudgedCell:
    """Give a cell in which these patterns pass their scenario, and the control does not."""
    return judged(
        *(observation(pattern=pattern) for pattern in patterns),
        *caught(),
        environment=environment(packages=PACKAGES),
    )


def test_the_first_line_says_what_was_installed() -> None:
    first = cell_to_terminal(works("db"), 200).splitlines()[0]
    assert first == (
        f"{cell().id}: Python 3.12, flask 3.1.3, flask-admin 2.2.1, flask-sqlalchemy 3.1.1"
    )


def test_each_pattern_has_a_line_with_its_verdict() -> None:
    wrong = failed(pattern="db-session", error=error("AssertionError", "two shared one"))
    one = judged(
        observation(pattern="db"),
        wrong,
        *caught(),
        environment=environment(packages=PACKAGES),
    )
    lines = cell_to_terminal(one, 120).splitlines()
    names = [line.split()[0] for line in lines if line.startswith(("db", "bare"))]
    assert names == ["db-session", "db", "bare-session", "bare-session@context"]
    assert any(line.startswith("bare-session (control)") for line in lines)
    assert "two shared one" in " ".join(lines)


@pytest.mark.parametrize("width", [20, 60, 80, 100, 160])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    long = error("RuntimeError", "it is not possible, and here is why: " + "a word " * 60)
    one = judged(
        *(failed(pattern=name, error=long) for name in ("db-session", "scoped-session@context")),
        *caught(),
        environment=environment(packages=PACKAGES),
    )
    longest = max(map(len, cell_to_terminal(one, width).splitlines()))
    assert longest <= max(width, 70)


def test_only_the_first_reasons_are_told() -> None:
    wrong = [
        failed(scenario=f"acts::number_{n}", error=error("AssertionError", f"reason {n}"))
        for n in range(5)
    ]
    text = cell_to_terminal(judged(*wrong, *caught()), 200)
    assert " ".join(text.split()).count("more reasons") == 1


def test_a_cell_that_was_not_installed_says_why() -> None:
    one = judged(
        environment=environment(EnvironmentStatus.UNRESOLVABLE, message="flask 9 is not"),
        ending=Ending.NOT_RUN,
    )
    text = cell_to_terminal(one)
    assert "nothing installed" in text
    assert "unresolvable, not-run: flask 9 is not" in text
    assert "verdict" not in text


def test_a_cell_that_cannot_be_imported_says_why() -> None:
    one = judged(
        ending=Ending.IMPORT_FAILED,
        message="import flask-admin: ImportError: no name",
        controls=[control("import flask-admin", outcome=Outcome.FAILED, error=error())],
    )
    assert "import-failed: import flask-admin: ImportError: no name" in cell_to_terminal(one)


@pytest.mark.parametrize(
    ("patterns", "best"),
    [
        (["local-proxy", "db", "db-session"], "db"),
        (["scoped-session", "scoped-factory"], "scoped-factory"),
        (["lazy-session", "db-session@context"], "db-session"),
    ],
)
def test_the_simplest_pattern_that_works_is_recommended(patterns: list[str], best: str) -> None:
    assert recommendation(works(*patterns)).startswith(f"Use {best}: ")


@pytest.mark.parametrize(
    ("patterns", "where"),
    [
        (["db", "db@context"], "wherever the views are added"),
        (["db@context"], "inside app.app_context()"),
        (["db"], "outside an application context"),
    ],
)
def test_the_recommendation_says_where_it_holds(patterns: list[str], where: str) -> None:
    assert where in recommendation(works(*patterns))


def test_a_control_is_never_recommended() -> None:
    assert "Use" not in recommendation(works("bare-session"))


def test_nothing_is_recommended_where_nothing_works() -> None:
    assert recommendation(judged(failed(), *caught())) == "No pattern works with these packages."


def test_what_is_not_known_is_not_said_to_fail() -> None:
    one = judged(failed(pattern="db"), observation(Outcome.CRASHED, pattern="db-session"))
    assert recommendation(one) == "No pattern is known to work."


def test_another_database_than_sqlite_is_named() -> None:
    seen = judged(observation(), *caught())
    levels = {**seen.result.cell.combination, "database": "mariadb"}
    on = replace(seen.result.cell, combination=levels)
    told = cell_to_terminal(replace(seen, result=replace(seen.result, cell=on)))
    assert "on mariadb" in " ".join(told.split())
    assert " on " not in cell_to_terminal(seen).splitlines()[0]
