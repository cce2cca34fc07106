"""Servers that people deploy with, started on demand, one process for each kind and cell.

Seen from the scenario. What runs inside them is `serve.py`, the application in them `stage.py`.
"""

from __future__ import annotations

import functools
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import declarative_base

from . import adapters, models
from .concurrency import DEADLINE
from .ledger import raised
from .patterns import NotApplicable
from .recorder import is_installed

if TYPE_CHECKING:
    from .ledger import Ledger
    from .world import World

_START = 20.0
"""Seconds until a server that was started has imported everything and answers."""
_GRACE = 3.0
_VANISH = struct.pack("ii", 1, 0)
"""SO_LINGER such that closing resets the connection, as when a client is gone at once."""

PROCESSES = {"threads": ("gthread", "waitress", "werkzeug", "uvicorn"), "gevent": ("gevent",)}
"""The servers of each process."""
_NEEDS = {
    "gthread": ("threads",),
    "waitress": ("threads",),
    "werkzeug": (),
    "uvicorn": ("asgi",),
    "gevent": ("threads", "gevent"),
}
"""What has to be installed for a server: names in the file that `--web-servers` gives."""


class ServerTrouble(Exception):
    """A server did not do its part; that says nothing about a pattern."""


def failed(found: str, told: Mapping[str, Any] | None) -> AssertionError:
    """Return what a scenario raises where an application did what it must not."""
    failure = AssertionError(found)
    failure.__cause__ = raised(told) if told else None
    return failure


def not_built(told: Mapping[str, Any]) -> BaseException:
    """Return what a scenario raises where an application cannot be built.

    As in this process, it is a finding only where a package under test had a part in it.
    """
    error = raised(told)
    if isinstance(error, NotApplicable) or not any(map(is_installed, told["files"])):
        return error
    return failed("the application cannot be built", told)


class _Process:
    """One process with its servers; it is started when it is made."""

    def __init__(self, names: list[str], adapter: str, paths: list[str], log: Path) -> None:
        self._log = log
        argv = [sys.executable, "-m", f"{__package__}.serve", "--adapter", adapter]
        argv += ["--parent", str(os.getpid()), *(f"--path={path}" for path in paths), *names]
        with log.open("ab") as errors:
            self._child = subprocess.Popen(  # noqa: S603 - this interpreter, our own program
                argv,
                cwd=Path(__file__).resolve().parent.parent,
                stdin=subprocess.PIPE,  # held open, so that its end tells of ours
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        line = self._child.stdout.readline() if self._child.stdout else b""
        self.ports: dict[str, list[int]] = json.loads(line or "{}")
        self._doors: dict[int, tuple[socket.socket, Any]] = {}

    def tell(self, server: str, command: str, **given: object) -> Any:
        """Have the process behind a server do something; return what it replies."""
        try:
            connection, lines = self._door(self.ports[server][1])
            lines.write(json.dumps({"command": command, **given}).encode() + b"\n")
            lines.flush()
            line = lines.readline()
            connection.settimeout(DEADLINE + _GRACE)
            found = json.loads(line)
        except (OSError, ValueError, KeyError) as error:
            raise ServerTrouble(f"{server} does not answer: {self._last_words()}") from error
        if "mistake" in found:
            raise ServerTrouble(found["mistake"])
        return found["reply"]

    def _door(self, port: int) -> tuple[socket.socket, Any]:
        if port not in self._doors:
            connection = socket.create_connection(("127.0.0.1", port), _START)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._doors[port] = connection, connection.makefile("rwb")
        return self._doors[port]

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def ask_to_end(self) -> None:
        """Tell it that it is to end, and do not wait."""
        self._child.send_signal(signal.SIGQUIT)

    def end(self) -> None:
        """End it with all that it started."""
        for connection, lines in self._doors.values():
            with suppress(OSError):
                lines.close()
                connection.close()
        if self._child.stdout:
            self._child.stdout.close()
        self.ask_to_end()
        try:
            self._child.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()


class Served:
    """One application on one server, for the time of one scenario."""

    def __init__(self, process: _Process, server: str, prefix: str, ledger: Ledger) -> None:
        self._process = process
        self._server = server
        self._ledger = ledger
        self._path = f"{prefix}/admin/user/work"
        self.settled: dict[str, Any] = {}

    def _tell(self, command: str, **given: object) -> Any:
        return self._process.tell(self._server, command, **given)

    def _sent(self) -> http.client.HTTPConnection:
        """Send a request, and return the connection that its answer will come on."""
        port = self._process.ports[self._server][0]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE + _GRACE)
        connection.request("GET", self._path, headers={"Connection": "close"})
        return connection

    def get(self, part: str = "", count: int = 1) -> dict[str, Any]:
        """Send requests at once, read the answers, and return what there is after them."""
        if part:
            self._tell("turn", part=part)
        connections = [self._sent() for _ in range(count)]
        answers = [_answer(connection) for connection in connections]
        self._settle()
        return {**self.settled, "wrong": [one for one in answers if one != "200"]}

    def hang_up(self, part: str) -> dict[str, Any]:
        """Send a request, be gone while the view is at work, and return what there is after it."""
        self._tell("turn", part=part)
        connection = self._sent()
        if not self._tell("wait"):
            connection.close()
            self._settle()
            if self.settled["error"] is None:
                raise ServerTrouble(f"{self._server} brought no request to the view")
            return self.settled
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _VANISH)
        connection.close()
        self._tell("go_on")
        self._settle()
        return {**self.settled, "wrong": []}

    def _settle(self) -> None:
        """Wait until nobody is in the application; what it has seen is the scenario's to judge."""
        self.settled = self._tell("settle")
        self._ledger.add(self.settled.pop("seen"))

    def close(self) -> None:
        self._ledger.add(self._tell("close"))


