"""What runs inside a deployed server: the application of the scenario at hand, and its works.

A server is started once and serves one application after the other, each under a prefix of its
own, so that a request that comes late meets nobody. What the scenario has to say goes through a
second door (`told`), which no server and no application knows of.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

from flask import Response, stream_with_context

from . import adapters, controls
from .concurrency import DEADLINE
from .databases import Database
from .ledger import RAISED, described
from .sessions import serial

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

_CHUNK = "x" * 65536
_CHUNKS = 250
"""More than any server or socket buffers: whoever streams this must notice that nobody reads."""


class Given(Database):
    """A database that the scenario has filled and will drop; here it is only used."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fill(self, base: object) -> None:
        """Leave it as it is."""

    def drop(self) -> None:
        """Leave it as it is."""


class Overlap:
    """Requests that are all inside the view at once, each with what it has written and read."""

    def __init__(self, world: World, requests: int) -> None:
        self._world = world
        self._requests = requests
        self._barrier = threading.Barrier(requests)
        self._lock = threading.Lock()
        self._sessions: list[int] = []
        self._threads: list[int] = []
        self._greenlets: list[Any] = []

    def __call__(self, view: ModelView) -> str:
        try:
            return self._meet(view)
        except Exception:
            self._barrier.abort()
            raise

    def _meet(self, view: ModelView) -> str:
        session = view.get_query().session
        with self._lock:
            number = len(self._sessions)
            self._sessions.append(serial(session))
            self._threads.append(threading.get_native_id())
            self._greenlets += _greenlet()
        self._barrier.wait(DEADLINE)
        if len(set(self._sessions)) < self._requests:
            return "they share a Session: what would come now is chance"
        session.add(self._world.models.User(name=f"request {number}"))
        session.commit()
        name: str = view.get_one("1").name
        self._barrier.wait(DEADLINE)
        return name

    def facts(self) -> dict[str, Any]:
        """Count what took part; the greenlets are held, so that each id is one of them."""
        return {
            "met": len(self._sessions),
            "sessions": len(set(self._sessions)),
            "os_threads": len(set(self._threads)),
            "greenlets": len({id(one) for one in self._greenlets}),
        }


def _greenlet() -> list[Any]:
    """Return the greenlet that runs, where gevent is what switches between requests."""
    return [sys.modules["greenlet"].getcurrent()] if "gevent" in sys.modules else []


class HangUp:
    """Requests whose client is gone before they end, and those that come after them."""

    def __init__(self, world: World, requests: int) -> None:
        self._every = Overlap(world, requests)
        self._part = "work"
        self._inside = threading.Event()
        self._gone = threading.Event()
        self._body = "not sent"

    def __call__(self, view: ModelView) -> Any:
        parts = {"work": self._work, "stream": self._stream, "next": self._next}
        return {**parts, "every": self._every}[self._part](view)

    def turn(self, part: str) -> None:
        """Say what the next request is to do."""
        self._part = part
        self._inside.clear()
        self._gone.clear()

    def wait(self) -> bool:
        """Wait until a request is where its client is to hang up; tell whether one came."""
        return self._inside.wait(DEADLINE)

    def go_on(self) -> None:
        """Let the request go on: its client is gone."""
        self._gone.set()

    def _work(self, view: ModelView) -> str:
        view.get_one("1").name = "half done"
        view.get_query().session.flush()
        self._hold()
        return str(view.get_one("2").name)

    def _stream(self, view: ModelView) -> Response:
        return Response(stream_with_context(self._chunks(view)), mimetype="text/plain")

    def _chunks(self, view: ModelView) -> Iterator[str]:
        self._body = "begun"
        yield view.get_one("1").name
        self._hold()
        try:
            yield view.get_one("2").name
            for _ in range(_CHUNKS):
                yield _CHUNK
            self._body = "sent to nobody"
        except GeneratorExit:
            self._body = "closed by the server"
            raise

    def _next(self, view: ModelView) -> str:
        view.get_one("1").name = "the next"
        view.get_query().session.commit()
        return "changed"

    def _hold(self) -> None:
        self._inside.set()
        if not self._gone.wait(DEADLINE):
            raise TimeoutError("the scenario did not say that the client is gone")

    def facts(self) -> dict[str, Any]:
        return {"body": self._body, **self._every.facts()}


