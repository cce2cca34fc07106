"""A small matrix with something of everything, for the golden files and the tests of the report."""

from __future__ import annotations

from dataclasses import replace

from harness.model import (
    Coverage,
    Ending,
    EnvironmentStatus,
    Json,
    JudgedCell,
    Kind,
    LeftOut,
    Matrix,
    Observation,
    Outcome,
    Party,
)
from tests.builders import (
    caught,
    cell,
    control,
    criteria,
    environment,
    error,
    failed,
    judged,
    matrix,
    observation,
    problem,
)

SET_UP = "init_time::views_are_added_and_the_admin_is_built"
SAME_OBJECT = "request_identity::view_holds_the_same_object_in_every_request"
OWN_SESSION = "request_identity::each_request_gets_its_own_session"
NO_LEAK = "request_isolation::uncommitted_changes_are_not_seen_by_the_next_request"
TRACE = """Traceback (most recent call last):
  File "scenarios/test_init_time.py", line 20, in test_views_are_added_and_the_admin_is_built
    world.add_view()
  File "flask/globals.py", line 62, in _get_current_object
RuntimeError: Working outside of application context.
```html
<b>not markup</b>"""


def good(pattern: str) -> tuple[Observation, ...]:
    """Give what a pattern shows that works everywhere."""
    evidence: dict[str, Json] = {
        "holds": "scoped_session",
        "held_objects": 1,
        "sessions": 3,
        "requests": 3,
    }
    names = (SET_UP, SAME_OBJECT, OWN_SESSION, NO_LEAK)
    return tuple(observation(scenario=name, pattern=pattern, evidence=evidence) for name in names)


def no_context(pattern: str) -> tuple[Observation, ...]:
    """Give what flask-sqlalchemy-lite shows for a session that is asked for too early."""
    early = error(traceback=TRACE)
    return tuple(
        failed(scenario=name, pattern=pattern, error=early)
        for name in (SET_UP, SAME_OBJECT, "without_admin::the_session_can_be_handed_over")
    )


def unsupported(pattern: str) -> Observation:
    reason = "Flask-Admin takes only a session | not `db`"
    return observation(Outcome.NOT_APPLICABLE, scenario=SET_UP, pattern=pattern, reason=reason)


def fsa(admin: str, *, python: str = "3.12") -> JudgedCell:
    """Give a cell of Flask-SQLAlchemy where all works; `db` only from 2.0.2 on."""
    has_db = admin != "1.6.1"
    db = [*good("db"), *good("db@context")] if has_db else map(unsupported, ("db", "db@context"))
    packages = {"flask": "3.1.3", "flask-admin": admin, "sqlalchemy": "2.0.58"}
    return judged(
        *good("db-session"),
        *good("db-session@context"),
        *db,
        *caught(),
        cell=cell(admin=admin, python=python),
        environment=environment(packages=packages),
        controls=[control(), control("import flask-admin", party=Party.FLASK_ADMIN)],
    )


def lite(admin: str, *, flask: str = "3.1") -> JudgedCell:
    """Give a cell of flask-sqlalchemy-lite, where `db-session` needs a context."""
    packages = {"flask": f"{flask}.3", "flask-admin": admin, "sqlalchemy": "2.1.0"}
    warning = observation(
        scenario=SET_UP, pattern="lazy-session", warnings=["flask_admin/x.py:3: Old: <i>|`x`"]
    )
    return judged(
        *no_context("db-session"),
        *good("db-session@context"),
        *good("lazy-session")[1:],
        warning,
        *good("lazy-session@context"),
        *caught(),
        cell=cell(admin=admin, flask=flask, library="lite0.2.1", sqlalchemy="2.1"),
        environment=environment(packages=packages),
    )


FLOAT, INTERVAL = "column_types::is_kept[Float]", "column_types::is_kept[Interval]"
FLOATS = problem(checks=["column_types::*[[]Float]"])
INTERVALS = replace(
    FLOATS,
    slug="intervals-are-lost",
    title="Intervals have no form field, without an error",
    kind=Kind.LIMIT,
    needs="an `Interval` column",
    checks=("column_types::*[[]Interval]",),
)


def excepted() -> JudgedCell:
    """Give a cell that works but for a problem, and has a limit that every cell would have."""
    lost = error("AssertionError", "the form has no field")
    return judged(
        *good("db"),
        *good("db@context"),
        *(failed(scenario=name, pattern="any", error=lost) for name in (FLOAT, INTERVAL)),
        *caught(),
        cell=cell(sqlalchemy="2.1"),
        environment=environment(packages={"flask-admin": "2.2.1", "sqlalchemy": "2.1.9"}),
        criteria=criteria(FLOATS, INTERVALS, applications=(FLOAT, INTERVAL)),
    )


def sample() -> Matrix:
    """Give cells that work, work but for a problem, fail, crash, do not import or install."""
    gone = error("ImportError", "cannot import name 'url_decode' from 'werkzeug.urls'", TRACE)
    planned = [(one.scenario, one.pattern) for one in (*good("db"), *good("db-session"), *caught())]
    return matrix(
        *(fsa(admin) for admin in ("1.6.1", "2.0.2", "2.1.0", "2.2.1")),
        fsa("2.2.1", python="3.9"),
        *(lite(admin) for admin in ("2.0.2", "2.2.1")),
        lite("2.2.1", flask="2.2"),
        excepted(),
        judged(
            cell=cell(admin="1.6.1", library="lite0.2.1"),
            environment=environment(
                EnvironmentStatus.UNRESOLVABLE, message="lite 0.2.1 needs sqlalchemy>=2 | not 1.4"
            ),
            ending=Ending.NOT_RUN,
            planned=planned,
        ),
        judged(
            cell=cell(admin="1.6.1", library="plain", flask="3.0"),
            ending=Ending.IMPORT_FAILED,
            controls=[
                control(
                    "import flask-admin",
                    party=Party.FLASK_ADMIN,
                    outcome=Outcome.FAILED,
                    error=gone,
                )
            ],
            planned=planned,
        ),
        judged(
            *good("db-session"),
            observation(Outcome.CRASHED, scenario=NO_LEAK, reason="signal 11"),
            *caught(),
            cell=cell(admin="2.2.1", library="plain"),
            ending=Ending.CRASHED,
            message="the process ended by signal 11",
            planned=planned,
        ),
        problems=[FLOATS, INTERVALS],
        left_out=[
            LeftOut(what="python 3.14", reason="no interpreter on this machine", source="PATH"),
            LeftOut(what="flask 3.1 with sqlalchemy 1.4", reason="a <constraint> | with `pipes`"),
        ],
        coverage=Coverage(
            strength="2",
            pairs=40,
            exercised=38,
            missing=(LeftOut(what="python 3.9 with lite0.2.1", reason="its cell did not import"),),
        ),
    )
