"""Teach Alchemical's Flask extension: `db.session` is the current context's own `Session`.

Source: "Using Alchemical with Flask", https://alchemical.readthedocs.io/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alchemical.core import BaseModel
from alchemical.flask import Alchemical
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "alchemical.flask"


class Library:
    """One `db = Alchemical()` with a base of its own: the library's `Model` is one for all."""

    def __init__(self, url: str, others: dict[str, str] | None = None, **options: Any) -> None:
        class Base(BaseModel, DeclarativeBase):
            __metadatas__: dict[Any, Any] = {}  # noqa: RUF012 - as the library's own has it

        self.url = url
        self.others = others
        self.db = Alchemical(model_class=Base, **options)
        self.Base = self.db.Model

    def init_app(self, app: Flask) -> None:
        app.config["ALCHEMICAL_DATABASE_URL"] = self.url
        if self.others:
            app.config["ALCHEMICAL_BINDS"] = self.others
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.db.get_engine()

    def session(self) -> Any:
        return self.db.session


def with_database(library: Library, url: str) -> None:
    """Configure the next application with another `ALCHEMICAL_DATABASE_URL`."""
    library.url = url


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Hand them over as `engine_options`."""
    return Library(url, engine_options=options)


def with_second_engine(url: str, other: str) -> tuple[Library, Any]:
    """Use `__bind_key__`, as with Flask-SQLAlchemy."""
    library = Library(url, {"other": other})

    class OtherBase(library.Base):
        __abstract__ = True
        __bind_key__ = "other"

    return library, OtherBase


def single_table() -> dict[str, Any]:
    """Say that there is no table: the library would make its parent's once more."""
    return {"__tablename__": None}
