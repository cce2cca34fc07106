"""Watch sessions, transactions and connections by events: asking a proxy makes a Session."""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

_serials = itertools.count(1)
_lock = threading.Lock()


def serial(session: Session) -> int:
    """Return the number that this Session keeps for life; `id()` is reused, this is not."""
    with _lock:
        return session.info.setdefault("scenario serial", next(_serials))


class Watch:
    """Counts what Sessions and connections really do while it is on.

    `begun` lists the serials of the Sessions that began a transaction, in order. Sessions are
    held weakly: holding them would change the lifetime that is measured.
    """

    def __init__(self) -> None:
        self.begun: list[int] = []
        self._out: dict[int, Any] = {}
        self._seen: weakref.WeakSet[Session] = weakref.WeakSet()
        self._on = False
        self._listeners = (
            (Session, "after_begin", self._after_begin),
            (Pool, "checkout", self._checkout),
            (Pool, "checkin", self._checkin),
        )

    def start(self) -> None:
        self._on = True
        for target, name, listener in self._listeners:
            event.listen(target, name, listener)

    def stop(self) -> None:
        if not self._on:
            return
        self._on = False
        for target, name, listener in self._listeners:
            event.remove(target, name, listener)

    def _after_begin(self, session: Session, transaction: Any, connection: Any) -> None:
        self._seen.add(session)
        self.begun.append(serial(session))

    def _checkout(self, _connection: Any, record: Any, _proxy: Any) -> None:
        with _lock:
            self._out[id(record)] = record

    def _checkin(self, _connection: Any, record: Any) -> None:
        # A connection of an earlier scenario, collected only now, was never in here.
        with _lock:
            self._out.pop(id(record), None)

    @property
    def checked_out(self) -> int:
        """How many connections are out of their pool now."""
        return len(self._out)

    def open_transactions(self) -> int:
        """Count the Sessions alive now that are in a transaction."""
        return sum(session.in_transaction() for session in list(self._seen))

    def live(self) -> int:
        """Count the Sessions that began a transaction and are still referred to."""
        return len(self._seen)

    def holding(self) -> int:
        """Count the Sessions alive now that hold objects or are in a transaction."""
        alive = list(self._seen)
        return sum(bool(one.in_transaction() or one.new or len(one.identity_map)) for one in alive)

    def distinct(self, since: int = 0) -> int:
        """Count the Sessions that began a transaction after the first `since` beginnings."""
        return len(set(self.begun[since:]))
