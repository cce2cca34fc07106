"""Contexts: where an application, its tests, its shell and its jobs use the admin's session."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Callable

from flask_admin import Admin
from sqlalchemy import Column, Integer, String

from .client import client_of
from .concurrency import DEADLINE
from .pages import form, list_rows
from .patterns import OWN, NotApplicable
from .sessions import serial

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}


def names(view: ModelView) -> list[str]:
    """Return the names of all users, asked for as the view does."""
    return sorted(user.name for user in view.get_query().all())


def test_requests_inside_an_outer_context_work(world: World, evidence: Callable[..., None]) -> None:
    """Requests inside one outer context, as in tests and shells, edit a row that was made in it."""
    world.add_views()

    with world.app.app_context():
        made = world.models.User(name="dot")
        session = world.view.get_query().session
        session.add(made)
        session.commit()
        values = form(world.get(f"/admin/user/edit/?id={made.id}"))
        answer = world.client().post(
            f"/admin/user/edit/?id={made.id}", data={**values, "name": "eve"}
        )
        shown = [row.get("name") for row in list_rows(world.get("/admin/user/"))]
        world.view.get_query().session.refresh(made)
        name = made.name
    left = world.left_open()

    evidence(shown=shown, name=name, **left)
    world.expect(answer, 302)
    assert sorted(shown) == ["ada", "bob", "cyd", "eve"], "the list does not show what was stored"
    assert world.database.people()[-1][0] == "eve", "the change was not stored"
    assert name == "eve", "the row of the outer context does not show what a request stored"
    assert left == NOTHING, f"left open after the outer context: {left}"


def test_a_request_goes_on_after_a_nested_context(
    world: World, evidence: Callable[..., None]
) -> None:
    """After an application context inside a request has ended, the request reads and writes on."""
    world.add_views()
    seen: list[str] = []

    def nest(view: ModelView) -> None:
        view.get_one("1")
        with world.app.app_context():
            seen.extend(names(view))
        view.get_one("1").name = "ada lovelace"
        view.get_query().session.commit()

    world.work(nest)

    stored = world.database.people()[0][0]
    evidence(seen=seen, stored=stored, **world.left_open())
    assert seen == ["ada", "bob", "cyd"], "the nested context does not see the users"
    assert stored == "ada lovelace", "what was written after the nested context was not stored"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_save_outlives_a_nested_context(world: World, evidence: Callable[..., None]) -> None:
    """What a user saves is stored where a hook of the view uses a context of its own."""
    seen: list[list[str]] = []

    def use_context(view: ModelView, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001 - as Flask-Admin calls it
        model.name = "new" if is_created else "eve"
        with world.app.app_context():
            seen.append(names(view))

    world.add_views(on_model_change=use_context)
    answers = []
    for page in ("edit/?id=1", "new/"):
        values = form(world.get(f"/admin/user/{page}"))
        answers.append(world.client().post(f"/admin/user/{page}", data={**values, "name": "given"}))

    stored = [name for name, *_ in world.database.people()]
    saved = {"eve": "the edited row", "new": "the new row"}
    lost = [what for name, what in saved.items() if name not in stored]
    evidence(seen=len(seen), stored=stored, lost=lost)
    for answer in answers:
        world.expect(answer, 302)
    assert len(seen) == len(answers), f"the hook was called {len(seen)} times, not twice"
    assert not lost, f"not stored, though the user was told so: {', '.join(lost)}"


def test_a_test_request_context_serves_the_view(
    world: World, evidence: Callable[..., None]
) -> None:
    """In `app.test_request_context()` the view's own methods work, and nothing stays open."""
    world.add_views()

    with world.app.test_request_context("/admin/user/"):
        count, rows = world.view.get_list(0, None, None, None, None)
        listed = sorted(row.name for row in rows)

    evidence(count=count, listed=listed, **world.left_open())
    assert (count, listed) == (3, ["ada", "bob", "cyd"]), "the view does not list the users"
    assert world.left_open() == NOTHING, f"left open after the context: {world.left_open()}"


def test_a_command_uses_the_session(world: World, evidence: Callable[..., None]) -> None:
    """A command of `flask` reads and writes with the admin's session, and leaves nothing open."""
    world.add_views()

    def rename() -> None:
        world.view.get_one("1").name = "ada lovelace"
        world.view.get_query().session.commit()
        seen.extend(names(world.view))

    seen: list[str] = []
    world.app.cli.command("rename")(rename)
    result = world.app.test_cli_runner().invoke(args=["rename"])

    evidence(exit_code=result.exit_code, seen=seen, **world.left_open())
    if result.exception is not None:
        raise AssertionError("the command failed") from result.exception
    assert seen == ["ada lovelace", "bob", "cyd"], "the command does not see what it wrote"
    assert world.database.people()[0][0] == "ada lovelace", "what the command wrote is not stored"
    assert world.left_open() == NOTHING, f"left open after the command: {world.left_open()}"


