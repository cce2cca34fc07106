"""The database server's own view: which connections it sees idle in a transaction.

That is how users meet a session that nobody ends. SQLite has no server to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import form
from .patterns import NotApplicable

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"


def test_the_server_sees_nobody_idle_in_a_transaction(
    world: World, evidence: Callable[..., None]
) -> None:
    """After a page, a stored and a refused row, and an error nobody idles in a transaction."""
    if not world.database.has_server:
        raise NotApplicable("SQLite has no server that could be asked")
    world.allow(raised=(LookupError,))
    world.add_views()
    idle: dict[str, int] = {}

    def fail(view: ModelView) -> None:
        view.get_one("1").name = "half done"
        view.get_query().session.flush()
        raise LookupError("the scenario's own")

    def told(what: str) -> None:
        idle[what] = world.database.idle_in_transaction()

    world.get("/admin/user/")
    told("after a page")
    values = form(world.get("/admin/user/new/"))
    world.post("/admin/user/new/", {**values, "name": "dot"})
    told("after a stored row")
    world.post("/admin/user/new/", {**values, "name": "bob"}, expect=200)
    told("after a refused row")
    world.work(fail, expect=500)
    told("after an error")

    evidence(idle_in_transaction=idle)
    assert set(idle.values()) == {0}, f"connections that idle in a transaction: {idle}"
