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

    def __init__(self, url: str) -> None:
        self.url = url
        self.db = SQLAlchemy()
        self.Base = declarative_base()

    def init_app(self, app: Flask) -> None:
        app.config["SQLALCHEMY_ENGINES"] = {"default": self.url}
        self.db.init_app(app)

    def engine(self) -> Engine:
        return self.db.engine

    def session(self) -> Any:
        return self.db.session
