"""Teach plain SQLAlchemy, no library: the `scoped_session` of Flask's documentation.

Source: "SQLAlchemy in Flask", https://flask.palletsprojects.com/patterns/sqlalchemy/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine
from sqlalchemy.orm import declarative_base, scoped_session, sessionmaker

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "sqlalchemy.orm"


class Library:
    """One engine and one `scoped_session`, removed when the application context ends."""

    db = None

    def __init__(
        self,
        url: str,
        binds: dict[Any, Any] | None = None,
        base: Any = None,
        **options: Any,
    ) -> None:
        self._engine = create_engine(url, **options)
        self._session = scoped_session(sessionmaker(bind=self._engine, binds=binds))
        self.Base = base or declarative_base()

    def init_app(self, app: Flask) -> None:
        @app.teardown_appcontext
        def remove_session(_error: BaseException | None = None) -> None:
            self._session.remove()

    def engine(self) -> Engine:
        return self._engine

    def session(self) -> Any:
        return self._session


def with_base(url: str, base: Any) -> Library:
    """Use the base as it is."""
    return Library(url, base=base)


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Make the engine with them."""
    return Library(url, **options)


def with_second_engine(url: str, other: str) -> tuple[Library, Any]:
    """Bind a base to an engine, with `Session(binds=...)`."""
    base = declarative_base()
    return Library(url, {base: create_engine(other)}), base
