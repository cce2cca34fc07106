"""Deployed servers: requests that overlap, and clients that hang up, on servers that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from .deployed import ServerTrouble, failed
from .serve import THREADS

if TYPE_CHECKING:
    from .world import World

GUARDS = "sessions"

UNDER = ("db", "db@context", "db-session", "scoped-session", "scoped-factory", "scoped-by-greenlet")
"""The handles that tell something here; the others say what one of these says.

A wrapper that looks `db.session` up each time has its Session. `db.session` inside a context is the
one outside, or one Session for all, which other session checks see.
"""

REQUESTS = 6
"""One more than the size of SQLAlchemy's pool, so that an overflow connection is in play."""
BODIES = {"uvicorn": "sent to nobody"}
"""What becomes of a stream that nobody reads any more; most servers close it.

Uvicorn says nothing to a2wsgi of a client that is gone, and throws away what it is given.
"""
PARTS = {
    "work": "a client that hung up while the view worked",
    "stream": "a client that hung up while the answer was streamed",
    "next": "the request after them",
    "every": "a request to each of the server's threads after them",
}
NOTHING = {"sessions": 0, "transactions": 0, "connections": 0}


def overlap(world: World, evidence: Callable[..., None], server: str) -> None:
    """Let requests meet inside the view; check what they had, and what they left."""
    with world.servers.serve(world, server, "overlap", REQUESTS) as served:
        seen = served.get(count=REQUESTS)

    check_sessions(seen, server, REQUESTS, evidence)
    check_answers(seen)
    stored = len(world.database.people())
    evidence(stored=stored, left=seen["left"])
    assert seen["left"] == NOTHING, f"left open after the requests: {seen['left']}"
    assert stored == 3 + REQUESTS, "a row was lost, or is there twice"


def check_sessions(
    seen: dict[str, Any], server: str, requests: int, evidence: Callable[..., None]
) -> None:
    """Fail where requests that were in the view at once shared a Session."""
    ran_in = {name: seen[name] for name in ("os_threads", "greenlets")}
    evidence(requests=requests, met=seen["met"], sessions=seen["sessions"], **ran_in)
    if seen["met"] < requests:
        return
    by_threads = {"os_threads": requests, "greenlets": 0}
    by_greenlets = {"os_threads": 1, "greenlets": requests}
    if ran_in != (by_greenlets if server == "gevent" else by_threads):
        raise ServerTrouble(f"{server} does not run requests as it says: {ran_in}")
    shared = f"{requests} requests shared {seen['sessions']} Session(s)"
    assert seen["sessions"] == requests, shared


def hang_up(world: World, evidence: Callable[..., None], server: str) -> None:
    """Have clients hang up half-way; check what they leave, and that the next request works."""
    seen: dict[str, Any] = {}
    with world.servers.serve(world, server, "hang-up", THREADS) as served:
        for part in PARTS:
            if part in ("work", "stream"):
                seen[part] = served.hang_up(part)
            else:
                seen[part] = served.get(part, THREADS if part == "every" else 1)
            if seen[part]["left"] != NOTHING or seen[part]["error"]:
                break  # what comes after would wait for what is left, a lock for one

    last = seen[part]
    evidence(**{f"left_by_{part}": one["left"] for part, one in seen.items()}, body=last["body"])
    if part == "every":
        check_sessions(last, server, THREADS, evidence)
    if last["error"]:
        raise failed(f"the request failed whose part was {part}", last["error"])
    assert last["left"] == NOTHING, f"left open by {PARTS[part]}: {last['left']}"
    check_answers(last)
    if last["body"] != BODIES.get(server, "closed by the server"):
        raise ServerTrouble(f"{server} did something else with the stream: {last['body']}")
    names = [name for name, *_ in world.database.people()]
    evidence(names=names)
    new = [f"request {number}" for number in range(THREADS)]
    assert names == ["bob", "cyd", *new, "the next"], "what was not committed was stored, or lost"


def check_answers(seen: dict[str, Any]) -> None:
    """Fail where a request was not answered as it should, with what the application raised."""
    if seen["wrong"]:
        raise failed(f"requests failed: {seen['wrong'][0]}, not 200", seen["error"])


def test_waitress_keeps_overlapping_requests_apart(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that overlap on Waitress have a Session each, and all that they write is kept."""
    overlap(world, evidence, "waitress")


def test_gunicorn_threads_keep_overlapping_requests_apart(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that overlap in Gunicorn's threads have a Session each, and all rows are kept."""
    overlap(world, evidence, "gthread")


def test_gevent_keeps_overlapping_requests_apart(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that overlap in Gunicorn's greenlets have a Session each, and all rows are kept."""
    overlap(world, evidence, "gevent")


def test_uvicorn_keeps_overlapping_requests_apart(
    world: World, evidence: Callable[..., None]
) -> None:
    """Requests that overlap under FastAPI on Uvicorn have a Session each, and all rows are kept."""
    overlap(world, evidence, "uvicorn")


def test_werkzeug_cleans_up_after_clients_that_hang_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """Clients of Werkzeug that hang up leave nothing open, and its threads work on."""
    hang_up(world, evidence, "werkzeug")


def test_waitress_cleans_up_after_clients_that_hang_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """Clients of Waitress that hang up leave nothing open, and its threads work on."""
    hang_up(world, evidence, "waitress")


def test_gunicorn_threads_clean_up_after_clients_that_hang_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """Clients of Gunicorn's threads that hang up leave nothing open, and its threads work on."""
    hang_up(world, evidence, "gthread")


def test_gevent_cleans_up_after_clients_that_hang_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """Clients of Gunicorn's gevent that hang up leave nothing open, and the next requests work."""
    hang_up(world, evidence, "gevent")


def test_uvicorn_cleans_up_after_clients_that_hang_up(
    world: World, evidence: Callable[..., None]
) -> None:
    """Clients of FastAPI on Uvicorn that hang up leave nothing open, and its threads work on."""
    hang_up(world, evidence, "uvicorn")
