"""`harness.ending`: the exit status and the record are two witnesses; the worse is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.measure import ending
from harness.measure.ending import Exit
from harness.model import (
    Cell,
    CellId,
    Control,
    Ending,
    Error,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
)
from harness.record import Header, Pair, Record

CELL = Cell(
    id=CellId("a"),
    combination={"python": "3.12"},
    requirements=("flask==3.1.*", "/a/checkout", 'tomli; python_version < "3.11"'),
    companions=("werkzeug<4",),
    adapter="a",
    library="sqlalchemy",
)
PACKAGES = {"Flask": "3.1.3", "werkzeug": "3.1.0"}
HEADER = Header(python="3.12.1", packages=PACKAGES)
PAIR: Pair = (ScenarioId("a::b"), PatternName("db"))
PASSED = Observation(scenario=PAIR[0], pattern=PAIR[1], outcome=Outcome.PASSED)
NOT_RUN = replace(PASSED, outcome=Outcome.NOT_RUN)
CRASHED = replace(PASSED, outcome=Outcome.CRASHED)
TIMED_OUT = replace(PASSED, outcome=Outcome.TIMED_OUT)
WHOLE = Record(planned=(PAIR,), observations=(PASSED,), finished=True)
CUT = replace(WHOLE, finished=False)
UNCOLLECTED = replace(WHOLE, uncollected=("a.py: b\nE  c",))
IN_FLIGHT = replace(CUT, observations=(), in_flight=(PAIR,))


def left(returncode: int, *, timed_out: bool = False, last_words: str = "") -> Exit:
    return Exit(
        returncode=returncode, timed_out=timed_out, deadline_seconds=9, last_words=last_words
    )


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (left(0), "it ended with exit status 0"),
        (left(4, last_words="no such option"), "it ended with exit status 4: no such option"),
        (left(-11), "SIGSEGV ended it"),
        (left(-99), "signal 99 ended it"),
        (left(-15, timed_out=True), "it was stopped after 9 s"),
    ],
)
def test_how_a_process_ended_is_told_in_words(end: Exit, words: str) -> None:
    assert ending.how(end) == words


@pytest.mark.parametrize(
    ("records", "observed", "end", "became", "told"),
    [
        (WHOLE, PASSED, left(0), Ending.COMPLETED, ""),
        (replace(WHOLE, rubbish=("x",)), PASSED, left(0), Ending.COMPLETED, "could not be read: 1"),
        (WHOLE, PASSED, left(1), Ending.CRASHED, "a failure that no scenario has"),
        (WHOLE, PASSED, left(3), Ending.CRASHED, "and then it ended with exit status 3"),
        (WHOLE, PASSED, left(-11), Ending.CRASHED, "and then SIGSEGV ended it"),
        (CUT, PASSED, left(0), Ending.CRASHED, "before it had finished its record"),
        (IN_FLIGHT, CRASHED, left(-11), Ending.COMPLETED, ""),
        (IN_FLIGHT, TIMED_OUT, left(1), Ending.COMPLETED, ""),
        (IN_FLIGHT, TIMED_OUT, left(-15, timed_out=True), Ending.TIMED_OUT, "stopped after 9 s"),
        (Record(), NOT_RUN, left(4), Ending.NOT_RUN, "ran no scenario: it ended with exit"),
        (Record(), NOT_RUN, left(-11), Ending.CRASHED, "ran no scenario: SIGSEGV ended it"),
        (CUT, NOT_RUN, left(-9), Ending.CRASHED, "1 of 1 scenarios had no turn: SIGKILL"),
        (
            replace(WHOLE, uncollected=("a.py: b\nE  c",)),
            NOT_RUN,
            left(2),
            Ending.NOT_RUN,
            "a.py: E",
        ),
    ],
)
def test_what_the_scenarios_came_to(
    records: Record, observed: Observation, end: Exit, became: Ending, told: str
) -> None:
    found, message = ending.of_scenarios([observed], [records], [records], end)

    assert found is became
    assert told in message
    assert bool(message) == bool(told)


def test_scenarios_that_only_hang_time_the_cell_out() -> None:
    found, _ = ending.of_scenarios([TIMED_OUT, NOT_RUN], [CUT], [CUT], left(1))

    assert found is Ending.TIMED_OUT


IMPORT = Control(
    name="import flask-admin",
    party=Party.FLASK_ADMIN,
    outcome=Outcome.FAILED,
    error=Error(type="ImportError", message="no url_quote"),
)
PROBED = Record(header=HEADER, controls=(replace(IMPORT, outcome=Outcome.PASSED),), probed=True)


@pytest.mark.parametrize(
    ("record", "end", "became"),
    [
        (PROBED, left(0), None),
        (replace(PROBED, probed=False), left(0), Ending.CRASHED),
        (PROBED, left(-11), Ending.CRASHED),
        (replace(PROBED, header=None), left(0), Ending.CRASHED),
        (PROBED, left(-15, timed_out=True), Ending.TIMED_OUT),
        (replace(PROBED, controls=(IMPORT,)), left(0), Ending.IMPORT_FAILED),
        (replace(PROBED, controls=(IMPORT,), probed=False), left(-11), Ending.IMPORT_FAILED),
        (Record(), left(-11), Ending.CRASHED),
    ],
)
def test_what_the_controls_came_to(record: Record, end: Exit, became: Ending | None) -> None:
    found = ending.of_controls(record, end)

    assert (found[0] if found else None) is became


@pytest.mark.parametrize(
    ("packages", "locked", "told"),
    [
        (PACKAGES, {"flask": "3.1.3", "werkzeug": "3.1"}, ""),
        ({**PACKAGES, "pip": "25"}, {"flask": "3.1.3", "werkzeug": "3.1.0"}, ""),
        (PACKAGES, None, ""),
        (PACKAGES, {"flask": "3.1.2"}, "flask 3.1.2 is in the lock and 3.1.3 in the environment"),
        (PACKAGES, {"jinja2": "3"}, "jinja2 3 is in the lock and not in the environment"),
        (PACKAGES, {"flask": "3.1.3"}, "werkzeug is in the environment and not in the lock"),
        ({"flask": "3.0.0", "werkzeug": "3"}, None, "flask==3.1.* was asked for and 3.0.0 is in"),
        ({"flask": "3.1.3"}, None, "werkzeug<4 was asked for and is not in the environment"),
        (
            {"flask": "3.1.0.post1+own", "werkzeug": "odd"},
            {"flask": "3.1.0.post1+own", "werkzeug": "other"},
            "werkzeug other is in the lock and odd in the environment",
        ),
    ],
)
def test_an_environment_that_is_not_what_was_asked_for(
    packages: dict[str, str], locked: dict[str, str] | None, told: str
) -> None:
    header = Header(python="3.12.1", packages=packages)

    found = ending.mis_resolved(CELL, header, locked, is_whole=True)

    assert told in found
    assert bool(found) == bool(told)


@pytest.mark.parametrize(("here", "is_asked_for"), [("3.12.0rc1", True), ("3.1.2", False)])
def test_the_interpreter_is_compared_too(here: str, *, is_asked_for: bool) -> None:
    header = Header(python=here, packages=PACKAGES)

    assert (ending.mis_resolved(CELL, header, None, is_whole=True) == "") is is_asked_for


def test_a_lock_that_builds_a_folder_does_not_name_every_package() -> None:
    assert ending.mis_resolved(CELL, HEADER, {"flask": "3.1.3"}, is_whole=False) == ""


def test_what_only_the_harness_lacks_is_no_failed_import() -> None:
    error = Error(type="ImportError", message="this SQLAlchemy has no registry")
    lacking = Control(
        name="import library", party=Party.HARNESS, outcome=Outcome.FAILED, error=error
    )
    record = Record(header=HEADER, controls=(lacking,), probed=True)

    assert ending.of_controls(record, left(0)) == (
        Ending.NOT_RUN,
        "the checks themselves cannot be run here: this SQLAlchemy has no registry",
    )
