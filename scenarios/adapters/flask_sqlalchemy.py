"""Teach Flask-SQLAlchemy: `db.session` is a `scoped_session`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "flask_sqlalchemy"


class Library:
    """One `db = SQLAlchemy()`."""

    def __init__(self, url: str, others: dict[str, str] | None = None, **options: Any) -> None:
        self.url = url
        self.others = others
        self.db = SQLAlchemy(**options)
        self.Base = self.db.Model

    def init_app(self, app: Flask) -> None:
        app.config["SQLALCHEMY_DATABASE_URI"] = self.url
        # 2.x warns unless an application says that it wants no modification events.
        app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
        if self.others:
            app.config["SQLALCHEMY_BINDS"] = self.others
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.db.engine

    def session(self) -> Any:
        return self.db.session


def with_base(url: str, base: Any) -> Library:
    """Hand the base over as `model_class`; 3.1 takes one of SQLAlchemy 2."""
    return Library(url, model_class=base)


def with_database(library: Library, url: str) -> None:
    """Configure the next application with another `SQLALCHEMY_DATABASE_URI`."""
    library.url = url


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Hand them over as `engine_options`."""
    return Library(url, engine_options=options)


def with_second_engine(url: str, other: str) -> tuple[Library, Any]:
    """Use `__bind_key__`, as the library's documentation on binds has it."""
    library = Library(url, {"other": other})

    class OtherBase(library.Base):
        __abstract__ = True
        __bind_key__ = "other"

    return library, OtherBase
