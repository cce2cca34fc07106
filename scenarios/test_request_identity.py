"""Request identity: the object that the view holds, and the real Session behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .pages import form
from .sessions import serial

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"
CONTROLLED = True


def test_view_holds_the_same_object_in_every_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """The object in `view.session` is the same one in three requests."""
    world.add_views()
    held: list[Any] = []  # references, not ids: an id is used again

    for _ in range(3):
        world.work(lambda view: held.append(view.session))

    distinct = [one for at, one in enumerate(held) if not any(one is other for other in held[:at])]
    evidence(holds=type(held[0]).__name__, held_objects=len(distinct), requests=3)
    assert len(distinct) == 1, f"the view held {len(distinct)} objects in three requests"


def test_each_request_gets_its_own_session(world: World, evidence: Callable[..., None]) -> None:
    """The Session behind the view's queries is another one in each of three requests."""
    world.add_views()
    seen: list[int] = []

    for _ in range(3):
        world.work(lambda view: seen.append(serial(view.get_query().session)))

    evidence(holds=type(world.view.session).__name__, sessions=len(set(seen)), requests=3)
    assert len(set(seen)) == 3, f"three requests shared {len(set(seen))} Session(s)"


def test_one_session_does_all_the_work_of_a_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """Reading, validating and saving an edited row in one request is the work of one Session."""
    world.add_views()
    values = form(world.get("/admin/user/edit/?id=1"))
    before = len(world.watch.begun)

    world.post("/admin/user/edit/?id=1", {**values, "name": "ada lovelace"})

    sessions = world.watch.distinct(since=before)
    evidence(sessions=sessions)
    assert sessions == 1, f"one request began the transactions of {sessions} Sessions, not of 1"