def test_a_background_thread_has_a_session_of_its_own(
    world: World, evidence: Callable[..., None]
) -> None:
    """A thread that a request starts, with a context of its own, has a Session of its own."""
    world.add_views()
    seen: dict[str, Any] = {}

    def job(view: ModelView) -> None:
        try:
            with world.app.app_context():
                seen["thread"] = serial(view.get_query().session)
                seen["names"] = names(view)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            seen["error"] = error

    def start(view: ModelView) -> None:
        seen["request"] = serial(view.get_query().session)
        view.get_one("1")
        thread = threading.Thread(target=job, args=(view,), daemon=True)
        thread.start()
        thread.join(DEADLINE)
        seen["ended"] = not thread.is_alive()

    world.work(start)

    own = seen.get("thread") != seen["request"]
    evidence(own_session=own, names=seen.get("names"), ended=seen["ended"], **world.left_open())
    if "error" in seen:
        raise AssertionError("the thread failed") from seen["error"]
    assert seen["ended"], "the thread did not end"
    assert seen["names"] == ["ada", "bob", "cyd"], "the thread does not see the users"
    assert own, "the thread and the request shared one Session"
    assert world.left_open() == NOTHING, f"left open after both: {world.left_open()}"


def test_two_applications_share_one_library_object(
    world: World, evidence: Callable[..., None]
) -> None:
    """Two applications over one `db`, each with an admin, serve their requests side by side."""
    world.add_views()
    other = world.another_application()
    world.library.init_app(other)
    with world.place(other):
        handle = world.make_handle(other)
        admin = Admin(other, name="other")
        view = type(world.view)(world.models.User, handle, endpoint="user")
        admin.add_view(view)
    rows = []
    for app in (world.app, other, world.app, other):
        page = world.expect(client_of(app).get("/admin/user/"), 200)
        rows.append(len(list_rows(page)))
    left = world.left_open()
    with other.app_context():
        world.library.engine().dispose()

    evidence(rows=rows, **left)
    assert rows == [3, 3, 3, 3], "an application does not show the three users"
    assert left == NOTHING, f"left open after the requests: {left}"


def test_an_async_view_uses_the_session(world: World, evidence: Callable[..., None]) -> None:
    """An `async` view reads and writes with the admin's session, which ends with its request."""
    world.add_views()
    seen: list[str] = []

    async def rename() -> str:
        world.view.get_one("1").name = "ada lovelace"
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn
        world.view.get_query().session.commit()
        seen.extend(names(world.view))
        return "done"

    try:
        served = world.app.ensure_sync(rename)
    except AttributeError as error:
        raise NotApplicable("this Flask has no async views") from error
    except RuntimeError as error:
        raise NotApplicable("Flask is installed without its async extra") from error
    world.app.add_url_rule("/rename", view_func=served, endpoint="rename")
    answer = world.client().get("/rename")
    left = world.left_open()
    rows = len(list_rows(world.get("/admin/user/")))

    evidence(seen=seen, next_rows=rows, **left)
    world.expect(answer, 200)
    assert seen == ["ada lovelace", "bob", "cyd"], "the view does not see what it wrote"
    assert world.database.people()[0][0] == "ada lovelace", "what the view wrote is not stored"
    assert rows == 3, "the next page does not show the three users"
    # Flask runs the view in another thread, whose Session a scope that is the thread never ends.
    assert left == NOTHING, f"left open after a request to an async view: {left}"


def test_each_model_is_stored_in_its_own_database(
    world: World, evidence: Callable[..., None]
) -> None:
    """With two engines, a row of each model is read from and stored in the model's database."""
    make = getattr(world.adapter, "with_second_engine", None)
    if make is None:
        raise NotApplicable("the library's adapter shows no way to use two engines")
    if world.pattern.startswith(OWN):
        raise NotApplicable("a Session that the application makes itself has one engine here")
    other = world.another_database()
    library, base = make(world.database.url, other.url)
    world.prepare(library)

    class Note(base):
        __tablename__ = "note"
        id = Column(Integer, primary_key=True)
        text = Column(String(40))

    other.create(Note)
    world.add_views()
    with world.place():
        world.admin.add_view(type(world.view)(Note, world.handle, endpoint="note"))
    texts = []
    for endpoint, field in (("note", "text"), ("user", "name")):
        values = form(world.get(f"/admin/{endpoint}/new/"))
        world.post(f"/admin/{endpoint}/new/", {**values, field: f"new {field}"})
        rows = list_rows(world.get(f"/admin/{endpoint}/"))
        texts.append([row.get(field) for row in rows])
    stored = {
        "notes": [text for (text,) in other.run("SELECT text FROM note")],
        "people": [name for name, *_ in world.database.people()],
    }

    evidence(shown=texts, **stored, **world.left_open())
    assert texts[0] == ["new text"], "the list of the second database differs from what was stored"
    assert stored["notes"] == ["new text"], "the row is not in the model's own database"
    assert stored["people"] == ["ada", "bob", "cyd", "new name"], "the default database is wrong"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"
