"""How the session reaches Flask-Admin: one function for each pattern.

A pattern is a function `(library, app) -> handle`; the handle is what `ModelView(User, handle)`
gets. It is evaluated where the views are added: outside any application context, or, for
`NAME@context`, inside one. For some libraries that is the whole difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy.orm import Session, scoped_session
from werkzeug.local import LocalProxy

if TYPE_CHECKING:
    from flask import Flask

    from .adapters.base import Library

PATTERNS = (
    "db-session",
    "db-session@context",
    "db",
    "db@context",
    "lazy-session",
    "lazy-session@context",
    "scoped-session",
    "scoped-session@context",
    "local-proxy",
    "local-proxy@context",
    "bare-session",
    "bare-session@context",
)


class NotApplicable(Exception):
    """The pattern does not exist for this library or this Flask-Admin; the message says why."""


class LazySessionWrapper:
    """The seeds' workaround: look `db.session` up each time something is asked of it."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db.session, name)

    def __call__(self) -> Any:
        return self._db.session


def _extension(library: Library) -> Any:
    if library.db is None:
        raise NotApplicable("plain SQLAlchemy has no `db` object")
    return library.db


def db_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, db.session)`."""
    _extension(library)
    return library.session()


def db(library: Library, app: Flask) -> Any:
    """`ModelView(User, db)`."""
    return _extension(library)


def lazy_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, LazySessionWrapper(db))`."""
    return LazySessionWrapper(_extension(library))


def own_scoped_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, scoped_session(...))`, made by the application and removed at teardown."""
    registry = scoped_session(lambda: Session(library.engine()))

    @app.teardown_appcontext
    def remove_session(_error: BaseException | None = None) -> None:
        registry.remove()

    return registry


def local_proxy(library: Library, app: Flask) -> Any:
    """`ModelView(User, LocalProxy(lambda: db.session))`."""
    return LocalProxy(library.session)


def bare_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, Session(engine))`: one Session shared by all, which must not work."""
    with app.app_context():
        engine = library.engine()
    return Session(engine)


MAKERS: dict[str, Callable[[Library, Flask], Any]] = {
    "db-session": db_session,
    "db": db,
    "lazy-session": lazy_session,
    "scoped-session": own_scoped_session,
    "local-proxy": local_proxy,
    "bare-session": bare_session,
}


def is_inside_context(pattern: str) -> bool:
    """Tell whether the pattern's views are added inside an application context."""
    return pattern.endswith("@context")


def session_behind(held: Any, library: Library) -> Session:
    """Return the `Session` that a query through `held` would use now, without Flask-Admin."""
    source = held.session if held is library.db else held
    return source.query().session
