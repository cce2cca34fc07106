"""How the session reaches Flask-Admin: one function for each pattern.

A pattern is a function `(library, app) -> handle`; the handle is what `ModelView(User, handle)`
gets. It is evaluated where the views are added: outside any application context, or, for
`NAME@context`, inside one. For some libraries that is the whole difference.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable

from flask import g
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
    "lazy-getattr",
    "lazy-getattr@context",
    "scoped-session",
    "scoped-session@context",
    "scoped-factory",
    "scoped-factory@context",
    "scoped-factory-removed",
    "scoped-by-context",
    "scoped-by-context@context",
    "scoped-by-greenlet",
    "scoped-by-context-kept",
    "scoped-by-thread-kept",
    "scoped-by-greenlet-kept",
    "local-proxy",
    "local-proxy@context",
    "bare-session",
    "bare-session@context",
)

USUAL = (
    "db-session",
    "db-session@context",
    "db",
    "db@context",
    "lazy-session",
    "lazy-session@context",
    "scoped-session",
    "scoped-factory",
    "bare-session",
)
"""What is run where none is named: the usual handles, and the control."""

OWN = ("scoped-session", "scoped-by-", "bare-session")
"""How the names of patterns begin whose Session the application makes itself, with one engine."""

CONTROL = "bare-session"
"""The pattern that must not work. It is run with the modules that say `CONTROLLED = True`."""

NEUTRAL = "any"
"""The one pattern of scenarios that are not about how the session reaches the view.

Their modules say `GUARDS = "applications"`. What they find holds for every pattern of the cell. The
view gets the first handle of `RECOMMENDED` that serves here.
"""

RECOMMENDED = ("db", "db-session", "scoped-factory", "scoped-session")
"""What an application hands over, the handle that is recommended before all others first."""


class NotApplicable(Exception):
    """The pattern does not exist for this library or this Flask-Admin; the message says why."""


class LazySessionWrapper:
    """The seeds' workaround: look `db.session` up each time something is asked of it."""

    def __init__(self, look_up: Callable[[], Any]) -> None:
        self._look_up = look_up

    def __getattr__(self, name: str) -> Any:
        return getattr(self._look_up(), name)

    def __call__(self) -> Any:
        return self._look_up()


class GetattrWrapper:
    """The seeds' workaround in its shortest form: attributes are looked up, it cannot be called."""

    def __init__(self, look_up: Callable[[], Any]) -> None:
        self._look_up = look_up

    def __getattr__(self, name: str) -> Any:
        return getattr(self._look_up(), name)


def _extension(library: Library) -> Any:
    if library.db is None:
        raise NotApplicable("plain SQLAlchemy has no `db` object")
    return library.db


def _has_session(extension: Any) -> bool:
    """Tell whether it has a `session`, without asking for it: it may need a context."""
    return inspect.getattr_static(extension, "session", None) is not None


def db_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, db.session)`."""
    _extension(library)
    return library.session()


def db(library: Library, app: Flask) -> Any:
    """`ModelView(User, db)`."""
    extension = _extension(library)
    if not _has_session(extension):
        raise NotApplicable("the library's extension object has no `session`")
    return extension


def lazy_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, LazySessionWrapper(db))`."""
    _extension(library)
    return LazySessionWrapper(library.session)


def lazy_getattr(library: Library, app: Flask) -> Any:
    """`ModelView(User, GetattrWrapper(db))`."""
    _extension(library)
    return GetattrWrapper(library.session)


def removed(registry: Any, app: Flask) -> Any:
    """Have the application remove the registry's Session when an application context ends."""

    @app.teardown_appcontext
    def remove_session(_error: BaseException | None = None) -> None:
        registry.remove()

    return registry


def looked_up(registry: Any) -> Any:
    """Have a registry make its Session anew at each use, and keep none.

    A registry keeps, by thread, what it got first, also beyond the context of a `db.session`. And
    `remove()` would end `db.session` itself: before the application's own teardown functions have
    used it, and at the end of each context within the request.
    """
    registry.registry = registry.session_factory
    return registry