def _answer(connection: http.client.HTTPConnection) -> str:
    """Read an answer to its end; return its status, or how it failed."""
    try:
        answer = connection.getresponse()
        answer.read()
    except TimeoutError:
        return "no answer"
    except (OSError, http.client.HTTPException):
        return "no whole answer"
    else:
        return str(answer.status)
    finally:
        connection.close()


class Servers:
    """The servers of a cell: each process is started when it is first asked for."""

    def __init__(self, installed: Path | None, scratch: Path) -> None:
        """Read where the servers are installed: `{name: {"path": ...} or {"missing": ...}}`."""
        text = installed.read_text(encoding="utf-8") if installed else "{}"
        self._installed: dict[str, dict[str, str]] = json.loads(text)
        self._scratch = scratch
        self._running: dict[str, _Process] = {}

    @contextmanager
    def serve(self, world: World, server: str, work: str, requests: int = 1) -> Iterator[Served]:
        """Serve an application like the world's; raise what building it raises."""
        for needed in _NEEDS[server]:
            if self._missing(needed):
                raise NotApplicable(f"{server} is not installed: {self._missing(needed)}")
        world.database.drop()
        world.database.fill(_users())
        kind = next(kind for kind, names in PROCESSES.items() if server in names)
        is_clear = False
        try:
            process = self._process(kind, adapters.name_of(world.adapter))
            given: dict[str, object] = {"pattern": world.pattern, "url": world.database.url}
            given.update({"work": work, "requests": requests})
            opened = process.tell(server, "open", **given)
            if "error" in opened:
                is_clear = True
                raise not_built(opened["error"])
            served = Served(process, server, opened["prefix"], world.ledger)
            try:
                yield served
            finally:
                if served.settled.get("ended"):
                    served.close()
                    is_clear = True
        finally:
            if not is_clear and kind in self._running:
                self._running.pop(kind).end()

    def _missing(self, name: str) -> str:
        """Return why something is not installed, or ""."""
        return self._installed.get(name, {"missing": "--web-servers does not say where"}).get(
            "missing", ""
        )

    def _process(self, kind: str, adapter: str) -> _Process:
        if kind not in self._running:
            names = [name for name in PROCESSES[kind] if not any(map(self._missing, _NEEDS[name]))]
            needed = dict.fromkeys(one for name in names for one in _NEEDS[name])
            paths = [self._installed[one]["path"] for one in needed]
            log = self._scratch / f"{kind}.log"
            self._running[kind] = _Process(names, adapter, paths, log)
        return self._running[kind]

    def end(self) -> None:
        """End every server that runs."""
        for process in self._running.values():
            process.ask_to_end()
        for process in self._running.values():
            process.end()
        self._running.clear()


@functools.lru_cache(maxsize=1)
def _users() -> Any:
    """Return the users, mapped without any library, with whom a database is filled."""
    return models.define(declarative_base()).User
