"""Beside `db.session`: an application uses its own session and the admin in one request.

A login extension loads the user through `db.session` in each request, and `before_request`,
`after_request` and teardown hooks read and write through it. The application here registers its
hooks after it has bound the library and before it makes the admin, as most do.

`current_user` is modelled: a proxy of Werkzeug's to what `g` keeps, loaded when it is first asked
for, as in `flask_login/utils.py` and `login_manager.py`. With Flask-Login 0.6.3 itself, and with
Flask-Security 5.9.2 and its datastore over `db.session`, the same handles stored the row and lost
it as with the model (flask-sqlalchemy-lite 0.2.1, Flask-Admin 2.2.0).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from flask import g
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import relationship
from sqlalchemy.pool import QueuePool
from werkzeug.local import LocalProxy
from wtforms.validators import ValidationError

from .models import Named
from .pages import list_rows
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .adapters.base import Library
    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}

ONE_CONNECTION = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 0.2}


def define(base: Any) -> SimpleNamespace:
    """Map users, who write notes, and notes."""

    class Author(Named, base):
        __tablename__ = "author"
        seen = Column(String(40))

    class Note(Named, base):
        __tablename__ = "note"
        author_id = Column(Integer, ForeignKey("author.id"))
        author = relationship(Author)

    return SimpleNamespace(Author=Author, Note=Note)


class Site:
    """An application over one world, whose user `ada` is loaded through `db.session`."""

    def __init__(self, world: World, options: Any = None) -> None:
        self.world = world
        self.own = world.bind(define, with_options(world, options) if options else None)
        world.database.run("INSERT INTO author (name) VALUES ('ada')")
        world.database.run("INSERT INTO note (name) VALUES ('old')")

    @property
    def session(self) -> Any:
        """What the application writes as `db.session`."""
        return self.world.library.session()

    def load_user(self) -> Any:
        """Return the user, loaded through `db.session`."""
        return self.session.get(self.own.Author, 1)

    def log_in(self) -> None:
        """Load the user before each request."""

        @self.world.app.before_request
        def remember_user() -> None:
            g.user = self.load_user()

    def note(self, name: str, **values: Any) -> None:
        """Add a note through `db.session`."""
        self.session.add(self.own.Note(name=name, **values))

    def add_admin(self, **note_view: Any) -> None:
        """Build the admin with a view of notes, which has these attributes."""
        self.world.add(self.own, Note=note_view)

    def post(self, path: str, **values: str) -> Any:
        """Post a form; return the answer."""
        return self.world.client().post(path, data=values)

    def notes(self) -> list[tuple[Any, ...]]:
        """Return the name and the author of each note that is stored."""
        asked = "SELECT note.name, author.name FROM note LEFT JOIN author ON author_id = author.id"
        return self.world.database.run(f"{asked} ORDER BY note.id")

    def authors(self) -> list[tuple[Any, ...]]:
        """Return the name of each author that is stored, and what is noted of the last visit."""
        return self.world.database.run("SELECT name, seen FROM author ORDER BY id")


def with_options(world: World, options: Any) -> Library:
    """Return the library with options of its engine."""
    make = getattr(world.adapter, "with_engine_options", None)
    if make is None:
        raise NotApplicable("the library's adapter shows no way to set options of the engine")
    return make(world.database.url, dict(options))


def by_user(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
    """Set the user whom the application loaded as the author; an `on_model_change`."""
    model.author = g.user


def test_a_created_row_takes_an_object_of_db_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A user loaded through `db.session` is stored as the author of a row that is created."""
    site = Site(world)
    site.log_in()
    site.add_admin(on_model_change=by_user)

    answer = site.post("/admin/note/new/", name="new")

    evidence(status=answer.status_code, notes=site.notes(), **world.left_open())
    assert site.notes() == [("old", None), ("new", "ada")], (
        "the new row and its author are not stored"
    )
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_an_edited_row_takes_an_object_of_db_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A user loaded through `db.session` is stored as the author of a row that is edited."""
    site = Site(world)
    site.log_in()
    site.add_admin(on_model_change=by_user)

    answer = site.post("/admin/note/edit/?id=1", name="changed")

    evidence(status=answer.status_code, notes=site.notes(), **world.left_open())
    assert site.notes() == [("changed", "ada")], "the change and the author are not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_current_user_of_a_login_extension_is_stored(
    world: World, evidence: Callable[..., None]
) -> None:
    """`current_user`, which Flask-Login loads when it is first asked for, is stored as author."""
    site = Site(world)

    def user() -> Any:
        if "user" not in g:
            g.user = site.load_user()
        return g.user

    current_user = LocalProxy(user)

    def on_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        model.author = current_user

    site.add_admin(
        on_model_change=on_model_change, is_accessible=lambda view: current_user.name == "ada"
    )

    answer = site.post("/admin/note/new/", name="new")

    evidence(status=answer.status_code, notes=site.notes(), **world.left_open())
    assert site.notes() == [("old", None), ("new", "ada")], (
        "the new row and its author are not stored"
    )
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_what_a_hook_adds_through_db_session_is_stored_with_the_row(
    world: World, evidence: Callable[..., None]
) -> None:
    """An entry that `on_model_change` adds through `db.session` is committed with the row."""
    site = Site(world)

    def on_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        site.note("log: created")

    site.add_admin(on_model_change=on_model_change)

    answer = site.post("/admin/note/new/", name="new")

    names = sorted(name for name, _ in site.notes())
    evidence(status=answer.status_code, names=names, **world.left_open())
    assert "log: created" in names, "the entry of the hook is not stored, and nobody is told"
    assert names == ["log: created", "new", "old"], "the new row is not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_an_object_of_the_admin_is_used_through_db_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A row that the admin has just stored is set on one that `after_model_change` commits."""
    site = Site(world)

    def after_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        site.note(f"welcome {model.name}", author=model)
        site.session.commit()

    world.add(site.own, Author={"after_model_change": after_model_change})

    answer = site.post("/admin/author/new/", name="bob")

    evidence(status=answer.status_code, notes=site.notes(), **world.left_open())
    assert site.notes()[1:] == [("welcome bob", "bob")], "the row of the hook is not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_db_session_shows_what_the_admin_stored(
    world: World, evidence: Callable[..., None]
) -> None:
    """After the user has edited her own row, her object in `db.session` has the new name."""
    site = Site(world)
    site.log_in()
    seen: list[str] = []

    @world.app.after_request
    def look(response: Any) -> Any:
        seen.append(g.user.name)
        return response

    world.add(site.own, Author={})

    answer = site.post("/admin/author/edit/?id=1", name="ada lovelace")

    evidence(status=answer.status_code, seen=seen, authors=site.authors(), **world.left_open())
    assert site.authors()[0][0] == "ada lovelace", "the change is not stored"
    assert seen == ["ada lovelace"], "after the change the application still sees the old name"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_write_of_db_session_in_progress_does_not_lock_the_admin_out(
    world: World, evidence: Callable[..., None]
) -> None:
    """A write of `db.session`, flushed before and committed after the admin's, locks nobody out."""
    site = Site(world, world.database.impatient)

    @world.app.before_request
    def note_visit() -> None:
        site.load_user().seen = "today"
        site.session.flush()

    @world.app.after_request
    def keep_visit(response: Any) -> Any:
        site.session.commit()
        return response

    site.add_admin()

    answer = site.post("/admin/note/new/", name="new")

    stored = {"notes": [name for name, _ in site.notes()], "authors": site.authors()}
    evidence(status=answer.status_code, **stored, **world.left_open())
    assert stored["notes"] == ["old", "new"], "the new row is not stored beside that write"
    assert stored["authors"] == [("ada", "today")], "what the application wrote is not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_request_needs_one_connection(world: World, evidence: Callable[..., None]) -> None:
    """With a pool of one connection, requests that use `db.session` list, create and edit rows."""
    site = Site(world, ONE_CONNECTION)
    site.log_in()
    site.add_admin(on_model_change=by_user)

    listed = world.client().get("/admin/note/")
    created = site.post("/admin/note/new/", name="new")
    edited = site.post("/admin/note/edit/?id=1", name="changed")

    statuses = [answer.status_code for answer in (listed, created, edited)]
    evidence(statuses=statuses, notes=site.notes(), **world.left_open())
    shown = list_rows(world.expect(listed, 200))
    assert [row.get("name") for row in shown] == ["old"], "the list does not show the row"
    assert site.notes() == [("changed", "ada"), ("new", "ada")], "a row is not stored"
    assert statuses == [200, 302, 302], f"the answers are {statuses}"
    assert world.left_open() == NOTHING, f"left open after the requests: {world.left_open()}"


