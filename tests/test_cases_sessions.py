"""Real cases of sessions: what each handle does on the releases that a case names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.model import Observation, Outcome
from tests import cases

pytestmark = pytest.mark.network

AUTHOR = "beside_db_session::a_created_row_takes_an_object_of_db_session"
LOGIN = "beside_db_session::current_user_of_a_login_extension_is_stored"
POOL = "beside_db_session::a_request_needs_one_connection"
LOCK = "beside_db_session::a_write_of_db_session_in_progress_does_not_lock_the_admin_out"
REFUSED = "beside_db_session::a_commit_after_the_request_does_not_store_what_was_refused"
QUERY = "view_code::a_list_shows_what_the_queries_of_the_view_find"
OUTER = "contexts::requests_inside_an_outer_context_work"

OWN, FACTORY = "scoped-session", "scoped-factory"
SQLALCHEMY = "sqlalchemy>=2.0,<2.1"
LITE = ("flask-admin==2.2.0", "flask-sqlalchemy-lite==0.2.1", SQLALCHEMY)
Seen = Mapping[tuple[str, str], Observation]


def passing(seen: Seen, scenario: str) -> set[str]:
    """Return the handles under which a scenario passed; each was run, or does not exist there."""
    ran = {name: one.outcome for (at, name), one in seen.items() if at == scenario}
    known = {Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE}
    assert set(ran.values()) <= known, f"{scenario}: {ran}"
    return {name for name, outcome in ran.items() if outcome is Outcome.PASSED}


def failing(seen: Seen, scenario: str) -> set[str]:
    """Return the handles under which a scenario failed."""
    return {
        name for (at, name), one in seen.items() if at == scenario and one.outcome is Outcome.FAILED
    }


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    python = cases.environment(tmp_path_factory.mktemp("lite"), *LITE)
    handles = (OWN, FACTORY, "db@context")
    return cases.results(python, "flask_sqlalchemy_lite", (AUTHOR, LOGIN, POOL, LOCK), handles)


@pytest.mark.parametrize("scenario", [AUTHOR, LOGIN, POOL, LOCK])
def test_a_session_of_the_admins_own_loses_rows_beside_lites(lite: Seen, scenario: str) -> None:
    assert passing(lite, scenario) == {FACTORY, "db@context"}
    assert failing(lite, scenario) == {OWN}


def test_a_session_of_the_admins_own_loses_rows_beside_alchemicals(tmp_path: Path) -> None:
    python = cases.environment(tmp_path, "flask-admin==2.2.0", "alchemical==1.0.3", SQLALCHEMY)
    seen = cases.results(python, "alchemical", (AUTHOR, LOGIN), (OWN, FACTORY))
    for scenario in (AUTHOR, LOGIN):
        assert passing(seen, scenario) == {FACTORY}
        assert failing(seen, scenario) == {OWN}


def test_views_that_query_their_session_need_db_session(tmp_path: Path) -> None:
    python = cases.environment(
        tmp_path, "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1", SQLALCHEMY
    )
    seen = cases.results(python, "flask_sqlalchemy", (QUERY, AUTHOR), ("db", "db-session", FACTORY))
    assert passing(seen, QUERY) == {"db-session", FACTORY}
    assert failing(seen, QUERY) == {"db"}
    assert passing(seen, AUTHOR) == {"db", "db-session", FACTORY}


def test_an_outer_context_serves_a_session_of_the_admins_own_and_db_session(tmp_path: Path) -> None:
    python = cases.environment(tmp_path, *LITE, "flask-sqlalchemy==3.1.1")
    seen = cases.results(python, "flask_sqlalchemy", (OUTER,), (OWN, "db-session"))
    assert passing(seen, OUTER) == {OWN, "db-session"}


def test_flask_admin_2_1_0_leaves_a_refused_change_for_the_next_commit(tmp_path: Path) -> None:
    python = cases.environment(
        tmp_path, "flask-admin==2.1.0", "flask-sqlalchemy==3.1.1", SQLALCHEMY
    )
    seen = cases.results(python, "flask_sqlalchemy", (REFUSED,), ("db", "db-session"))
    assert failing(seen, REFUSED) == {"db", "db-session"}
    assert [one.evidence["notes"] for one in seen.values()] == [[["changed", None]]] * 2
