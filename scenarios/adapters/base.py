"""What a library's file in this folder has to offer; the whole contract of an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine


class Library(Protocol):
    """One application's use of the library, made anew for every scenario."""

    Base: Any
    """The declarative base that the library's users derive their models from."""

    db: Any
    """The extension object that applications call `db`; `None` where there is none.

    It need not have a `session`: what takes its place is what `session()` evaluates.
    """

    def __init__(self, url: str) -> None:
        """Set the library up for the database at `url`, as a module at import time would."""

    def init_app(self, app: Flask) -> None:
        """Bind the library to the application, configuration included."""

    def engine(self) -> Engine:
        """Return the engine that the library's sessions use, inside an application context."""

    def session(self) -> Any:
        """Evaluate what an application writes as `db.session`."""


class Adapter(Protocol):
    """The module: `scenarios/adapters/<name>.py`."""

    MODULE: str
    """What is imported to use the library: `flask_sqlalchemy`."""

    Library: type[Library]

    # with_base(url, base) -> Library
    # Optional: how an application hands the library a declarative base of its own.
    #
    # with_database(library, url) -> None
    # Optional: have the applications that are bound from now on use the database at `url`, where
    # the library takes it from the application.
    #
    # with_engine_options(url, options) -> Library
    # Optional: how an application hands the library options of `create_engine`: pools, drivers.
    #
    # with_second_engine(url, other) -> (Library, Base)
    # Optional: how the library's users work with two databases. Models that derive from the base
    # that it returns live in `other`, all the rest in `url`.

    # single_table() -> attributes
    # Optional: what a class that has the table of its parent needs besides, by name, where the
    # library would make one for it.

    # models(library) -> Group, User
    # Optional: the models of `scenarios/models.py` in the form that the library asks for, with the
    # same tables, columns and relations. Without it they are mapped on `library.Base`, classically.
