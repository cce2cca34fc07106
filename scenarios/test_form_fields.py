"""Fields over other rows, inline forms, the list itself: what is chosen and entered is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from .pages import choices, form

if TYPE_CHECKING:
    from .world import World

GUARDS = "applications"

NOTHING = {"transactions": 0, "connections": 0}


def test_a_relation_is_chosen_from_the_rows_of_now(
    world: World, evidence: Callable[..., None]
) -> None:
    """A group that another process adds can be chosen in the next form, and is stored."""
    world.add_views()
    first = sorted(choices(world.get("/admin/user/new/"), "group"))

    world.database.run("INSERT INTO team (name) VALUES ('green')")
    page = world.get("/admin/user/edit/?id=1")
    offered = choices(page, "group")
    chosen = {**form(page), "group": offered.get("team green", "no such choice")}
    before = len(world.watch.begun)
    answer = world.client().post("/admin/user/edit/?id=1", data=chosen)

    sessions = world.watch.distinct(before)
    stored = world.database.people()[0]
    evidence(first=first, then=sorted(offered), stored=stored, sessions=sessions)
    assert first == ["team blue", "team red"], "the first form does not offer the stored groups"
    assert sorted(offered) == ["team blue", "team green", "team red"], "the choices are stale"
    world.expect(answer, 302)
    assert stored[3] == 3, "the chosen group was not stored"
    assert sessions == 1, f"the form was validated and stored by {sessions} Sessions, not by 1"


def test_several_rows_are_chosen_at_once(world: World, evidence: Callable[..., None]) -> None:
    """The members chosen in a group's multi-select are stored, and the others released."""
    world.add_views(group={"form_columns": ("name", "members")})
    values = form(world.get("/admin/group/edit/?id=1"))
    before = len(world.watch.begun)

    answer = world.client().post("/admin/group/edit/?id=1", data={**values, "members": ["2", "3"]})

    sessions = world.watch.distinct(before)
    groups = {name: at for name, _, _, at in world.database.people()}
    evidence(status=answer.status_code, groups=groups, sessions=sessions, **world.left_open())
    world.expect(answer, 302)
    assert groups == {"ada": None, "bob": 1, "cyd": 1}, "the members are not those chosen"
    assert sessions == 1, f"the form was validated and stored by {sessions} Sessions, not by 1"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_inline_models_are_stored_with_their_parent(
    world: World, evidence: Callable[..., None]
) -> None:
    """A member edited and one added in a group's inline form are stored by one Session."""
    world.prepare()
    inline = (world.models.User, {"form_columns": ("id", "name")})
    world.add_views(group={"inline_models": (inline,), "form_columns": ("name",)})
    values = form(world.get("/admin/group/edit/?id=1"))
    before = len(world.watch.begun)

    new = {"members-0-name": "ada lovelace", "members-1-id": "", "members-1-name": "dot"}
    answer = world.client().post("/admin/group/edit/?id=1", data={**values, **new})

    sessions = world.watch.distinct(before)
    members = [name for name, _, _, at in world.database.people() if at == 1]
    evidence(fields=sorted(values), status=answer.status_code, members=members, sessions=sessions)
    assert values.get("members-0-name") == "ada", "the form does not show the stored member"
    world.expect(answer, 302)
    assert members == ["ada lovelace", "dot"], "the members are not those submitted"
    assert sessions == 1, f"parent and members were stored by {sessions} Sessions, not by 1"


def test_a_value_edited_in_the_list_is_stored(world: World, evidence: Callable[..., None]) -> None:
    """A value changed in the list itself is stored, by one Session, which ends."""
    world.add_views(column_editable_list=("name", "group"))
    world.get("/admin/user/")
    before = len(world.watch.begun)

    changes: tuple[dict[str, str], ...] = ({"name": "ada lovelace"}, {"group": "2"})
    answers = [
        world.client().post("/admin/user/ajax/update/", data={"list_form_pk": "1", **change})
        for change in changes
    ]

    sessions = world.watch.distinct(before)
    stored = world.database.people()[0]
    statuses = [answer.status_code for answer in answers]
    evidence(statuses=statuses, stored=stored, sessions=sessions, **world.left_open())
    for answer in answers:
        world.expect(answer, 200)
    assert stored == ("ada lovelace", "1815-12-10", "editor", 2), "the row is not as edited"
    assert sessions == 2, f"two requests were the work of {sessions} Sessions, not of 2"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"
