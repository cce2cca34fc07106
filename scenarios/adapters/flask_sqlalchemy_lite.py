"""Teach flask-sqlalchemy-lite: `db.session` is the current context's own `Session`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import declarative_base

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "flask_sqlalchemy_lite"


class Library:
    """One `db = SQLAlchemy()` with a declarative base of the application's own."""

    def __init__(
        self,
        url: str,
        others: dict[str, str] | None = None,
        base: Any = None,
        **options: Any,
    ) -> None:
        self.engines = {"default": url, **(others or {})}
        self.db = SQLAlchemy(**options)
        self.Base = base or declarative_base()

    def init_app(self, app: Flask) -> None:
        app.config["SQLALCHEMY_ENGINES"] = self.engines
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.db.engine

    def session(self) -> Any:
        return self.db.session


def with_base(url: str, base: Any) -> Library:
    """Use the base as it is: the library has none of its own."""
    return Library(url, base=base)


def with_database(library: Library, url: str) -> None:
    """Configure the next application with another default engine."""
    library.engines = {"default": url}


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Hand them over as `engine_options`."""
    return Library(url, engine_options=options)


def with_second_engine(url: str, other: str) -> tuple[Library, Any]:
    """Bind a base to an engine by its name, in `session_options`."""
    base = declarative_base()
    options = {"binds": {base: "other"}}
    return Library(url, {"other": other}, session_options=options), base
