"""`harness.report.check_text`: the answer to a check in a few lines."""

from __future__ import annotations

from harness.model import Ending, EnvironmentStatus, JudgedCell, Outcome, Party
from harness.report.check_text import check_to_terminal
from harness.report.guide import Guide, Pattern
from tests import builders
from tests.builders import DB, DB_SESSION

GUIDE = Guide(patterns={"db": Pattern(title="`ModelView(User, db)`.", code="")})


def lines(judged: JudgedCell, nearest: str = "", *notes: str) -> dict[str, str]:
    text = check_to_terminal(judged, GUIDE, nearest=nearest, notes=notes, width=1000)
    return dict(line.split(": ", 1) for line in text.splitlines())


def test_what_works_is_told_with_the_pattern_to_write() -> None:
    judged = builders.judged(
        *builders.caught(), builders.observation(), builders.failed(pattern=DB_SESSION)
    )
    told = lines(judged, "", "uv.lock pins 9 packages")

    assert [*told] == ["verdict", "use", "avoid", "note", "how it knows"]
    assert told["verdict"] == "compatible, 1 of 2 patterns pass every check that applies"
    assert told["use"].startswith(
        "db (`ModelView(User, db)`): every check that applies passes where"
    )
    assert "Working outside of application context" in told["avoid"]
    assert "(under db-session)" in told["avoid"]
    assert told["note"] == "uv.lock pins 9 packages"
    assert told["how it knows"].startswith(
        "1 check passes under db, of 2 patterns tried, run just now on Python 3.12"
    )
    assert "flask-admin 2.2.1" in told["how it knows"]


def test_what_does_not_work_says_whose_it_is_and_what_is_near() -> None:
    judged = builders.judged(*builders.caught(), builders.failed(pattern=DB))
    told = lines(judged, "flask-admin==2.2.0 (was 2.2.1); measured today: ...")

    assert told["verdict"] == "incompatible, db does not pass every check"
    assert "use" not in told
    assert told["wrong"].endswith("it is Flask-Admin: the same passes without it")
    assert told["nearest pins that work"].startswith("flask-admin==2.2.0")


def test_what_cannot_be_installed_blames_nobody() -> None:
    conflict = builders.environment(EnvironmentStatus.UNRESOLVABLE, message="a needs b<1")
    judged = builders.judged(environment=conflict, ending=Ending.NOT_RUN, message="a needs b<1")
    told = lines(judged)

    assert told["verdict"] == "impossible, this cannot be installed together"
    assert told["wrong"] == "a needs b<1"
    assert told["how it knows"] == "tried to install them on Python 3.12, just now"


def test_what_is_not_known_is_never_called_incompatible() -> None:
    unknown = builders.environment(EnvironmentStatus.UNKNOWN, message="it needs a compiler")
    told = lines(builders.judged(environment=unknown, ending=Ending.NOT_RUN), "", "a note")

    assert told == {"not known": "it needs a compiler", "note": "a note"}


def test_what_passes_fails_and_does_not_apply_is_told_apart() -> None:
    checks = ("one", "two", "three", "four", "five")
    outcomes = (Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE)
    own = [
        builders.observation(outcome, scenario=f"a::{name}", error=builders.error())
        for name, outcome in zip(checks, outcomes, strict=False)
    ]
    neutral = builders.observation(Outcome.NOT_APPLICABLE, scenario="b::x", pattern="any")
    told = lines(builders.judged(*builders.caught(), *own, neutral))

    assert told["how it knows"].startswith(
        "2 checks pass, 1 fails, 2 do not apply under db, of 1 pattern tried, run just now"
    )


def test_checks_of_applications_alone_are_told_without_a_pattern() -> None:
    told = lines(builders.judged(builders.observation(pattern="any")))

    assert told["verdict"] == "compatible, whichever the pattern"
    assert "use" not in told
    assert told["how it knows"].startswith("1 check passes, run just now")


def test_what_does_not_apply_is_not_known_and_says_why() -> None:
    absent = builders.observation(
        Outcome.NOT_APPLICABLE, pattern="any", reason="Pillow is not installed"
    )
    told = lines(builders.judged(absent))

    assert told["verdict"] == (
        "not known, what was asked for does not apply: Pillow is not installed"
    )
    assert "wrong" not in told


def test_a_named_package_that_cannot_be_imported_is_the_answer() -> None:
    broken = builders.control(
        "named sqlalchemy-utils 0.36.8",
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "cannot import name '_ColumnEntity'"),
    )
    told = lines(builders.judged(*builders.caught(), builders.observation(), controls=(broken,)))

    assert told["verdict"].startswith("incompatible")
    assert told["wrong"].startswith(
        "sqlalchemy-utils 0.36.8 cannot be imported: ImportError: cannot import name"
    )
    assert "the packages themselves" in told["wrong"]


def test_what_an_adapter_lacks_is_not_the_librarys() -> None:
    lacking = builders.control(
        "import library",
        party=Party.HARNESS,
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "this SQLAlchemy has no declarative_base"),
    )
    why = "the checks themselves cannot be run here: this SQLAlchemy has no declarative_base"
    told = lines(builders.judged(ending=Ending.NOT_RUN, message=why, controls=(lacking,)))

    assert told["verdict"].startswith("not known")
    assert why in told["wrong"]
    assert told["wrong"].endswith("it is the harness, and says nothing of the packages")


def test_an_import_that_fails_is_told_once_for_all_patterns() -> None:
    failed = builders.control(
        "import flask-admin",
        party=Party.FLASK_ADMIN,
        outcome=Outcome.FAILED,
        error=builders.error("ImportError", "cannot import name 'T_SESSION'"),
    )
    told = lines(builders.judged(ending=Ending.IMPORT_FAILED, controls=(failed,)))

    assert told["wrong"].startswith("import flask-admin: ImportError: cannot import name")
    assert "under" not in told["wrong"]
    assert told["how it knows"].startswith("imports and controls; no check could run")


def test_a_fight_over_a_file_is_told_of_an_environment_that_is_ready() -> None:
    ready = builders.environment(message="left 1.0 and right 1.0 both bring shared.py")
    judged = builders.judged(*builders.caught(), builders.observation(), environment=ready)
    assert lines(judged)["note"].startswith("left 1.0 and right 1.0 both bring shared.py")


def test_more_causes_than_fit_are_counted() -> None:
    kinds = ("KeyError", "TypeError", "ValueError", "OSError")
    names = ("db", "db-session", "lazy-session", "local-proxy")
    pairs = zip(kinds, names, strict=True)
    errors = ((builders.error(kind, "no"), name) for kind, name in pairs)
    failures = [builders.failed(pattern=name, error=error) for error, name in errors]
    text = check_to_terminal(builders.judged(*builders.caught(), *failures), GUIDE)

    assert text.count("wrong: ") == 3
    assert "2 more causes: --table tells them by pattern" in text
    assert max(map(len, text.splitlines())) <= 100