WORKS: dict[str, Callable[[World, int], Any]] = {"overlap": Overlap, "hang-up": HangUp}


class _Counted:
    """An answer's body, which counts as in progress until the server has closed it."""

    def __init__(self, body: Any, left: Callable[[], None]) -> None:
        self._body = body
        self._left = left

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            self._body.close()
        finally:
            self._left()


class Play:
    """One application while it is served: its world, what its view does, who is in it."""

    def __init__(self, world: World, work: str, requests: int) -> None:
        self.world = world
        self._seen: list[dict[str, Any]] = []
        self._in_progress = 0
        self._changed = threading.Condition()
        made = WORKS[work](world, requests)
        self.work = made
        world.add_views().view.work = made

    def answer(self, environ: Any, start_response: Any) -> _Counted:
        """Answer a request, and note when it has ended."""
        with self._changed:
            self._in_progress += 1
        try:
            return _Counted(self.world.app(environ, start_response), self.left)
        except BaseException:
            self.left()
            raise

    def left(self) -> None:
        with self._changed:
            self._in_progress -= 1
            self._changed.notify_all()

    def settled(self) -> dict[str, Any]:
        """Return what is there when the server has closed the last body, or at the deadline."""
        with self._changed:
            ended = self._changed.wait_for(lambda: self._in_progress == 0, DEADLINE)
        watch = self.world.watch
        seen = self.world.ledger.take()
        self._seen += seen
        return {
            **self.work.facts(),
            "ended": ended,
            "seen": seen,
            "error": _first([one["error"] for one in self._seen if one["what"] in RAISED]),
            "left": {
                "sessions": watch.holding(),
                "transactions": watch.open_transactions(),
                "connections": watch.checked_out,
            },
        }


def _first(errors: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the error that tells most; a broken barrier only says that another came first."""
    telling = [one for one in errors if one["type"] != threading.BrokenBarrierError.__name__]
    return min(telling or errors, key=lambda one: (one["type"], one["message"]), default=None)


class Stage:
    """The WSGI application that a server serves: whatever application is played at the time."""

    def __init__(self, adapter: str) -> None:
        self._adapter = adapters.load(adapter)
        self._play: Play | None = None
        self._number = 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        play = self._play
        number, _, rest = environ["PATH_INFO"].lstrip("/").partition("/")
        if play is None or number != str(self._number):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"its time is over"]
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{number}", f"/{rest}"
        return play.answer(environ, start_response)

    def told(self, command: str, **given: Any) -> Any:
        """Do what the scenario says; the commands are the methods below."""
        return getattr(self, f"do_{command}")(**given)

    def do_open(self, pattern: str, url: str, **what: Any) -> dict[str, Any]:
        """Build the application; return its prefix, or what building it raised."""
        self._number += 1
        world = controls.world(self._adapter, pattern, Given(url))
        try:
            self._play = Play(world, **what)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            with suppress(Exception):
                world.close()
            return {"error": described(error)}
        return {"prefix": f"/{self._number}"}

    def do_turn(self, part: str) -> None:
        self._playing.work.turn(part)

    def do_wait(self) -> bool:
        return bool(self._playing.work.wait())

    def do_go_on(self) -> None:
        self._playing.work.go_on()

    def do_settle(self) -> dict[str, Any]:
        return self._playing.settled()

    def do_close(self) -> list[dict[str, Any]]:
        """End the play; return what was seen at its end.

        Its cycles are left where they are until the process ends.
        To collect a greenlet of a thread that has ended takes greenlet 3.5.6 down now and then.
        """
        with suppress(Exception):  # SQLite's connections refuse to be closed by another thread
            self._playing.world.close()
        seen = self._playing.world.ledger.take()
        self._play = None
        return seen

    @property
    def _playing(self) -> Play:
        if self._play is None:
            raise LookupError("nothing is played")
        return self._play
