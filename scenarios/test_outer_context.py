"""One outer context: what requests share that are made inside it, as a test suite makes them.

Nothing here is about the handle: whether a context is shared is Flask's affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .sessions import serial

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"


def test_each_request_inside_it_has_a_session_of_its_own(
    world: World, evidence: Callable[..., None]
) -> None:
    """Each request inside one outer application context has a Session of its own."""
    world.add_views()
    seen: list[int] = []

    with world.app.app_context():
        for _ in range(2):
            world.work(lambda view: seen.append(serial(view.get_query().session)))

    evidence(sessions=len(set(seen)))
    assert len(set(seen)) == len(seen), "requests inside one outer context share one Session"
