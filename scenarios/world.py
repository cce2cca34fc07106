"""One application under test, built as its author would, and a way to look behind it."""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from flask import Flask
from flask_admin import Admin, expose
from flask_admin.contrib.sqla import ModelView
from jinja2 import BytecodeCache
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from . import models, patterns
from .sessions import Watch

if TYPE_CHECKING:
    from jinja2.bccache import Bucket
    from werkzeug.test import Client, TestResponse

    from .adapters.base import Adapter, Library


class _CompiledTemplates(BytecodeCache):
    """Keep compiled templates for the life of the process; Jinja keys them by name and source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


_compiled = _CompiledTemplates()

_filled: list[bytes] = []
"""The database file that every scenario starts from: the same tables and rows each time."""


class Application(Flask):
    """Remembers what its views raised, instead of logging it; no signals, they need blinker."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.errors: list[BaseException] = []

    def log_exception(self, exc_info: Any) -> None:
        self.errors.append(exc_info[1])


class UserView(ModelView):
    """The view of users, scaffolded as usual; `/work` calls what the scenario hands in."""

    can_view_details = True
    work: Callable[[ModelView], str] = staticmethod(lambda view: "")

    @expose("/work")
    def work_view(self) -> str:
        return self.work(self) or "done"


class Database:
    """The database, seen through a second plain connection that no library knows of."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run and commit one statement; return its rows."""
        connection = sqlite3.connect(str(self._path), timeout=5)
        try:
            with connection:
                return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    def people(self) -> list[tuple[Any, ...]]:
        """Return every user as (name, born, role, group id), by name."""
        return self.run("SELECT name, born, role, group_id FROM person ORDER BY name")


class World:
    """An application with an admin over users and groups, its database, and the watch over both."""

    patterns = patterns.MAKERS

    def __init__(self, adapter: Adapter, pattern: str, file: Path) -> None:
        """Only remember: whatever a library does is done, and may fail, in the scenario itself."""
        self.adapter = adapter
        self.pattern = pattern
        self.file = file
        self.database = Database(file)
        self.watch = Watch()
        self.handle: Any = None

    def prepare(self) -> World:
        """Make the library's object, the models, the filled tables, and the application, once."""
        if hasattr(self, "app"):
            return self
        url = f"sqlite:///{self.file}"
        self.library: Library = self.adapter.Library(url)
        self.models = models.define(self.library.Base)
        self._fill(url)
        self.app = Application("scenario", root_path=str(self.file.parent))
        self.app.secret_key = "only for this scenario"  # noqa: S105 - signs nothing of worth
        self.app.jinja_options = {**self.app.jinja_options, "bytecode_cache": _compiled}
        self.watch.start()
        return self

    def _fill(self, url: str) -> None:
        """Make the tables and their rows, before the watch is on and without the library."""
        if not _filled:
            engine = create_engine(url, poolclass=NullPool)
            self.models.User.metadata.create_all(engine)
            engine.dispose()
            self.database.run("INSERT INTO team (id, name) VALUES (1, 'red'), (2, 'blue')")
            self.database.run(
                "INSERT INTO person (id, name, born, role, group_id) VALUES"
                " (1, 'ada', '1815-12-10', 'editor', 1), (2, 'bob', '1980-01-31', 'reader', 2),"
                " (3, 'cyd', NULL, NULL, NULL)"
            )
            _filled.append(self.file.read_bytes())
        self.file.write_bytes(_filled[0])

    def add_views(self) -> World:
        """Build the admin: the library first, then the views, where the pattern adds them."""
        self.prepare()
        self.library.init_app(self.app)
        self.admin = Admin(self.app, name="scenario")
        with self.place():
            self.make_handle()
            self._add()
        return self

    def add_views_in_factory(self) -> World:
        """Build the admin first and bind it to the application last, as a factory does."""
        self.prepare()
        self.admin = Admin(name="scenario")
        self.library.init_app(self.app)
        with self.place():
            self.make_handle()
            self._add()
        self.admin.init_app(self.app)
        return self

    def make_handle(self) -> Any:
        """Evaluate what the view gets, where the caller stands."""
        self.handle = self.patterns[self.pattern.partition("@")[0]](self.library, self.app)
        return self.handle

    def view_class(self) -> type[UserView]:
        return UserView

    def _add(self) -> None:
        self.view = self.view_class()(self.models.User, self.handle, endpoint="user")
        self.admin.add_view(self.view)

    def place(self) -> Any:
        """Return the context that the pattern adds its views in; it may be none."""
        inside = patterns.is_inside_context(self.pattern)
        return self.app.app_context() if inside else nullcontext()

    def client(self) -> Client:
        return self.app.test_client()

    def get(self, path: str, expect: int = 200) -> str:
        """GET `path` as a new user would, and return the page; another status is a finding."""
        return self.expect(self.client().get(path), expect)

    def post(self, path: str, data: dict[str, str], expect: int = 302) -> str:
        """POST a form to `path`, and return the page."""
        return self.expect(self.client().post(path, data=data), expect)

    def expect(self, response: TestResponse, status: int) -> str:
        """Return the page, or fail with its status and what the application raised."""
        page = response.get_data(as_text=True)
        if response.status_code != status:
            found = f"{response.request.path} answered {response.status_code}, not {status}"
            raise AssertionError(found) from (self.app.errors[-1] if self.app.errors else None)
        return page

    def work(self, function: Callable[[ModelView], str], expect: int = 200) -> str:
        """Run `function(view)` inside a request to the view, and return what it returned."""
        self.view.work = function
        return self.get("/admin/user/work", expect)

    def close(self) -> None:
        """Give back what the scenario took, whatever state it is in."""
        self.watch.stop()
        if isinstance(self.handle, Session):
            self.handle.close()
        if hasattr(self, "app"):
            with suppress(Exception), self.app.app_context():
                self.library.engine().dispose()
        with suppress(OSError):
            self.file.unlink()
