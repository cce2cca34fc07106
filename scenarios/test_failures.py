"""Failure: after each the next request works, and nothing of the failed one is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy.exc import IntegrityError, OperationalError

from .pages import form, list_rows, messages

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


class _OwnError(Exception):
    """Raised by the application under test, as applications do."""


def _fail(*_arguments: object, **_options: object) -> Any:
    raise _OwnError("the scenario's own")


def failing(called: list[str]) -> Callable[..., Any]:
    """Return a hook that raises, and notes that it was called: else nothing was tried."""

    def hook(*_arguments: object, **_options: object) -> Any:
        called.append("called")
        return _fail()

    return hook


def aftermath(world: World) -> dict[str, Any]:
    """Look at what is left now, and whether the next request works."""
    left = world.left_open()
    page = world.client().get("/admin/user/")
    rows = list_rows(page.get_data(as_text=True))
    return {**left, "next_status": page.status_code, "next_rows": len(rows)}


def check(world: World, found: dict[str, Any], *, rows: int = 3) -> None:
    """Fail where something was left, or where the next request does not work."""
    left = {name: found[name] for name in NOTHING}
    assert left == NOTHING, f"left open after the failure: {left}"
    if (found["next_status"], found["next_rows"]) != (200, rows):
        told = f"the next page answered {found['next_status']} with {found['next_rows']} rows"
        raise AssertionError(told) from world.raised(found["next_status"])


def test_a_row_that_another_process_took_first_is_refused(
    world: World, evidence: Callable[..., None]
) -> None:
    """A unique name that is taken between validation and commit is refused by the database."""

    def on_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        world.database.run("INSERT INTO person (name) VALUES ('dot')")

    world.allow(raised=(IntegrityError,))
    world.add_views(on_model_change=on_model_change)
    values = form(world.get("/admin/user/new/"))

    answer = world.client().post("/admin/user/new/", data={**values, "name": "dot"})
    told = bool(messages(answer.get_data(as_text=True)))
    found = aftermath(world)

    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, told=told, names=names, **found)
    world.expect(answer, 200)
    assert told, "the user is not told that the row was refused"
    assert names == ["ada", "bob", "cyd", "dot"], "the rows are not those that were committed"
    check(world, found, rows=4)


def change(world: World, evidence: Callable[..., None], path: str) -> None:
    """Submit a form whose `on_model_change` raises; the user is told, and nothing is left."""
    called: list[str] = []
    world.allow(raised=(_OwnError,), logged=("Failed to",))
    world.add_views(on_model_change=failing(called))
    values = form(world.get(path))

    answer = world.client().post(path, data={**values, "name": "changed"})
    told = bool(messages(answer.get_data(as_text=True)))
    found = aftermath(world)

    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, called=len(called), told=told, names=names, **found)
    assert called, "the row was not changed as far as the hook"
    world.expect(answer, 200)
    assert told, "the user is not told that the change failed"
    assert names == ["ada", "bob", "cyd"], "the database changed although the hook raised"
    check(world, found)


def test_an_error_in_a_change_hook_of_a_new_row_leaves_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """After `on_model_change` raised for a new row the form is shown again, nothing stored."""
    change(world, evidence, "/admin/user/new/")


def test_an_error_in_a_change_hook_of_an_edited_row_leaves_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """After `on_model_change` raised for an edited row the form is shown again, nothing stored."""
    change(world, evidence, "/admin/user/edit/?id=1")


def test_an_error_in_a_delete_hook_leaves_nothing(
    world: World, evidence: Callable[..., None]
) -> None:
    """After `on_model_delete` raised the row is still there and nothing is open."""
    called: list[str] = []
    world.allow(raised=(_OwnError,), logged=("Failed to delete record",))
    world.add_views(on_model_delete=failing(called))

    answer = world.client().post("/admin/user/delete/", data={"id": "1"})
    found = aftermath(world)

    names = [name for name, *_ in world.database.people()]
    evidence(status=answer.status_code, called=len(called), names=names, **found)
    assert called, "the row was not deleted as far as the hook"
    world.expect(answer, 302)
    assert names == ["ada", "bob", "cyd"], "the row is gone although the hook raised"
    check(world, found)


def test_an_error_in_a_template_leaves_nothing(world: World, evidence: Callable[..., None]) -> None:
    """After a column's formatter raised while the list was rendered, nothing is open."""
    broken = [True]

    def formatter(view: Any, context: Any, model: Any, name: str) -> str:
        return _fail() if broken else model.name

    world.allow(raised=(_OwnError,))
    world.add_views(column_formatters={"name": formatter})

    answer = world.client().get("/admin/user/")
    raised = [type(error).__name__ for error in world.app.errors]
    broken.clear()
    found = aftermath(world)

    evidence(status=answer.status_code, raised=raised, **found)
    assert raised == ["_OwnError"], "the page was not rendered as far as it should"
    world.expect(answer, 500)
    check(world, found)


def test_a_database_that_comes_back_is_used_again(
    world: World, evidence: Callable[..., None]
) -> None:
    """After the database was away for two requests, the next one shows every row."""
    # pg8000 calls it by another name, and cannot close what is cut off.
    world.allow(raised=(OperationalError, "InterfaceError"), logged=("Exception terminating",))
    world.add_views()
    first = len(list_rows(world.get("/admin/user/")))
    with world.app.app_context():
        engine = world.library.engine()
    world.database.go_away(engine)
    away = [world.client().get("/admin/user/").status_code for _ in range(2)]
    left = world.left_open()
    world.database.come_back()
    found = aftermath(world)

    evidence(first=first, away=away, left_while_away=left, **found)
    assert first == 3, "the first page does not show the three users"
    assert away == [500, 500], f"without a database the page answered {away}"
    assert left == NOTHING, f"left open by requests without a database: {left}"
    check(world, found)
