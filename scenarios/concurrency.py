"""Run requests in threads that meet inside the view, through the test client or a real server."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TYPE_CHECKING, Callable

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from flask import Flask

DEADLINE = 10.0
"""Seconds that threads wait for one another before the scenario fails."""


def together(count: int, work: Callable[[int], object], barrier: threading.Barrier) -> list[str]:
    """Run `work(0) ... work(count - 1)` in threads; return what each raised, as `Type: message`.

    Whoever fails breaks the barrier, so that the others do not wait for it in vain.
    """
    failures = []

    def run(number: int) -> None:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - whatever a thread raises is the finding
            failures.append(f"{type(error).__name__}: {error}")
            barrier.abort()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    failures += ["TimeoutError: a request did not end"] * sum(t.is_alive() for t in threads)
    return sorted(failures)


class Silent(WSGIRequestHandler):
    """Handles a request without a word on standard error."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's name
        """Say nothing: the scenario records what matters."""


@contextmanager
def threaded_server(app: Flask) -> Iterator[Callable[[str], tuple[int, str]]]:
    """Serve `app` on loopback, a thread for each request; give a function that GETs a path."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    # Closing waits for every request's thread: none is left to disturb the next scenario.
    server.daemon_threads = False
    server.block_on_close = True
    # Werkzeug's own `serve_forever` took no interval before 2.0.
    thread = threading.Thread(target=BaseServer.serve_forever, args=(server, 0.01), daemon=True)
    thread.start()

    def get(path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    try:
        yield get
    finally:
        server.shutdown()
        thread.join(DEADLINE)
        server.server_close()
