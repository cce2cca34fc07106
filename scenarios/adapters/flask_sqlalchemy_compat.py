"""Teach flask-sqlalchemy-compat: the interface of one library over the other one.

Where Flask-SQLAlchemy is installed, as lite's users write it (`db.session` is the context's own
`Session`); else as Flask-SQLAlchemy's do, over lite (`db.session` is a `scoped_session`).
Source: section 2 of its README.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_sqlalchemy_compat import (
    backends,
    get_flask_sqlalchemy,
    get_flask_sqlalchemy_lite,
)
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import Engine

MODULE = "flask_sqlalchemy_compat"


class Library:
    """One `db` of whichever of the two interfaces is a proxy here."""

    def __init__(self, url: str, **options: Any) -> None:
        class Base(DeclarativeBase):
            pass

        if backends.is_module_invalid(backends.proxy.fsa):
            self.config = {"SQLALCHEMY_DATABASE_URI": url}
            self.db = get_flask_sqlalchemy(Base, **options)
            self.Base = self.db.Model
        else:
            self.config = {"SQLALCHEMY_ENGINES": {"default": url}}
            self.db, self.Base = get_flask_sqlalchemy_lite(Base, **options)

    def init_app(self, app: Flask) -> None:
        app.config.update(self.config)
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.db.engine

    def session(self) -> Any:
        return self.db.session


def with_database(library: Library, url: str) -> None:
    """Configure the next application with another database, in the words of either library."""
    names = {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINES": {"default": url}}
    library.config = {name: names[name] for name in library.config}


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Hand them over as `engine_options`."""
    return Library(url, engine_options=options)
