"""`harness.report.check_text`: the answer to a check in a few lines."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from harness.model import Ending, EnvironmentStatus, JudgedCell, Kind, Outcome, Party, ScenarioId
from harness.patterns import NEUTRAL
from harness.report.check_text import check_to_terminal
from harness.report.guide import Guide, Pattern, patterns_from
from harness.report.snippets import Snippets
from tests import builders
from tests.builders import DB, DB_SESSION

SCENARIOS = Path(__file__).parent.parent / "scenarios"
GUIDE = Guide(
    titles={ScenarioId("column_types::float"): "A float is kept."},
    patterns={"db": Pattern(title="`ModelView(User, db)`.", code="")},
)
FLOATS = builders.problem()
LOST = builders.failed(
    scenario="column_types::float",
    pattern=NEUTRAL,
    error=builders.error("AssertionError", "no field"),
)


def told(
    judged: JudgedCell,
    nearest: str = "",
    *notes: str,
    allowed: Collection[str] = (),
    guide: Guide = GUIDE,
) -> str:
    return check_to_terminal(
        judged,
        guide,
        problems=[FLOATS],
        allowed=allowed,
        nearest=nearest,
        notes=notes,
        width=1000,
    )


def lines(judged: JudgedCell, nearest: str = "", *notes: str) -> dict[str, str]:
    head, *rest = told(judged, nearest, *notes).splitlines()
    return {"": head, **{line[:10].strip(): line[10:] for line in rest}}


def test_what_works_is_told_with_the_pattern_to_write() -> None:
    judged = builders.judged(
        *builders.caught(), builders.observation(), builders.failed(pattern=DB_SESSION)
    )
    said = lines(judged, "", "uv.lock pins 9 packages")

    assert [*said] == ["", "write", "avoid", "note", "run"]
    assert said[""] == "works (flask-admin 2.2.1, flask 3.1.3, Python 3.12)"
    assert said["write"] == "`ModelView(User, db)`"
    assert "Working outside of application context" in said["avoid"]
    assert "(under db-session)" in said["avoid"]
    assert said["note"] == "uv.lock pins 9 packages"
    assert said["run"].startswith("1 check passes; 2 ways to hand the session over tried")


def test_an_exception_is_told_in_the_headline_with_the_problem_and_the_way_out() -> None:
    judged = builders.judged(
        *builders.caught(), builders.observation(), LOST, criteria=builders.criteria(FLOATS)
    )
    said = lines(judged)

    assert said[""].startswith("works, except for a `Float` column (flask-admin 2.2.1")
    assert said["problem"] == (
        "`Float` columns have no form field, without an error"
        " (Flask-Admin's; since SQLAlchemy 2.1.0; floats-are-lost)"
    )
    assert said["way out"] == "`sqlalchemy<2.1`"
    assert said["run"].startswith("1 check passes, 1 fails; ")
    assert "avoid" not in said


def test_an_exception_that_is_allowed_is_told_all_the_same() -> None:
    judged = builders.judged(
        *builders.caught(), builders.observation(), LOST, criteria=builders.criteria(FLOATS)
    )
    text = told(judged, allowed=["floats-are-lost"])

    assert text.startswith("works, except for a `Float` column, which is allowed (")
    assert "\nallowed   `Float` columns have no form field, without an error" in text


def test_what_loses_data_in_every_release_stands_beside_what_works() -> None:
    limit = builders.problem(kind=Kind.LIMIT)
    judged = builders.judged(
        *builders.caught(), builders.observation(), LOST, criteria=builders.criteria(limit)
    )
    text = check_to_terminal(judged, GUIDE, problems=[limit], width=1000)

    assert text.startswith("works (")
    told = "with every release data is lost without an error where there is a `Float` column"
    assert f"\nalways    {told}\n" in text


def test_failures_of_every_release_are_counted_apart() -> None:
    limit = builders.problem(kind=Kind.LIMIT)
    seen = (*builders.caught(), builders.observation(), LOST)
    judged = builders.judged(*seen, criteria=builders.criteria(limit))
    text = check_to_terminal(judged, GUIDE, problems=[limit], width=1000)

    assert "1 check passes, 1 fails (1 of the failures in every release); " in text


def test_what_nobody_has_named_is_told_as_new_with_its_title() -> None:
    judged = builders.judged(
        *builders.caught(), builders.observation(), LOST, criteria=builders.criteria()
    )
    said = lines(judged)

    assert said[""].startswith("does not work (")
    assert said["new"] == "not named yet: A float is kept (column_types::float)"
    assert said["wrong"].startswith("no field")


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("db", "write     ModelView(User, db)\n"),
        ("db@context", "write     with app.app_context():\n              admin.add_view("),
        ("scoped-session", "write     from sqlalchemy.orm import Session, scoped_session\n"),
    ],
)
def test_the_answer_is_code_to_copy(pattern: str, code: str) -> None:
    source = (SCENARIOS / "patterns.py").read_text(encoding="utf-8")
    adapter = (SCENARIOS / "adapters" / "flask_sqlalchemy.py").read_text(encoding="utf-8")
    guide = Guide(
        patterns=patterns_from(source),
        snippets=Snippets(adapters={"flask_sqlalchemy": adapter}, patterns=source),
    )
    judged = builders.judged(*builders.caught(), builders.observation(pattern=pattern))
    assert code in told(judged, guide=guide)


def test_what_does_not_work_says_whose_it_is_and_what_is_near() -> None:
    judged = builders.judged(*builders.caught(), builders.failed(pattern=DB))
    said = lines(judged, "flask-admin==2.2.0 (was 2.2.1); measured today: ...")

    assert said[""].startswith("unsafe: sessions leak or are shared (")
    assert "write" not in said
    assert said["wrong"].endswith("it is Flask-Admin: the same passes without it")
    assert said["nearest"].startswith("flask-admin==2.2.0")


def test_what_cannot_be_installed_blames_nobody() -> None:
    conflict = builders.environment(EnvironmentStatus.UNRESOLVABLE, message="a needs b<1")
    judged = builders.judged(environment=conflict, ending=Ending.NOT_RUN, message="a needs b<1")
    said = lines(judged)

    assert said[""] == "does not start: this cannot be installed together (Python 3.12)"
    assert said["wrong"] == "a needs b<1"
    assert said["run"] == "tried to install them, just now"


def test_what_is_not_known_is_never_called_incompatible() -> None:
    unknown = builders.environment(EnvironmentStatus.UNKNOWN, message="it needs a compiler")
    said = lines(builders.judged(environment=unknown, ending=Ending.NOT_RUN))

    assert said == {"": "not known: it needs a compiler"}


def test_a_pattern_that_does_not_exist_there_says_why() -> None:
    absent = builders.observation(Outcome.NOT_APPLICABLE, reason="Flask-Admin takes no `db`")
    said = lines(builders.judged(*builders.caught(), absent))

    assert said[""].startswith("not known: it does not apply: Flask-Admin takes no `db` (")
    assert "wrong" not in said


def test_what_passes_fails_and_does_not_apply_is_told_apart() -> None:
    checks = ("one", "two", "three", "four", "five")
    outcomes = (Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE)
    own = [
        builders.observation(outcome, scenario=f"a::{name}", error=builders.error())
        for name, outcome in zip(checks, outcomes, strict=False)
    ]
    neutral = builders.observation(Outcome.NOT_APPLICABLE, scenario="b::x", pattern="any")
    said = lines(builders.judged(*builders.caught(), *own, neutral))

    assert said["run"].startswith("2 checks pass, 1 fails, 2 do not apply")


def test_checks_of_applications_alone_are_told_without_a_pattern() -> None:
    said = lines(builders.judged(builders.observation(pattern="any")))

    assert said[""].startswith("works (")
    assert "write" not in said
    assert said["run"].startswith("1 check passes, just now")


def test_what_does_not_apply_is_not_known_and_says_why() -> None:
    absent = builders.observation(
        Outcome.NOT_APPLICABLE, pattern="any", reason="Pillow is not installed"
    )
    said = lines(builders.judged(absent))

    assert said[""].startswith("not known: it does not apply: Pillow is not installed (")
    assert "wrong" not in said


def test_a_named_package_that_cannot_be_imported_is_the_answer() -> None:
    broken = builders.control(
        "named sqlalchemy-utils 0.36.8",
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "cannot import name '_ColumnEntity'"),
    )
    said = lines(builders.judged(*builders.caught(), builders.observation(), controls=(broken,)))

    assert said[""].startswith("does not start (")
    assert said["wrong"].startswith(
        "sqlalchemy-utils 0.36.8 cannot be imported: ImportError: cannot import name"
    )
    assert "the packages themselves" in said["wrong"]


def test_what_an_adapter_lacks_is_not_the_librarys() -> None:
    lacking = builders.control(
        "import library",
        party=Party.HARNESS,
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "this SQLAlchemy has no declarative_base"),
    )
    why = "the checks themselves cannot be run here: this SQLAlchemy has no declarative_base"
    said = lines(builders.judged(ending=Ending.NOT_RUN, message=why, controls=(lacking,)))

    assert said[""].startswith("not known (")
    assert why in said["wrong"]
    assert said["wrong"].endswith("it is the harness, and says nothing of the packages")


def test_an_import_that_fails_is_told_once_for_all_patterns() -> None:
    failed = builders.control(
        "import flask-admin",
        party=Party.FLASK_ADMIN,
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "cannot import name 'T_SESSION'"),
    )
    said = lines(builders.judged(ending=Ending.IMPORT_FAILED, controls=(failed,)))

    assert said[""].startswith("does not start (")
    assert said["wrong"].startswith("import flask-admin: ImportError: cannot import name")
    assert "under" not in said["wrong"]
    assert said["run"].startswith("imports and controls, just now on sqlite; no check could run")


def test_a_fight_over_a_file_is_told_of_an_environment_that_is_ready() -> None:
    ready = builders.environment(message="left 1.0 and right 1.0 both bring shared.py")
    judged = builders.judged(*builders.caught(), builders.observation(), environment=ready)
    assert lines(judged)["note"].startswith("left 1.0 and right 1.0 both bring shared.py")


def test_checks_that_do_not_apply_are_counted_apart() -> None:
    names = ("a::one", "a::two", "a::three")
    outcomes = (Outcome.PASSED, Outcome.PASSED, Outcome.NOT_APPLICABLE)
    seen = (
        builders.observation(outcome, scenario=name)
        for name, outcome in zip(names, outcomes, strict=True)
    )
    said = lines(builders.judged(*builders.caught(), *seen))
    assert said["run"].startswith("2 checks pass, 1 does not apply; 1 way to hand")


def test_more_causes_than_fit_are_counted() -> None:
    kinds = ("KeyError", "TypeError", "ValueError", "OSError")
    names = ("db", "db-session", "lazy-session", "local-proxy")
    pairs = zip(kinds, names, strict=True)
    errors = ((builders.error(kind, "no"), name) for kind, name in pairs)
    failures = [builders.failed(pattern=name, error=error) for error, name in errors]
    text = check_to_terminal(builders.judged(*builders.caught(), *failures), GUIDE)

    assert text.count("\nwrong ") == 3
    assert "2 more causes: --table tells them by pattern" in text
    assert max(map(len, text.splitlines())) <= 100


def test_what_a_handle_asks_of_the_own_code_is_told_with_the_advice() -> None:
    condition = builders.problem(
        kind=Kind.CONDITION,
        silent=False,
        needs="views that say `self.session.query`",
        way_out="`db.session`",
        checks=["view_code::*"],
    )
    own = builders.failed(scenario="view_code::x")
    caught = builders.failed(pattern=builders.BARE)
    judged = builders.judged(
        builders.observation(), own, caught, criteria=builders.criteria(condition)
    )
    text = check_to_terminal(judged, GUIDE, problems=[condition], width=1000)

    assert text.startswith("works (")
    assert "\nbut       views that say `self.session.query` need `db.session`\n" in text
