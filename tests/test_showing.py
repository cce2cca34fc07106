from __future__ import annotations

import pytest

from harness.inquiries.experiment import Experiment, Finding
from harness.inquiries.ranges import Kind
from harness.inquiries.showing import showing, site
from harness.judge import Criteria, judge
from harness.model import CellResult, Ending, EnvironmentStatus, Outcome, Party
from tests import builders, rehearsal

EXPERIMENT = Experiment(python="3.12", requirements=(), library="sqlalchemy", adapter="plain")
PAIR = ("flask-admin", "wtforms")
CALL = """Traceback (most recent call last):
  File "scenarios/pages.py", line 12, in page
    return client.get("/")
  File "flask_admin/form/fields.py", line {line}, in render
    return super().render(field, **kwargs)
           ^^^^^^^^^^^^^^^^^
  File "wtforms/fields/core.py", line 99, in render
    raise TypeError("no")
TypeError: no
"""


def finding(result: CellResult) -> Finding:
    return Finding(experiment=EXPERIMENT, judged=judge(result, (), Criteria()))


def test_what_works_tells_its_patterns() -> None:
    shown = showing(finding(rehearsal.works()), PAIR)
    assert (shown.kind, shown.patterns) == (Kind.WORKS, ("db",))


def test_the_number_of_scenarios_that_fail_is_no_part_of_the_cause() -> None:
    error = builders.error("TypeError", "no")
    one = builders.result(builders.failed(error=error))
    two = builders.result(
        builders.failed(error=error), builders.failed(error=error, scenario="a::b")
    )
    typed = builders.result(builders.failed(error=error, scenario="a::b[Enum of texts]"))
    assert showing(finding(one), PAIR) == showing(finding(two), PAIR)
    assert showing(finding(one), PAIR) == showing(finding(typed), PAIR)
    assert showing(finding(one), PAIR).cause == "TypeError: no"


def test_a_release_and_a_line_in_a_message_are_no_part_of_the_cause() -> None:
    first = rehearsal.breaks("wtforms 3.2.0 at line 7", traceback="")
    second = rehearsal.breaks("wtforms 3.2.1 at line 9", traceback="")
    shown = [
        showing(finding(first), PAIR, ("3.2.0",)),
        showing(finding(second), PAIR, ("3.2.1",)),
    ]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("line", [1, 2])
def test_the_site_is_the_call_and_no_line_of_it(line: int) -> None:
    shown = showing(finding(rehearsal.breaks(traceback=CALL.format(line=line))), PAIR)
    assert shown.site == (
        "flask_admin/form/fields.py, render: return super().render(field, **kwargs)"
    )


def test_a_scenario_is_no_site_and_neither_is_nothing() -> None:
    ours = 'File "scenarios/pages.py", line 1, in page\n    assert page\nAssertionError'
    assert not site(builders.error(traceback=f"Traceback (most recent call last):\n  {ours}"), PAIR)
    assert not site(None, PAIR)


def test_what_cannot_be_built_is_not_what_is_forbidden() -> None:
    kinds = [
        showing(finding(builders.result(environment=builders.environment(status))), PAIR).kind
        for status in (EnvironmentStatus.UNRESOLVABLE, EnvironmentStatus.UNINSTALLABLE)
    ]
    assert kinds == [Kind.NOT_ALLOWED, Kind.NOT_BUILT]


def test_a_pair_without_flask_admin_is_not_blamed_for_flask_admin() -> None:
    error = builders.error("ImportError", "gone")
    admin = builders.control(
        "import flask-admin", party=Party.FLASK_ADMIN, outcome=Outcome.FAILED, error=error
    )
    broken = finding(builders.result(ending=Ending.IMPORT_FAILED, controls=[admin]))
    assert showing(broken, ("flask", "werkzeug")).kind is Kind.WITHOUT_ADMIN
    assert showing(broken, PAIR).kind is Kind.BROKEN


def test_a_pair_is_blamed_where_its_own_control_fails() -> None:
    error = builders.error("ImportError", "gone")
    flask = builders.control("import flask", outcome=Outcome.FAILED, error=error)
    broken = finding(builders.result(ending=Ending.IMPORT_FAILED, controls=[flask]))
    shown = showing(broken, ("flask", "werkzeug"))
    assert (shown.kind, shown.cause) == (Kind.BROKEN, "import flask: ImportError: gone")


def test_a_pattern_that_does_not_exist_here_proves_nothing() -> None:
    seen = builders.observation(Outcome.NOT_APPLICABLE, reason="there is no db")
    shown = showing(finding(builders.result(seen)), PAIR)
    assert shown.kind is Kind.UNKNOWN
    assert "there is no db" in shown.cause


def test_what_crashed_is_not_known() -> None:
    seen = builders.observation(Outcome.CRASHED)
    crashed = builders.result(seen, ending=Ending.CRASHED, message="SIGSEGV ended it")
    assert showing(finding(crashed), PAIR).kind is Kind.UNKNOWN
