"""What is settled before any scenario runs, in one real environment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.model import Json
from tests import subject

pytestmark = pytest.mark.network

IDENTITY = "request_identity::each_request_gets_its_own_session"
LIST = "admin_pages::list_shows_what_the_database_holds"
PLAIN = ("--adapter", "plain_sqlalchemy")


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return subject.make(tmp_path_factory.mktemp("collected"))


def lines(venv: Path, folder: Path, *more: str) -> list[Mapping[str, Json]]:
    """Run two scenarios, and return what was recorded."""
    chosen = [word for name in (IDENTITY, LIST) for word in ("--scenario", name)]
    subject.ran(*subject.command(venv, folder, *chosen, *more))
    paths = (folder / "records").glob("record-*")
    return [json.loads(one) for path in paths for one in path.read_text("utf-8").splitlines()]


def patterns(*names: str) -> Iterator[str]:
    return (word for name in names for word in ("--pattern", name))


def seen(found: list[Mapping[str, Json]]) -> dict[Json, Mapping[str, Json]]:
    """Return the observations by pattern; each is recorded once."""
    told = [one for one in found if one["event"] == "observation"]
    by_pattern = {one["pattern"]: one for one in told}
    assert len(by_pattern) == len(told)
    return by_pattern


def started(found: list[Mapping[str, Json]]) -> set[Json]:
    return {one["pattern"] for one in found if one["event"] == "start"}


def test_what_does_not_exist_is_told_once_and_nothing_is_set_up_for_it(
    venv: Path, tmp_path: Path
) -> None:
    found = lines(venv, tmp_path, *PLAIN, "-n", "2", *patterns("db", "db@context", "any"))
    for name in ("db", "db@context"):
        one = seen(found)[name]
        assert (one["outcome"], one["evidence"]) == ("not-applicable", {})
        assert one["reason"] == "plain SQLAlchemy has no `db` object"
    assert started(found) == {"any"}
    planned = next(one["observations"] for one in found if one["event"] == "planned")
    assert isinstance(planned, list)
    assert [IDENTITY, "db"] in planned


def test_a_handle_that_is_the_same_inside_a_context_is_tried_outside(
    venv: Path, tmp_path: Path
) -> None:
    found = seen(lines(venv, tmp_path, *patterns("db-session", "db-session@context")))
    assert found["db-session"]["outcome"] == "passed"
    assert found["db-session@context"]["outcome"] == "not-applicable"
    assert str(found["db-session@context"]["reason"]).startswith("the same as db-session: ")


#: A pytest plugin: a Flask-Admin that asks for the session where a view is made.
ASKS_EARLY = """
from flask_admin.contrib.sqla import ModelView

made = ModelView.__init__


def init(self, model, session, *more, **named):
    getattr(session, "session", session)()
    made(self, model, session, *more, **named)


ModelView.__init__ = init
"""


def test_a_handle_that_needs_a_context_to_be_built_is_tried_inside_one(
    venv: Path, tmp_path: Path
) -> None:
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "asks_early.py").write_text(ASKS_EARLY, encoding="utf-8")
    given = patterns("db-session", "db-session@context")
    found = seen(lines(venv, tmp_path, "-p", "asks_early", *given))
    assert found["db-session"]["outcome"] == "failed"
    assert found["db-session@context"]["outcome"] == "passed"


def test_one_that_is_asked_for_by_itself_is_tried(venv: Path, tmp_path: Path) -> None:
    found = seen(lines(venv, tmp_path, *patterns("db-session@context")))
    assert found["db-session@context"]["outcome"] == "passed"


@pytest.mark.parametrize(("library", "handle"), [((), "db"), (PLAIN, "scoped-session")])
def test_pages_are_looked_at_under_the_handle_that_is_recommended(
    venv: Path, tmp_path: Path, library: tuple[str, ...], handle: str
) -> None:
    one = seen(lines(venv, tmp_path, *library, *patterns("any")))["any"]
    assert one["outcome"] == "passed"
    assert isinstance(one["evidence"], dict)
    assert one["evidence"]["handle"] == handle
