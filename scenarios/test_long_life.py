"""Long life: after many requests nothing has grown, and what others commit is seen."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

FIRST, LAST = 20, 60
"""Requests after which is counted for the first and for the last time.

What leaks once a request, or once in ten, has grown by then as it has after hundreds.
"""

TOO_MANY = 4
"""Connections that are out after a request, beyond which the rest is known: a pool has 15."""


def test_nothing_grows_over_many_requests(world: World, evidence: Callable[..., None]) -> None:
    """Live Sessions, open transactions and checked-out connections do not grow in 60 requests."""
    world.add_views()
    world.view.work = lambda view: view.get_one("1").name
    ask = world.plain_requests("/admin/user/work")
    counted = []
    for number in range(1, LAST + 1):
        assert ask() == "200 OK", f"request {number} failed"
        out = world.watch.checked_out
        if out > TOO_MANY:
            evidence(connections=out)
        assert out <= TOO_MANY, f"after {number} requests {out} connections are out"
        if number in (FIRST, LAST):
            gc.collect()
            counted.append({"live": world.watch.live(), **world.left_open()})
    world.database.run("UPDATE person SET name = 'renamed' WHERE id = 1")
    seen = world.work(lambda view: view.get_one("1").name)

    evidence(requests=LAST, sessions=world.watch.distinct(), first=counted[0], last=counted[1])
    grown = {name: counted[1][name] - counted[0][name] for name in counted[0]}
    assert max(grown.values()) <= 0, f"grown between request {FIRST} and {LAST}: {grown}"
    assert counted[1]["transactions"] == 0, "a transaction is open after the last request"
    assert counted[1]["connections"] == 0, "a connection is out after the last request"
    assert seen == "renamed", f"after {LAST} requests the stale name {seen!r} is seen"
