"""Without Flask-Admin: the same pattern in a view of Flask alone, to tell whose failure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .patterns import session_behind
from .sessions import serial

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"


def serve(world: World, function: Callable[[], Any]) -> None:
    """Build the application without an admin: `GET /` calls `function` and answers 200."""
    world.prepare()
    world.library.init_app(world.app)
    world.app.add_url_rule("/", view_func=lambda: str(function()), endpoint="root")
    with world.place():
        world.make_handle()


def test_the_session_can_be_handed_over(world: World, evidence: Callable[..., None]) -> None:
    """What the pattern hands over can be evaluated where the views are added."""
    serve(world, lambda: "")

    evidence(handed_over=type(world.handle).__name__)


def test_each_request_gets_its_own_session(world: World, evidence: Callable[..., None]) -> None:
    """Three requests to a plain Flask view work with three Sessions."""
    seen = []
    serve(world, lambda: seen.append(serial(session_behind(world.handle, world.library))))

    for _ in range(3):
        world.get("/")

    evidence(requests=3, sessions=len(set(seen)))
    assert len(set(seen)) == 3, f"three requests shared {len(set(seen))} Session(s)"


def test_nothing_stays_open_after_a_request(world: World, evidence: Callable[..., None]) -> None:
    """After a request to a plain Flask view no transaction is open and no connection is out."""

    def query() -> None:
        session_behind(world.handle, world.library).query(world.models.User).all()

    serve(world, query)

    world.get("/")

    left = {"transactions": world.watch.open_transactions(), "connections": world.watch.checked_out}
    evidence(began=len(world.watch.begun), **left)
    assert world.watch.begun, "the request used no session at all"
    assert left == {"transactions": 0, "connections": 0}, f"left open after the request: {left}"
