"""Fields and validators that reach for a session by themselves: which Session it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy.orm import object_session

from .pages import choices, form, messages
from .sessions import serial

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def test_the_unique_validator_works_in_the_session_of_the_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """A taken name is refused on create and on edit, within one Session, which ends."""
    world.add_views()
    facts: dict[str, Any] = {}

    for name, path in (("create", "/admin/user/new/"), ("edit", "/admin/user/edit/?id=1")):
        values = form(world.get(path))
        before = len(world.watch.begun)
        page = world.post(path, {**values, "name": "bob"}, expect=200)
        told = any("Already exists" in one for one in messages(page))
        facts[name] = {"told": told, "sessions": world.watch.distinct(before), **world.left_open()}

    evidence(**facts)
    for name, found in facts.items():
        assert found["told"], f"on {name} the user is not told that the name is taken"
        sessions = found["sessions"]
        assert sessions == 1, f"on {name} the validator and the rest used {sessions} Sessions"
    assert world.left_open() == NOTHING, f"left open after a refusal: {world.left_open()}"


def test_an_ajax_loader_finds_rows_in_the_session_of_the_request(
    world: World, evidence: Callable[..., None]
) -> None:
    """An AJAX field finds the rows of now, stores the one chosen, and leaves nothing open."""
    world.add_views(form_ajax_refs={"group": {"fields": ("name",)}})
    lookup = "/admin/user/ajax/lookup/?name=group&query="

    first = json.loads(world.get(f"{lookup}re"))
    world.database.run("INSERT INTO team (name) VALUES ('green')")
    then = json.loads(world.get(f"{lookup}re"))
    left = world.left_open()
    values = form(world.get("/admin/user/edit/?id=1"))
    before = len(world.watch.begun)
    answer = world.client().post("/admin/user/edit/?id=1", data={**values, "group": "2"})

    sessions = world.watch.distinct(before)
    stored = world.database.people()[0]
    evidence(first=first, then=then, stored=stored, sessions=sessions, **left)
    assert first == [[1, "team red"]], "the lookup does not find the stored group"
    assert then == [[1, "team red"], [3, "team green"]], "the lookup does not see a new group"
    assert left == NOTHING, f"left open after a lookup: {left}"
    world.expect(answer, 302)
    assert stored[3] == 2, "the chosen group was not stored"
    assert sessions == 1, f"the field and the form used {sessions} Sessions in one request"


def test_objects_of_a_request_belong_to_one_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """The edited row, the chosen group and the view's queries belong to one Session."""
    seen: dict[str, int | None] = {}

    def on_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        found = {"row": model, "group": model.group, "choice": form.group.data}
        for name, one in found.items():
            session = object_session(one)
            seen[name] = serial(session) if session is not None else None
        seen["query"] = serial(view.get_query().session)

    world.add_views(on_model_change=on_model_change)
    page = world.get("/admin/user/edit/?id=1")
    blue = choices(page, "group").get("team blue", "no such choice")

    world.post("/admin/user/edit/?id=1", {**form(page), "group": blue})

    stored = world.database.people()[0]
    evidence(asked=sorted(seen), sessions=len(set(seen.values())), stored=stored)
    assert sorted(seen) == ["choice", "group", "query", "row"], "the hook was not called"
    assert len(set(seen.values())) == 1, "objects of one request are in several Sessions"
    assert stored[3] == 2, "the chosen group was not stored"
