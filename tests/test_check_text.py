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
    assert told["verdict"] == "compatible, 1 of 2 patterns pass every scenario"
    assert told["use"].startswith("db (`ModelView(User, db)`): every scenario passes where")
    assert "Working outside of application context" in told["avoid"]
    assert "(under db-session)" in told["avoid"]
    assert told["note"] == "uv.lock pins 9 packages"
    assert "1 scenario under 2 patterns, run just now on Python 3.12" in told["how it knows"]
    assert "flask-admin 2.2.1" in told["how it knows"]


def test_what_does_not_work_says_whose_it_is_and_what_is_near() -> None:
    judged = builders.judged(*builders.caught(), builders.failed(pattern=DB))
    told = lines(judged, "flask-admin==2.2.0 (was 2.2.1); measured today: ...")

    assert told["verdict"] == "incompatible, db does not pass every scenario"
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
    told = lines(builders.judged(environment=unknown, ending=Ending.NOT_RUN))

    assert told["verdict"].startswith("not known, no pattern is known to work")
    assert told["wrong"] == "it needs a compiler"


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
    assert told["how it knows"].startswith("imports and controls; no scenario could run")


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
