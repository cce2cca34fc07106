"""Teach SQLModel: its models and its `Session`, in the `scoped_session` of Flask's documentation.

SQLModel has no Flask extension, so nothing is called `db`.
"""
# ruff: noqa: FA100 - annotations are no strings here: SQLModel evaluates those of the models below

from datetime import date
from types import SimpleNamespace
from typing import Any, Optional

from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import registry, scoped_session, sessionmaker
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine

from scenarios.models import Role

MODULE = "sqlmodel"


class Library:
    """One engine, and a registry of its own: `SQLModel` itself has one for all applications."""

    db = None

    def __init__(self, url: str, **options: Any) -> None:
        self._engine = create_engine(url, **options)
        self._session = scoped_session(sessionmaker(bind=self._engine, class_=Session))
        self.registry = registry()
        self.Base = self.registry.generate_base()

    def init_app(self, app: Flask) -> None:
        @app.teardown_appcontext
        def remove_session(_error: Optional[BaseException] = None) -> None:
            self._session.remove()

    def engine(self) -> Engine:
        return self._engine

    def session(self) -> Any:
        return self._session


def with_engine_options(url: str, options: dict[str, Any]) -> Library:
    """Make the engine with them."""
    return Library(url, **options)


def models(library: Library) -> SimpleNamespace:
    """Write the models with annotations; SQLModel has no other form."""

    class Model(SQLModel, registry=library.registry):
        """What SQLModel's users call `SQLModel`."""

    class Group(Model, table=True):
        __tablename__ = "team"
        id: Optional[int] = Field(default=None, primary_key=True)
        name: str = Field(max_length=40)
        members: list["User"] = Relationship(back_populates="group")

        def __str__(self) -> str:
            return f"team {self.name}"

    class User(Model, table=True):
        __tablename__ = "person"
        id: Optional[int] = Field(default=None, primary_key=True)
        name: str = Field(max_length=40, unique=True)
        born: Optional[date] = None
        role: Optional[Role] = None
        group_id: Optional[int] = Field(default=None, foreign_key="team.id")
        group: Optional[Group] = Relationship(back_populates="members")

        def __str__(self) -> str:
            return f"user {self.name}"

    return SimpleNamespace(Group=Group, User=User)
