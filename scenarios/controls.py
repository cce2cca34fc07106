"""Deliberately broken ways to hand Flask-Admin a session or a view; the scenarios must catch them.

They are run by `nox -s tests`, by name (`--pattern control:never-removed`), and never count for or
against a library. `bare-session` is one more, and runs in every cell.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from flask import current_app
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from . import controls_pages, controls_unseen, patterns
from .world import UserView, World

if TYPE_CHECKING:
    from flask import Flask

    from .adapters.base import Adapter, Library
    from .databases import Database


def _sessions(library: Library, app: Flask) -> Any:
    with app.app_context():
        return sessionmaker(bind=library.engine())


def never_removed(library: Library, app: Flask) -> Any:
    """A registry keyed by thread, as people write it who forget the teardown."""
    return scoped_session(_sessions(library, app))


def one_for_all_threads(library: Library, app: Flask) -> Any:
    """A registry whose key is the same everywhere, removed after each request."""
    registry = scoped_session(_sessions(library, app), scopefunc=lambda: 1)
    app.teardown_appcontext(lambda _error: registry.remove())
    return registry


def keyed_by_os_thread(library: Library, app: Flask) -> Any:
    """A registry keyed by the operating system's thread, of which greenlets share one."""
    registry = scoped_session(_sessions(library, app), scopefunc=threading.get_native_id)
    app.teardown_appcontext(lambda _error: registry.remove())
    return registry


def removed_by_the_first_application(library: Library, app: Flask) -> Any:
    """A registry that no other application removes the Session of, whichever else it serves."""
    registry = never_removed(library, app)

    @app.teardown_appcontext
    def remove_session(_error: BaseException | None = None) -> None:
        if current_app == app:
            registry.remove()

    return registry


class _NewEachTime:
    """Gives another Session each time something is asked of it."""

    def __init__(self, factory: Any) -> None:
        self._factory = factory
        self._made: list[Session] = []

    def __getattr__(self, name: str) -> Any:
        self._made.append(self._factory())
        return getattr(self._made[-1], name)


def new_each_time(library: Library, app: Flask) -> Any:
    """A wrapper that makes a Session for each use, and closes none."""
    return _NewEachTime(_sessions(library, app))


def needs_context(library: Library, app: Flask) -> Any:
    """What cannot be evaluated outside an application context, as lite's `db.session`."""
    return current_app.extensions["a session, if this were inside a context"]


def opened_early(library: Library, app: Flask) -> Any:
    """A registry whose Session has begun a transaction before the first request."""
    registry = never_removed(library, app)
    registry().connection()
    return registry


def resolved_early(library: Library, app: Flask) -> Any:
    """The one Session that the registry gave when the views were added."""
    return patterns.removed(never_removed(library, app), app)()


def kept_for_life(library: Library, app: Flask) -> Any:
    """A registry that is removed after each request, with a list of all that it ever made."""
    factory = _sessions(library, app)
    kept: list[Session] = []

    def make() -> Session:
        kept.append(factory())
        return kept[-1]

    return patterns.removed(scoped_session(make), app)


class _Forgiving(Session):
    """Says of every write that it went well."""

    def commit(self) -> None:
        with suppress(Exception):
            super().commit()

    def flush(self, objects: Any = None) -> None:
        with suppress(Exception):
            super().flush(objects)


def swallows_errors(library: Library, app: Flask) -> Any:
    """A Session that keeps to itself what the database refused."""
    return patterns.removed(scoped_session(lambda: _Forgiving(library.engine())), app)


def removed_too_early(library: Library, app: Flask) -> Any:
    """A registry whose Session is removed when the view has returned, before the body is sent."""
    registry = never_removed(library, app)

    @app.after_request
    def remove_session(response: Any) -> Any:
        registry.remove()
        return response

    app.teardown_appcontext(lambda _error: registry.remove())
    return registry


