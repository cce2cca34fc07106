"""Cross-request isolation: what one request does is not seen by the next before it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"
CONTROLLED = True


def test_uncommitted_changes_are_not_seen_by_the_next_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row that one request changed and flushed, but did not commit, is unchanged in the next."""
    world.add_views()

    def change(view: ModelView) -> None:
        user = view.get_one("1")
        user.name = "changed"
        view.get_query().session.flush()

    world.work(change)
    seen = world.work(lambda view: view.get_one("1").name)

    stored = world.database.people()[0][0]
    evidence(seen=seen, stored=stored)
    assert seen == "ada", f"the next request saw {seen!r}, which nobody committed"
    assert stored == "ada", f"the database holds {stored!r}, which nobody committed"


def test_added_objects_are_not_in_the_next_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """An object that one request added, and never committed, is not pending in the next."""
    world.add_views()
    pending: list[int] = []

    def add(view: ModelView) -> None:
        view.get_query().session.add(world.models.User(name="left over"))

    world.work(add)
    world.work(lambda view: pending.append(len(view.get_query().session.new)))
    names = [name for name, *_ in world.database.people()]

    evidence(pending=pending[0], stored="left over" in names)
    assert pending == [0], "the next request's Session still held what the first one added"
    assert "left over" not in names, "the next request stored what the first one had added"


def test_next_request_sees_what_another_connection_committed(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row that another process changes between two requests is seen as changed."""
    world.add_views()
    kept = []  # as an application keeps a user that it loaded: the identity map is weak

    world.work(lambda view: kept.append(view.get_one("1")))
    world.database.run("UPDATE person SET name = 'renamed' WHERE id = 1")
    seen = world.work(lambda view: view.get_one("1").name)

    evidence(seen=seen)
    assert seen == "renamed", f"the next request saw the stale name {seen!r}"
