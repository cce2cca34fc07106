"""Streams that break off: what the thread that served one has afterwards (pallets/flask#6123)."""

from __future__ import annotations

import contextvars
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Callable

from flask import Response, stream_with_context
from werkzeug.test import create_environ

from .sessions import serial

if TYPE_CHECKING:
    from flask_admin.contrib.sqla import ModelView

    from .world import World

GUARDS = "sessions"

NOTHING = {"transactions": 0, "connections": 0}
EXPORT, OWN = "/admin/user/export/csv/", "/admin/user/work"
STREAMS = {
    "an export": (EXPORT, True),
    "an export that the server did not close": (EXPORT, False),
    "a view's own stream": (OWN, True),
    "a view's own stream that the server did not close": (OWN, False),
}
"""What is asked for, and whether the server closes the body or just lets it go."""


def streamed(view: ModelView) -> Any:
    """Answer with a stream that reads from the database while it is sent."""

    def names() -> Iterator[str]:
        for number in ("1", "2", "3"):
            yield f"{view.get_one(number).name}\n"

    return Response(stream_with_context(names()), mimetype="text/plain")


def break_off(world: World, path: str, *, closes: bool) -> str:
    """Ask for a stream as a server does, read its first part, and let the rest go."""
    told: list[str] = []
    body: Iterable[bytes] = world.app(create_environ(path), lambda status, *_: told.append(status))
    first = next(iter(body)).decode()
    if closes:
        body.close()  # type: ignore[attr-defined]
    return f"{told[0]} {first.strip()}"


def serve_on(world: World, path: str, *, closes: bool) -> dict[str, Any]:
    """Break a stream off, serve two requests after it, and return what each had and left."""
    world.view.work = streamed
    before = len(world.watch.begun)
    answer = break_off(world, path, closes=closes)
    sessions = sorted(set(world.watch.begun[before:]))
    left = [world.left_open()]
    world.view.work = lambda view: f"{view.get_one('1').name} {serial(view.get_query().session)}"
    for _ in range(2):
        name, _, number = world.get(OWN).partition(" ")
        sessions.append(int(number))
        left.append(world.left_open())
    own = len(set(sessions)) == len(sessions)
    return {"answer": answer, "next": name, "own_sessions": own, "left": left}


def test_after_a_stream_that_broke_off_its_thread_serves_on(
    world: World, evidence: Callable[..., None]
) -> None:
    """After a client left in the middle of a stream, the next requests have their own Sessions."""
    world.add_views(can_export=True, column_export_list=("name", "born"))
    seen: dict[str, dict[str, Any]] = {}
    for name, (path, closes) in STREAMS.items():
        # A context of Flask's that is never ended stays in here, and does not disturb the others.
        inside = contextvars.copy_context()
        seen[name] = inside.run(serve_on, world, path, closes=closes)

    evidence(streams=seen)
    for name, one in seen.items():
        begins = "200 OK ada" if "own" in name else "200 OK Name"
        assert one["answer"].startswith(begins), f"{name} began with {one['answer']}"
        assert one["left"][0] == NOTHING, f"left open by {name}: {one['left'][0]}"
        shared = f"after {name} a request had the Session of the stream, or of another request"
        assert one["own_sessions"], shared
        assert one["left"] == [NOTHING] * 3, f"left open by the requests after {name}"
        assert one["next"] == "ada", f"the request after {name} does not read what is stored"