def test_a_commit_after_the_request_does_not_store_what_was_refused(
    world: World, evidence: Callable[..., None]
) -> None:
    """A change that `on_model_change` refused is not stored by a commit in `after_request`."""
    site = Site(world)
    site.log_in()

    @world.app.after_request
    def keep_visit(response: Any) -> Any:
        g.user.seen = "today"
        site.session.commit()
        return response

    def on_model_change(view: Any, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        raise ValidationError("the scenario's own")

    site.add_admin(on_model_change=on_model_change)

    answer = site.post("/admin/note/edit/?id=1", name="changed")
    page = answer.get_data(as_text=True)

    told = "the scenario&#39;s own" in page
    stored = {"notes": site.notes(), "authors": site.authors()}
    evidence(status=answer.status_code, told=told, **stored, **world.left_open())
    if stored["notes"] != [("old", None)]:
        raise AssertionError("a change that was refused is stored") from world.raised(
            answer.status_code
        )
    assert stored["authors"] == [("ada", "today")], "what the application wrote is not stored"
    world.expect(answer, 200)
    assert told, "the user is not told that the change was refused"
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_db_session_writes_on_after_the_database_refused_a_row(
    world: World, evidence: Callable[..., None]
) -> None:
    """After the database refused the admin's row, `db.session` writes and commits all the same."""
    site = Site(world)
    site.log_in()

    @world.app.after_request
    def keep_visit(response: Any) -> Any:
        g.user.seen = "today"
        site.session.commit()
        return response

    site.add_admin()
    world.allow(raised=("refused by the scenario",), logged=("Failed to create record",))
    world.database.refuse_inserts("note", "refused by the scenario")

    answer = site.post("/admin/note/new/", name="new")

    told = "refused by the scenario" in answer.get_data(as_text=True)
    evidence(status=answer.status_code, told=told, authors=site.authors(), **world.left_open())
    assert told, "the page does not tell what the database refused"
    assert site.authors() == [("ada", "today")], "what the application wrote is not stored"
    world.expect(answer, 200)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_teardown_of_the_request_uses_db_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `teardown_request` of the application reads and commits through `db.session`."""
    site = Site(world)
    site.log_in()

    @world.app.teardown_request
    def keep_visit(_error: BaseException | None) -> None:
        g.user.seen = f"{g.user.name} today"
        site.session.commit()

    site.add_admin()

    answer = site.post("/admin/note/new/", name="new")

    stored = {"notes": [name for name, _ in site.notes()], "authors": site.authors()}
    evidence(status=answer.status_code, **stored, **world.left_open())
    assert stored["notes"] == ["old", "new"], "the new row is not stored"
    assert stored["authors"] == [("ada", "ada today")], "what the teardown wrote is not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"


def test_a_teardown_of_the_context_uses_db_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """A `teardown_appcontext` that was registered before the admin commits through `db.session`."""
    site = Site(world)
    site.log_in()

    @world.app.teardown_appcontext
    def keep_visit(_error: BaseException | None) -> None:
        if "user" in g:  # a context without a request has none
            g.user.seen = f"{g.user.name} today"
            site.session.commit()

    site.add_admin()

    answer = site.post("/admin/note/new/", name="new")

    stored = {"notes": [name for name, _ in site.notes()], "authors": site.authors()}
    evidence(status=answer.status_code, **stored, **world.left_open())
    assert stored["notes"] == ["old", "new"], "the new row is not stored"
    assert stored["authors"] == [("ada", "ada today")], "what the teardown wrote is not stored"
    world.expect(answer, 302)
    assert world.left_open() == NOTHING, f"left open after the request: {world.left_open()}"
