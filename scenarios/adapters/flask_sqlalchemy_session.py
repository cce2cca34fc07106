"""Teach Flask-SQLAlchemy-Session: `session` is a `scoped_session` keyed by the context.

The package is its successor, Flask-SQLAlchemy-Session2024, which kept the module's name.
Source: "Usage", in the README of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_sqlalchemy_session import flask_scoped_session
from sqlalchemy import create_engine
from sqlalchemy.orm import declarative_base, sessionmaker

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "flask_sqlalchemy_session"


class Library:
    """One engine and one `session = flask_scoped_session(...)`, which is the extension itself."""

    def __init__(
        self,
        url: str,
        binds: dict[Any, Any] | None = None,
        base: Any = None,
        **options: Any,
    ) -> None:
        self._engine = create_engine(url, **options)
        self.db = flask_scoped_session(sessionmaker(bind=self._engine, binds=binds))
        self.Base = base or declarative_base()

    def init_app(self, app: Flask) -> None:
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self._engine

    def session(self) -> Any:
        return self.db


def with_base(url: str, base: Any) -> Library:
    """Use the base as it is: the library has none of its own."""
    return Library(url, base=base)


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Make the engine with them."""
    return Library(url, **options)


def with_second_engine(url: str, other: str) -> tuple[Library, Any]:
    """Bind a base to an engine, with `sessionmaker(binds=...)`."""
    base = declarative_base()
    return Library(url, {base: create_engine(other)}), base
