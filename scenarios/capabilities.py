"""What a library and a Flask-Admin release can do, found out by trying, once in a process."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.orm import Session

from .databases import SQLite
from .pages import list_rows
from .patterns import NEUTRAL, OWN, RECOMMENDED, NotApplicable, is_inside_context
from .world import World

if TYPE_CHECKING:
    from .adapters.base import Adapter


class Absent(NamedTuple):
    """Why a pattern is not tried; and which other one tells the same, where that is why."""

    reason: str = ""
    same_as: str = ""


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


@functools.cache
def _absent(adapter: Adapter) -> dict[str, str]:
    """Return the patterns that do not exist for this library, each with the reason.

    Whatever else becomes of one when it is evaluated is for the scenarios to see.
    """
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        world = World(adapter, NEUTRAL, SQLite(Path(folder) / "probe.sqlite"))
        try:
            world.prepare()
            for name, make in world.patterns.items():
                try:
                    make(world.library, world.app)
                except NotApplicable as reason:  # noqa: PERF203 - each is a pattern of its own
                    found[name] = str(reason)
                except Exception:  # noqa: BLE001, S110 - it exists, and does not work: for scenarios
                    pass
        except Exception:  # noqa: BLE001, S110 - nothing can be set up: for the scenarios to see
            pass
        finally:
            world.close()
    return found


def absence(adapter: Adapter, pattern: str, others: Collection[str] = ()) -> Absent | None:
    """Return why a pattern is not tried with this library and this Flask-Admin; None where it is.

    It is asked before any scenario runs: nothing is set up for what does not exist. Nor for what
    is the same inside a context as outside, where that is one of the `others` that are run and an
    application can be built with it: what it is built for may want a context.
    """
    base = pattern.partition("@")[0]
    if reason := _absent(adapter).get(base, ""):
        return Absent(reason)
    if base == "db" and not takes_extension(adapter):
        return Absent("this Flask-Admin takes this library's `db` object for a session")
    is_same = is_inside_context(pattern) and (base.startswith(OWN) or _is_one_object(adapter))
    if is_same and base in others and _builds(adapter, base):
        return Absent(f"the same as {base}: a context makes no other session of it here", base)
    return None


@functools.cache
def _is_one_object(adapter: Adapter) -> bool:
    """Tell whether the library's session is the same object inside and outside any context."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(adapter, NEUTRAL, SQLite(Path(folder) / "probe.sqlite"))
        try:
            world.prepare()
            world.library.init_app(world.app)
            outside = world.library.session()
            with world.app.app_context():
                return outside is world.library.session()
        except Exception:  # noqa: BLE001 - outside there is none, then
            return False
        finally:
            world.close()


@functools.cache
def _builds(adapter: Adapter, pattern: str) -> bool:
    """Tell whether an application can be built with it."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(adapter, pattern, SQLite(Path(folder) / "probe.sqlite"))
        try:
            world.add_views()
        except Exception:  # noqa: BLE001 - whatever it is, it is for the scenarios to see
            return False
        finally:
            world.close()
    return True


@functools.cache
def recommended(adapter: Adapter) -> str:
    """Return the handle that an application would take here, as far as one plain model tells.

    The first of those that are recommended with which an application can be built outside any
    context, holds no Session, and lists its rows.
    """
    return next((name for name in RECOMMENDED if _serves(adapter, name)), RECOMMENDED[-1])


def _serves(adapter: Adapter, pattern: str) -> bool:
    if absence(adapter, pattern):
        return False
    with tempfile.TemporaryDirectory() as folder:
        world = World(adapter, pattern, SQLite(Path(folder) / "probe.sqlite"))
        try:
            world.add_views()
            held = issubclass(type(world.handle), Session)
            return not held and bool(list_rows(world.get("/admin/user/")))
        except Exception:  # noqa: BLE001 - the next may do
            return False
        finally:
            world.close()
