"""What a Flask-Admin release can do, found out by trying, once in a process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .databases import SQLite
from .patterns import NotApplicable
from .world import World

if TYPE_CHECKING:
    from .adapters.base import Adapter


class _AskedForQuery(Exception):
    """Flask-Admin took the `db` object for a session."""


def _asked_for_query(_db: object) -> None:
    raise _AskedForQuery


@functools.cache
def takes_extension(adapter: Adapter) -> bool:
    """Tell whether `ModelView(User, db)` means anything to this Flask-Admin.

    A release that knows nothing of `db` objects takes it for a session, and asks the object
    itself for `query`; Flask-SQLAlchemy even has one, SQLAlchemy's module of that name. A release
    that knows them asks `db.session`.
    """
    with tempfile.TemporaryDirectory() as folder:
        world = World(adapter, "db@context", SQLite(Path(folder) / "probe.sqlite"))
        try:
            world.prepare()
            db = world.library.db
            if db is not None:
                watched = {"query": property(_asked_for_query)}
                db.__class__ = type(type(db).__name__, (type(db),), watched)
            world.add_views()
            with world.app.app_context():
                world.view.get_query()
        except _AskedForQuery:
            return False
        except Exception:  # noqa: BLE001 - it is known but does not work: for the scenarios to see
            return True
        finally:
            world.close()
    return True


def check(adapter: Adapter, pattern: str) -> None:
    """Raise `NotApplicable` where the pattern does not exist for this release."""
    if pattern.partition("@")[0] == "db" and not takes_extension(adapter):
        raise NotApplicable("this Flask-Admin takes this library's `db` object for a session")
