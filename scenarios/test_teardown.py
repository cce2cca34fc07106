"""Teardown: after each request its session is closed and its connection is back in the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import form, list_rows

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"
CONTROLLED = True


def left_open(world: World) -> dict[str, int]:
    """Count what the requests so far left behind."""
    return {
        "transactions": world.watch.open_transactions(),
        "connections": world.watch.checked_out,
    }


def test_nothing_stays_open_after_a_request(world: World, evidence: Callable[..., None]) -> None:
    """After a page is served no transaction is open and every connection is back."""
    world.add_views()

    world.get("/admin/user/")

    left = left_open(world)
    evidence(began=len(world.watch.begun), **left)
    assert world.watch.begun, "the page was served without any transaction"
    assert left == {"transactions": 0, "connections": 0}, f"left open after a request: {left}"


def test_nothing_stays_open_after_a_request_that_raised(
    world: World, evidence: Callable[..., None]
) -> None:
    """After a view raised in mid-work nothing is open, and the next page is served."""
    world.allow(raised=(LookupError,))
    world.add_views()

    def fail(view: ModelView) -> None:
        view.get_one("1").name = "half done"
        view.get_query().session.flush()
        raise LookupError("the scenario's own")

    world.work(fail, expect=500)
    left = left_open(world)
    rows = list_rows(world.get("/admin/user/"))

    evidence(raised=type(world.app.errors[0]).__name__, **left)
    assert isinstance(world.app.errors[0], LookupError), "the view did not get as far as it should"
    assert left == {"transactions": 0, "connections": 0}, f"left open after an error: {left}"
    assert len(rows) == 3, "the next page does not show the three users"


def test_nothing_stays_open_after_a_refused_write(
    world: World, evidence: Callable[..., None]
) -> None:
    """After the database refused a row nothing is open, and the next page is served."""
    # An IntegrityError of SQLite's; those of PostgreSQL and MariaDB are others, and logged.
    world.allow(raised=("refused by the scenario",), logged=("Failed to create record",))
    world.add_views()
    values = form(world.get("/admin/user/new/"))
    world.database.refuse_inserts("person", "refused by the scenario")

    page = world.post("/admin/user/new/", {**values, "name": "dot"}, expect=200)
    left = left_open(world)
    rows = list_rows(world.get("/admin/user/"))

    evidence(told="refused by the scenario" in page, **left)
    assert "refused by the scenario" in page, "the page does not tell what the database refused"
    assert left == {"transactions": 0, "connections": 0}, f"left open after an error: {left}"
    assert len(rows) == 3, "the next page does not show the three users"
