"""Stored rows: what the forms create, change and delete reaches the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import form

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def test_rows_are_created_edited_and_deleted(world: World, evidence: Callable[..., None]) -> None:
    """A row that a form creates, edits or deletes is created, edited or deleted in the database."""
    world.add_views()
    statuses = {}
    submitted = {"/admin/user/new/": "dot", "/admin/user/edit/?id=1": "ada lovelace"}
    for path, name in submitted.items():
        values = form(world.get(path))
        answer = world.client().post(path, data={**values, "name": name})
        statuses[path] = answer.status_code
        world.expect(answer, 302)
    answer = world.client().post("/admin/user/delete/", data={"id": "2"})

    names = [name for name, *_ in world.database.people()]
    evidence(statuses=[*statuses.values(), answer.status_code], names=names, **world.left_open())
    world.expect(answer, 302)
    assert "dot" in names, "the row that was created is not in the database"
    assert "ada" not in names, "the row that was edited is unchanged in the database"
    assert "bob" not in names, "the row that was deleted is still in the database"
    assert names == ["ada lovelace", "cyd", "dot"], "the rows are not what was submitted"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"