class _Hasty:
    """Ends the Session each time before something else is asked of it."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Any:
        self._registry.remove()
        return getattr(self._registry, name)


def removed_at_each_use(library: Library, app: Flask) -> Any:
    """A wrapper that ends the Session between two uses within one request."""
    return _Hasty(patterns.own_scoped_session(library, app))


def sound(library: Library, app: Flask) -> Any:
    """`db.session` at each use: nothing is wrong with what a broken view is handed."""
    return patterns.looked_up(scoped_session(library.session))


def session_of_its_own(library: Library, app: Flask) -> Any:
    """A registry of the admin's own, beside the application's `db.session`."""
    return patterns.removed(scoped_session(_sessions(library, app)), app)


def factory_removed_too_early(library: Library, app: Flask) -> Any:
    """A registry over `db.session` that ends it when the view has returned."""
    registry = scoped_session(library.session)

    @app.after_request
    def remove_session(response: Any) -> Any:
        registry.remove()
        return response

    return registry


class _NeverBack:
    """Asks for `db.session` at each use, and rolls nothing back."""

    def __init__(self, look_up: Any) -> None:
        self._look_up = look_up

    def rollback(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._look_up(), name)


def never_rolled_back(library: Library, app: Flask) -> Any:
    """A wrapper of `db.session` that leaves in it what was refused."""
    return _NeverBack(library.session)


class LyingView(UserView):
    """Shows less than there is, and says of what it did not do that it was done."""

    def scaffold_list_columns(self) -> Any:
        return super().scaffold_list_columns()[1:]

    def scaffold_form(self) -> Any:
        form = super().scaffold_form()
        if hasattr(form, "role"):
            del form.role
        return form

    def create_model(self, form: Any) -> Any:
        return self.model()

    def update_model(self, form: Any, model: Any) -> bool:
        return True

    def delete_model(self, model: Any) -> bool:
        return True


class MisreadingView(UserView):
    """Shows in the list something else than there is."""

    # As the method that it overrides: without it every page is an error, and no lie.
    @controls_pages.pass_context
    def get_list_value(self, context: Any, model: Any, name: Any) -> Any:
        return f"not {super().get_list_value(context, model, name)}"


class DeafView(UserView):
    """Lists everything, whatever was searched for or filtered by."""

    def get_list(
        self,
        page: Any,
        sort_column: Any,
        sort_desc: Any,
        search: Any,
        filters: Any,
        *others: Any,
        **named: Any,
    ) -> Any:
        return super().get_list(page, sort_column, sort_desc, None, None, *others, **named)


class CarelessView(UserView):
    """Stores something else than was entered."""

    def validate_form(self, form: Any) -> Any:
        is_valid = super().validate_form(form)
        for field in form:
            if isinstance(field.data, (str, int)) and not isinstance(field.data, bool):
                field.data = type(field.data)(f"{field.data}9")
        return is_valid


class RestlessView(UserView):
    """Holds another object each time it is looked at."""

    @property
    def session(self) -> Any:
        return _NewEachTime(self._handed_over)

    @session.setter
    def session(self, handed_over: Any) -> None:
        self._handed_over = handed_over


HANDLES = {
    "control:never-removed": never_removed,
    "control:one-for-all-threads": one_for_all_threads,
    "control:keyed-by-os-thread": keyed_by_os_thread,
    "control:removed-by-the-first-application": removed_by_the_first_application,
    "control:new-each-time": new_each_time,
    "control:needs-context": needs_context,
    "control:opened-early": opened_early,
    "control:resolved-early": resolved_early,
    "control:kept-for-life": kept_for_life,
    "control:swallows-errors": swallows_errors,
    "control:removed-too-early": removed_too_early,
    "control:removed-at-each-use": removed_at_each_use,
    "control:session-of-its-own": session_of_its_own,
    "control:factory-removed": patterns.scoped_factory_removed,
    "control:factory-removed-too-early": factory_removed_too_early,
    "control:never-rolled-back": never_rolled_back,
    "control:lying-view": sound,
    "control:misreading-view": sound,
    "control:deaf-view": sound,
    "control:careless-view": sound,
    "control:restless-view": sound,
    **dict.fromkeys(controls_pages.NAMES, sound),
}
VIEWS = {
    "control:lying-view": LyingView,
    "control:misreading-view": MisreadingView,
    "control:deaf-view": DeafView,
    "control:careless-view": CarelessView,
    **controls_pages.VIEWS,
}
"""Pages that are wrong whatever session they have."""
HOLDERS = {"control:restless-view": RestlessView}
"""Views that do with a good handle what no handle does by itself: they count as broken handles."""


class ControlWorld(World):
    """A world in which something is broken on purpose."""

    patterns: ClassVar = {**patterns.MAKERS, **HANDLES}

    def view_class(self) -> type[UserView]:
        return {**VIEWS, **HOLDERS}.get(self.pattern, UserView)

    def kind(self, usual: type) -> Any:
        return controls_pages.KINDS.get(self.pattern, {}).get(usual, usual)


def world(adapter: Adapter, pattern: str, database: Database) -> World:
    """Return the world for a pattern or a control, by its name."""
    broken = {"control": ControlWorld, "unseen": controls_unseen.UnseenWorld}
    made = broken.get(pattern.partition(":")[0], World)
    return made(adapter, pattern, database)
