"""Lists: what their bulk actions do, by one Session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def test_a_bulk_action_deletes_the_chosen_rows(world: World, evidence: Callable[..., None]) -> None:
    """Rows chosen in the list are deleted by one Session, the others are kept."""
    world.add_views()
    world.get("/admin/user/")
    before = len(world.watch.begun)

    answer = world.client().post(
        "/admin/user/action/", data={"action": "delete", "rowid": ["1", "3"]}
    )

    sessions = world.watch.distinct(before)
    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, names=names, sessions=sessions, **world.left_open())
    world.expect(answer, 302)
    assert names == ["bob"], "the rows left are not the ones that were not chosen"
    assert sessions == 1, f"the action was the work of {sessions} Sessions, not of 1"
    assert world.left_open() == NOTHING, f"left open after the action: {world.left_open()}"