def _by_context(library: Library) -> Any:
    """Key the Sessions by the application context itself.

    Flask-SQLAlchemy 3 takes its `id()`. Without a `remove()` that is used again by chance, and a
    request gets the Session of another: no outcome would be the same twice.
    """
    return scoped_session(lambda: Session(library.engine()), scopefunc=_context)


def _context() -> Any:
    """Return the application context itself; outside one Flask raises."""
    # What `current_app._get_current_object()` does for the application, for the context: `g` is
    # one for each context, in all releases.
    return g._get_current_object()  # noqa: SLF001 - the documented way to unwrap a proxy


def _by_greenlet(library: Library) -> Any:
    """Key the Sessions by the greenlet that runs, as people do for gevent."""
    try:
        from greenlet import getcurrent  # noqa: PLC0415 - not everybody has it
    except ImportError as missing:
        raise NotApplicable("greenlet is not installed here") from missing
    return scoped_session(lambda: Session(library.engine()), scopefunc=getcurrent)


def own_scoped_session(library: Library, app: Flask) -> Any:
    """`ModelView(User, scoped_session(...))`, made by the application and removed at teardown."""
    if library.db is None:  # then it has one already, and that is what it uses everywhere
        return library.session()
    return removed(scoped_session(lambda: Session(library.engine())), app)


def scoped_factory(library: Library, app: Flask) -> Any:
    """`ModelView(User, scoped_session(lambda: db.session))`, asking for it at each use."""
    if isinstance(_extension(library), scoped_session):
        raise NotApplicable("the library's session is a `scoped_session` itself")
    return looked_up(scoped_session(library.session))


def scoped_factory_removed(library: Library, app: Flask) -> Any:
    """`ModelView(User, scoped_session(lambda: db.session))`, removed at teardown."""
    if isinstance(_extension(library), scoped_session):
        raise NotApplicable("the library's session is a `scoped_session` itself")
    return removed(scoped_session(library.session), app)


def scoped_by_context(library: Library, app: Flask) -> Any:
    """A `scoped_session` keyed by the application context, removed at teardown."""
    return removed(_by_context(library), app)


def scoped_by_greenlet(library: Library, app: Flask) -> Any:
    """A `scoped_session` keyed by the greenlet, removed at teardown."""
    return removed(_by_greenlet(library), app)


def scoped_by_context_kept(library: Library, app: Flask) -> Any:
    """A `scoped_session` keyed by the application context; nobody removes its Sessions."""
    return _by_context(library)


def scoped_by_thread_kept(library: Library, app: Flask) -> Any:
    """A `scoped_session` as it comes, keyed by the thread; nobody removes its Sessions."""
    return scoped_session(lambda: Session(library.engine()))


def scoped_by_greenlet_kept(library: Library, app: Flask) -> Any:
    """A `scoped_session` keyed by the greenlet; nobody removes its Sessions."""
    return _by_greenlet(library)


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
    "lazy-getattr": lazy_getattr,
    "scoped-session": own_scoped_session,
    "scoped-factory": scoped_factory,
    "scoped-factory-removed": scoped_factory_removed,
    "scoped-by-context": scoped_by_context,
    "scoped-by-greenlet": scoped_by_greenlet,
    "scoped-by-context-kept": scoped_by_context_kept,
    "scoped-by-thread-kept": scoped_by_thread_kept,
    "scoped-by-greenlet-kept": scoped_by_greenlet_kept,
    "local-proxy": local_proxy,
    "bare-session": bare_session,
}


def is_inside_context(pattern: str) -> bool:
    """Tell whether the pattern's views are added inside an application context."""
    return pattern.endswith("@context")


def session_behind(held: Any, library: Library) -> Session:
    """Return the `Session` that a query through `held` would use now, without Flask-Admin."""
    source = held.session if held is library.db and _has_session(held) else held
    return source.query().session
