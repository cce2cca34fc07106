"""View code: what applications write into their views with the view's own `self.session`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from flask_admin.actions import action
from sqlalchemy import func

from .pages import form, list_rows, parse

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def test_a_list_shows_what_the_queries_of_the_view_find(
    world: World, evidence: Callable[..., None]
) -> None:
    """`get_query` and `get_count_query` written with `self.session.query` decide what is listed."""

    def get_query(view: Any) -> Any:
        return view.session.query(view.model).filter(view.model.name != "bob")

    def get_count_query(view: Any) -> Any:
        counted = view.session.query(func.count("*")).select_from(view.model)
        return counted.filter(view.model.name != "bob")

    world.add_views(get_query=get_query, get_count_query=get_count_query)

    page = world.get("/admin/user/")

    names = sorted(row["name"] for row in list_rows(page))
    counted = [tab.text for tab in parse(page).all("a") if tab.text.startswith("List")]
    evidence(names=names, counted=counted, **world.left_open())
    assert names == ["ada", "cyd"], "the list does not show the rows of the view's own query"
    assert counted == ["List (2)"], "the page does not count the rows of the view's own query"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_page_of_the_view_gets_a_row(world: World, evidence: Callable[..., None]) -> None:
    """A page that the application adds to the view reads a row with `self.session.get`."""
    world.add_views()

    seen = world.work(lambda view: view.session.get(view.model, 1).name)

    evidence(seen=seen, **world.left_open())
    assert seen == "ada", "the page does not show the row"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_an_action_changes_and_commits_rows(world: World, evidence: Callable[..., None]) -> None:
    """An action changes the chosen rows with `self.session.query` and commits them."""

    @action("rename", "Rename")
    def rename(view: Any, ids: list[str]) -> None:
        for user in view.session.query(view.model).filter(view.model.id.in_(ids)):
            user.name = f"{user.name} renamed"
        view.session.commit()

    world.add_views(rename=rename)
    chosen = {"action": "rename", "rowid": ["1", "3"]}

    answer = world.client().post("/admin/user/action/", data=chosen)

    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, names=names, **world.left_open())
    world.expect(answer, 302)
    assert names == ["ada renamed", "bob", "cyd renamed"], "the action did not change the rows"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_hook_stores_another_row(world: World, evidence: Callable[..., None]) -> None:
    """`after_model_change` adds another row with `self.session.add` and commits it."""

    def after_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        view.session.add(world.models.Group(name=f"of {model.name}"))
        view.session.commit()

    world.add_views(after_model_change=after_model_change)
    values = form(world.get("/admin/user/new/"))

    answer = world.client().post("/admin/user/new/", data={**values, "name": "dot"})

    stored = teams(world)
    evidence(status=answer.status_code, teams=stored, **world.left_open())
    world.expect(answer, 302)
    assert stored == ["red", "blue", "of dot"], "the row of the hook is not stored"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_view_creates_its_rows_itself(world: World, evidence: Callable[..., None]) -> None:
    """A `create_model` of the application's own stores the row with `self.session.add`."""

    def create_model(view: Any, form: Any) -> Any:
        user = view.model()
        form.populate_obj(user)
        view.session.add(user)
        view.session.commit()
        return user

    world.add_views(create_model=create_model)
    values = form(world.get("/admin/user/new/"))

    answer = world.client().post("/admin/user/new/", data={**values, "name": "dot"})

    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, names=names, **world.left_open())
    world.expect(answer, 302)
    assert names == ["ada", "bob", "cyd", "dot"], "the new row is not stored"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_refused_visitor_is_noted(world: World, evidence: Callable[..., None]) -> None:
    """`inaccessible_callback` stores a row with `self.session.add` and answers 403."""

    def inaccessible_callback(view: Any, name: str, **_arguments: Any) -> Any:
        view.session.add(world.models.Group(name="refused"))
        view.session.commit()
        return "no", 403

    world.add_views(is_accessible=lambda view: False, inaccessible_callback=inaccessible_callback)

    answer = world.client().get("/admin/user/")

    stored = teams(world)
    evidence(status=answer.status_code, teams=stored, **world.left_open())
    world.expect(answer, 403)
    assert stored == ["red", "blue", "refused"], "the refused visit is not stored"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def teams(world: World) -> list[str]:
    """Return the name of each group that is stored."""
    return [name for (name,) in world.database.run("SELECT name FROM team ORDER BY id")]
