"""Threaded requests: many at once, that meet inside the view."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable

from .concurrency import DEADLINE, threaded_server, together
from .sessions import serial

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"

THREADS = 6
"""One more than the size of SQLAlchemy's pool, so that an overflow connection is in play."""


class Meeting:
    """Work for the view: all threads use their sessions at once, and note which Session it was."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.barrier = threading.Barrier(THREADS)
        self.sessions: list[int] = []

    def read(self, view: ModelView) -> str:
        """Use the session while all the others use theirs."""
        session = view.get_query().session
        self.sessions.append(serial(session))
        self.barrier.wait(DEADLINE)
        name = view.get_one("1").name
        self.barrier.wait(DEADLINE)
        return name

    def write(self, view: ModelView) -> str:
        """Store a row while all the others store theirs."""
        session = view.get_query().session
        self.sessions.append(serial(session))
        self.barrier.wait(DEADLINE)
        session.add(self.world.models.User(name=f"thread {threading.get_ident()}"))
        session.commit()
        return "written"


def through_the_client(world: World, meeting: Meeting) -> list[str]:
    """Send a request from each thread through the test client."""
    return together(THREADS, lambda _: world.get("/admin/user/work"), meeting.barrier)


def through_a_server(world: World, meeting: Meeting) -> list[str]:
    """Send a request from each thread over a socket to Werkzeug's threaded server."""
    with threaded_server(world.app) as get:

        def request(_number: int) -> None:
            status, _page = get("/admin/user/work")
            if status != 200:
                found = f"/admin/user/work answered {status}, not 200"
                raise AssertionError(found) from (world.app.errors[0] if world.app.errors else None)

        return together(THREADS, request, meeting.barrier)


def run(
    world: World,
    evidence: Callable[..., None],
    work: str,
    send: Callable[[World, Meeting], list[str]],
) -> None:
    """Build the application, let the requests meet, and check what they leave."""
    world.add_views()
    meeting = Meeting(world)
    world.view.work = getattr(meeting, work)

    failures = send(world, meeting)

    # What the threads had before they met is the same each time, also where they then collide.
    shared = len(set(meeting.sessions))
    evidence(threads=THREADS, met=len(meeting.sessions), sessions=shared)
    if len(meeting.sessions) == THREADS:
        assert shared == THREADS, f"{THREADS} threads shared {shared} Session(s)"
    if failures:
        first = world.app.errors[0] if world.app.errors else None
        raise AssertionError(f"requests failed: {failures[0]}") from first
    left = {"transactions": world.watch.open_transactions(), "connections": world.watch.checked_out}
    stored = len(world.database.people())
    evidence(stored=stored, **left)
    assert left == {"transactions": 0, "connections": 0}, f"left open after the requests: {left}"
    assert stored == (3 + THREADS if work == "write" else 3), "a row was lost, or is there twice"


def test_overlapping_reads_have_sessions_of_their_own(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that read at once through the test client have a Session each."""
    run(world, evidence, "read", through_the_client)


def test_overlapping_writes_are_all_kept(world: World, evidence: Callable[..., None]) -> None:
    """Requests that write at once through the test client store a row each."""
    run(world, evidence, "write", through_the_client)


def test_a_threaded_server_gives_each_request_its_own_session(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that read at once from a threaded server have a Session each."""
    run(world, evidence, "read", through_a_server)


def test_a_threaded_server_keeps_all_overlapping_writes(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that write at once to a threaded server store a row each."""
    run(world, evidence, "write", through_a_server)
