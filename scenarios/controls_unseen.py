"""Handles and views that do their work and raise an error besides, which no answer shows.

Something makes an answer of it, logs it, or loses it. The scenarios are run with them by name
(`--pattern unseen:removal`); whichever has met such an error, as its evidence tells, must fail.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, ClassVar

from flask import current_app, redirect
from sqlalchemy import event, util
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from . import patterns
from .world import UserView, World

if TYPE_CHECKING:
    from flask import Flask

    from .adapters.base import Library


class Stumble(Exception):
    """What is raised besides."""


def stumble(app: Any = None) -> None:
    """Tell that it happens, in a way of its own, and raise."""
    (app or current_app).ledger.note("met", None)
    raise Stumble("besides")


def removal(library: Library, app: Flask) -> Any:
    """A registry whose removal raises when it has removed; the teardown logs that and goes on."""
    registry = scoped_session(lambda: Session(library.engine()))

    @app.teardown_appcontext
    def remove_session(_error: BaseException | None = None) -> None:
        registry.remove()
        try:
            stumble(app)
        except Stumble:
            app.logger.exception("the session could not be removed")

    return registry


def reset(library: Library, app: Flask) -> Any:
    """A registry whose connections cannot be reset, which SQLAlchemy's pool only logs."""
    with app.app_context():
        event.listen(library.engine(), "reset", lambda *_given: stumble(app))
    return patterns.own_scoped_session(library, app)


def warned(library: Library, app: Flask) -> Any:
    """A registry that has SQLAlchemy warn of each Session."""

    def make() -> Session:
        app.ledger.note("met", None)  # type: ignore[attr-defined] # the scenarios' own application
        util.warn("of the session")
        return Session(library.engine())

    return patterns.removed(scoped_session(make), app)


def refused(library: Library, app: Flask) -> Any:
    """A registry whose Sessions, when they are closed, ask the database for what it refuses."""

    class Curious(Session):
        def close(self) -> None:
            with suppress(DBAPIError):
                app.ledger.note("met", None)  # type: ignore[attr-defined] # as above
                self.connection().exec_driver_sql("SELECT 1", ("a value that is not asked for",))
            super().close()

    return patterns.removed(scoped_session(lambda: Curious(library.engine())), app)


def sent(library: Library, app: Flask) -> Any:
    """A registry that is good, and answers that raise when they have been sent."""

    @app.after_request
    def watch(response: Any) -> Any:
        response.call_on_close(lambda: stumble(app))
        return response

    return patterns.own_scoped_session(library, app)


def answered(library: Library, app: Flask) -> Any:
    """A registry that is good, and an application that answers an error with a redirection."""
    app.register_error_handler(Stumble, lambda _error: redirect("/admin/"))
    return patterns.own_scoped_session(library, app)


class AnsweredView(UserView):
    """Raises when a row has been stored."""

    def after_model_change(self, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        stumble()


class HookView(UserView):
    """Raises before a row is stored, which Flask-Admin logs and tells the user."""

    def _on_model_change(self, form: Any, model: Any, is_created: bool) -> None:  # noqa: FBT001
        stumble()


class LoggedView(UserView):
    """Raises when the rows of a list have been read, and logs it where nobody listens."""

    def get_list(self, *given: Any, **named: Any) -> Any:
        found = super().get_list(*given, **named)
        log = logging.getLogger("an application of its own")
        log.propagate = False
        try:
            stumble()
        except Stumble:
            log.exception("the list is there, all the same")
        return found


class ThreadView(UserView):
    """Has a thread fill the form in, which raises."""

    def on_form_prefill(self, form: Any, id: Any) -> None:  # noqa: A002 - Flask-Admin's own name
        app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001
        thread = threading.Thread(target=stumble, args=(app,))
        thread.start()
        thread.join()


class _Ending:
    """Raises when it is given up."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __del__(self) -> None:
        stumble(self._app)


class LostView(UserView):
    """Gives up something that raises then, where Python can only say so."""

    def get_query(self) -> Any:
        _Ending(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001
        return super().get_query()


HANDLES: dict[str, Callable[[Library, Flask], Any]] = {
    "unseen:removal": removal,
    "unseen:reset": reset,
    "unseen:warned": warned,
    "unseen:refused": refused,
    "unseen:sent": sent,
    "unseen:answered": answered,
    "unseen:hook": patterns.own_scoped_session,
    "unseen:logged": patterns.own_scoped_session,
    "unseen:thread": patterns.own_scoped_session,
    "unseen:lost": patterns.own_scoped_session,
}
VIEWS = {
    "unseen:answered": AnsweredView,
    "unseen:hook": HookView,
    "unseen:logged": LoggedView,
    "unseen:thread": ThreadView,
    "unseen:lost": LostView,
}


class UnseenWorld(World):
    """A world in which an error is raised that no answer shows."""

    patterns: ClassVar = {**patterns.MAKERS, **HANDLES}

    def view_class(self) -> type[UserView]:
        return VIEWS.get(self.pattern, UserView)
