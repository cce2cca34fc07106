"""One application under test, built as its author would, and a way to look behind it."""

from __future__ import annotations

import functools
import importlib
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from flask import Flask
from flask_admin import Admin, expose
from flask_admin.contrib.sqla import ModelView
from jinja2 import BytecodeCache
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ

from . import models, patterns
from .client import client_of
from .ledger import Body, Kind, Ledger
from .sessions import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2.bccache import Bucket
    from werkzeug.test import Client, TestResponse

    from .adapters.base import Adapter, Library
    from .databases import Database
    from .deployed import Servers


class _CompiledTemplates(BytecodeCache):
    """Keep compiled templates for the life of the process; Jinja keys them by name and source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


POOL = 15
"""Connections that SQLAlchemy's pool gives out by default; then it waits for thirty seconds."""

HERE = Path(__file__).parent
"""Where the applications say that they live: there is nothing of theirs."""

_compiled = _CompiledTemplates()


class Application(Flask):
    """Remembers what its views raised, instead of logging it; no signals, they need blinker."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.errors: list[BaseException] = []
        self.ledger = Ledger()
        self.secret_key = "only for this scenario"  # noqa: S105 - signs nothing of worth
        self.jinja_options = {**self.jinja_options, "bytecode_cache": _compiled}

    def log_exception(self, exc_info: Any) -> None:
        self.errors.append(exc_info[1])
        self.ledger.note("raised", exc_info[1])

    def handle_user_exception(self, e: Exception) -> Any:
        """Note also what a handler of the application's makes an answer of."""
        if not isinstance(e, HTTPException):
            self.ledger.note("raised", e)
        return super().handle_user_exception(e)

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Note also what goes past all handling: a teardown's error, and a streamed body's."""
        try:
            body = super().wsgi_app(environ, start_response)
        except BaseException as error:
            self.ledger.note("raised", error)
            raise
        return Body(body, self.ledger)


class UserView(ModelView):
    """The view of users, scaffolded as usual; `/work` calls what the scenario hands in."""

    can_view_details = True
    work: Callable[[ModelView], str] = staticmethod(lambda view: "")

    @expose("/work")
    def work_view(self) -> str:
        return self.work(self) or "done"


@functools.lru_cache(maxsize=1)
def _babel() -> Any:
    """Return Flask-Babel, or the fork of it; None where neither is installed."""
    for name in ("flask_babel", "flask_babelex"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as absent:  # noqa: PERF203 - one of two, once in a process
            if absent.name != name:
                raise
    return None


def _translate(app: Flask, locale: str) -> None:
    """Set Flask-Babel up as its users do; where there is none, nothing is to do."""
    babel = _babel()
    if babel is not None:
        app.config["BABEL_DEFAULT_LOCALE"] = locale
        babel.Babel(app)


class World:
    """An application with an admin over users and groups, its database, and the watch over both."""

    patterns = patterns.MAKERS
    locale: str | None = "en"
    """The language of the application where Flask-Babel is installed; None: it is not set up."""
    servers: Servers
    """Where an application like this one can be deployed, where it is a scenario's."""

    def __init__(self, adapter: Adapter, pattern: str, database: Database) -> None:
        """Only remember: whatever a library does is done, and may fail, in the scenario itself."""
        self.adapter = adapter
        self.pattern = pattern
        self.database = database
        self.others: list[Database] = []
        self.views: dict[str, UserView] = {}
        self.watch = Watch()
        self.ledger = Ledger()
        self.allow(warned=database.warned)
        self.handle: Any = None

    def allow(
        self,
        raised: Iterable[Kind] = (),
        logged: Iterable[str] = (),
        warned: Iterable[str] = (),
    ) -> None:
        """Name what the scenario is about to provoke; whatever else is seen fails it at its end.

        `raised` are classes, exactly and not those derived from them, and one of Python's own
        counts only where the scenario's code raised it; or texts, each the name of a class or a
        part of what an error says, wherever it was raised. `logged` and `warned` are parts of what
        is said. An error that is logged with its traceback has to be in `raised` as well.
        """
        self.ledger.allow(raised, logged, warned)

    def prepare(self, library: Library | None = None) -> World:
        """Make the library's object, the models, the filled tables, and the application, once.

        `library` is for scenarios that set it up in another way than most applications do.
        """
        if hasattr(self, "app"):
            return self
        self.ledger.open()
        self.library: Library = library or self.adapter.Library(self.database.url)
        self.models = models.of(self.adapter, self.library)
        self.database.fill(self.models.User)
        self.app = Application("scenario", root_path=str(HERE))
        self.app.ledger = self.ledger
        if self.locale is not None:
            _translate(self.app, self.locale)
        self.watch.start()
        return self

    def add_views(self, group: dict[str, Any] | None = None, **user: Any) -> World:
        """Build the admin: the library first, then the views, where the pattern adds them.

        `user` are class attributes of the view of users, as an application writes them; with
        `group` there is a view of groups as well, with these.
        """
        self.prepare()
        self.library.init_app(self.app)
        self.admin = Admin(self.app, name="scenario")
        with self.place():
            self.make_handle()
            self._add(user)
            if group is not None:
                kind = type("GroupView", (self.view_class(),), group)
                self.groups = kind(self.models.Group, self.handle, endpoint="group")
                self.admin.add_view(self.groups)
        return self

    def build(
        self,
        define: Callable[[Any], SimpleNamespace],
        library: Library | None = None,
        **views: dict[str, Any],
    ) -> SimpleNamespace:
        """Build an admin over the scenario's own models, and return them.

        `define(base)` maps them; `views` gives, for the name of each, the class attributes of its
        view, whose endpoint is that name in small letters.
        """
        own = self.bind(define, library)
        self.add(own, **views)
        return own

    def bind(
        self, define: Callable[[Any], SimpleNamespace], library: Library | None = None
    ) -> SimpleNamespace:
        """Map the scenario's own models and bind the library to the application: no admin yet."""
        self.prepare(library)
        own = define(self.library.Base)
        self.database.add_tables(self.library.Base)
        self.library.init_app(self.app)
        return own

    def add(self, own: SimpleNamespace, **views: dict[str, Any]) -> None:
        """Build an admin over the scenario's own models, as `build` does."""
        self.admin = Admin(self.app, name="scenario")
        with self.place():
            self.make_handle()
            for name, attributes in views.items():
                kind = type(f"{name}View", (self.view_class(),), attributes)
                view = kind(getattr(own, name), self.handle, endpoint=name.lower())
                self.admin.add_view(view)
                self.views[view.endpoint] = view

    def add_views_in_factory(self) -> World:
        """Build the admin first and bind it to the application last, as a factory does."""
        self.prepare()
        self.admin = Admin(name="scenario")
        self.library.init_app(self.app)
        with self.place():
            self.make_handle()
            self._add({})
        self.admin.init_app(self.app)
        return self

    def make_handle(self, app: Flask | None = None) -> Any:
        """Evaluate what the view gets, where the caller stands; for another application as well."""
        place = app or self.app
        before = len(place.teardown_appcontext_funcs)
        made = self.patterns[self.pattern.partition("@")[0]](self.library, place)
        if app is None:
            self.handle = made
            self.ends = place.teardown_appcontext_funcs[before:]
        return made

    def share(self, app: Flask) -> None:
        """Have one more application use the library, and end the handle's Sessions as the first."""
        self.library.init_app(app)
        for end in self.ends:
            app.teardown_appcontext(end)

    def view_class(self) -> type[UserView]:
        return UserView

    def kind(self, usual: type) -> Any:
        """Return the class that takes the place of one of Flask-Admin's; a control has others."""
        return usual

    def _add(self, attributes: dict[str, Any]) -> None:
        kind = type("UserView", (self.view_class(),), attributes)
        self.view = kind(self.models.User, self.handle, endpoint="user")
        self.admin.add_view(self.view)
        self.views["user"] = self.view

    def place(self, app: Flask | None = None) -> Any:
        """Return the context that the pattern adds its views in; it may be none."""
        inside = patterns.is_inside_context(self.pattern)
        return (app or self.app).app_context() if inside else nullcontext()

    def another_database(self) -> Database:
        """Return one more database of the same kind, empty, for as long as this world lasts."""
        self.others.append(self.database.another())
        return self.others[-1]

    def another_application(self) -> Application:
        """Return one more application, set up as the first one is, without the library."""
        app = Application("other", root_path=str(HERE))
        app.errors, app.ledger = self.app.errors, self.ledger
        if self.locale is not None:
            _translate(app, self.locale)
        return app

    def client(self) -> Client:
        """Return a new user's client, unless the next request would wait for a connection."""
        self.require_room()
        return client_of(self.app)

    def require_room(self) -> None:
        """Fail where so many connections leaked that the next one would be waited for."""
        out = self.watch.checked_out
        assert out < POOL - 5, f"{out} connections are out, of the {POOL} that a pool has"

    def plain_requests(self, path: str) -> Callable[[], str]:
        """Return a function that sends a request as a server does, and returns its status.

        For hundreds of them: a test client takes longer than the application.
        """
        environ = create_environ(path)

        def ask() -> str:
            told: list[str] = []
            body = self.app(dict(environ), lambda status, *_: told.append(status))
            b"".join(body)
            getattr(body, "close", lambda: None)()
            return told[0]

        return ask

    def get(self, path: str, expect: int = 200) -> str:
        """GET `path` as a new user would, and return the page; another status is a finding."""
        return self.expect(self.client().get(path), expect)

    def post(self, path: str, data: dict[str, str], expect: int = 302) -> str:
        """POST a form to `path`, and return the page."""
        return self.expect(self.client().post(path, data=data), expect)

    def raised(self, status: int) -> BaseException | None:
        """Return what the application raised in the request before, which answered `status`.

        Only a 500 comes of an error: with another answer the last one is an earlier request's.
        """
        return self.app.errors[-1] if status == 500 and self.app.errors else None

    def expect(self, response: TestResponse, status: int) -> str:
        """Return the page, or fail with its status and what the application raised."""
        page = response.get_data(as_text=True)
        if response.status_code != status:
            asked = getattr(response, "request", None)  # since Werkzeug 2.0
            path = asked.path if asked else "the page"
            found = f"{path} answered {response.status_code}, not {status}"
            # A view that answers a failed write with its form has logged why.
            raise AssertionError(found) from (
                self.raised(response.status_code) or self.ledger.unnamed()
            )
        return page

    def work(
        self, function: Callable[[Any], str], endpoint: str = "user", expect: int = 200
    ) -> str:
        """Run `function(view)` inside a request to the view, and return what it returned."""
        self.views[endpoint].work = function
        return self.get(f"/admin/{endpoint}/work", expect)

    def left_open(self) -> dict[str, int]:
        """Count what the requests so far left behind."""
        return {
            "transactions": self.watch.open_transactions(),
            "connections": self.watch.checked_out,
        }

    def close(self) -> None:
        """Give back what the scenario took, whatever state it is in."""
        self.watch.stop()
        if isinstance(self.handle, Session):
            self.handle.close()
        if hasattr(self, "app"):
            with suppress(Exception), self.app.app_context():
                self.library.engine().dispose()
        for database in (self.database, *self.others):
            with suppress(Exception):
                database.drop()
