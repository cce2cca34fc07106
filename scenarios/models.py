"""The two tables that the scenarios work with: users, each in a group."""

from __future__ import annotations

import enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Date, Enum, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

if TYPE_CHECKING:
    from .adapters.base import Adapter, Library


class Role(enum.Enum):
    """What a user may do; names and values differ, so that a page shows which one it took."""

    reader = "may read"
    editor = "may write"


def of(adapter: Adapter, library: Library) -> SimpleNamespace:
    """Return `Group` and `User` as the library's users write them."""
    own = getattr(adapter, "models", None)
    return own(library) if own else define(library.Base)


def define(base: Any) -> SimpleNamespace:
    """Return `Group` and `User`, mapped on `base` in the classic form that every release reads."""

    class Group(base):
        __tablename__ = "team"
        id = Column(Integer, primary_key=True)
        name = Column(String(40), nullable=False)

        def __str__(self) -> str:
            return f"team {self.name}"

    class User(base):
        __tablename__ = "person"
        id = Column(Integer, primary_key=True)
        name = Column(String(40), unique=True, nullable=False)
        born = Column(Date)
        role = Column(Enum(Role))
        group_id = Column(Integer, ForeignKey("team.id"))
        group = relationship(Group, backref="members")

        def __str__(self) -> str:
            return f"user {self.name}"

    return SimpleNamespace(Group=Group, User=User)


class Named:
    """A key and a name, which stands for the row: for mapped classes to derive from."""

    id = Column(Integer, primary_key=True)
    name = Column(String(40))

    def __str__(self) -> str:
        return str(self.name)


def table(base: Any, name: str, *columns: Any) -> Table:
    """Return a table beside those that are mapped on `base`."""
    return Table(name, base.metadata, *columns)


def registry_of(base: Any) -> registry:
    """Return a registry that maps plain classes to the tables of `base`."""
    return registry(metadata=base.metadata)
