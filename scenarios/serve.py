"""The program that runs real servers for the scenarios, each as people deploy it.

    python -m scenarios.serve --adapter NAME --parent PID --path FOLDER... SERVER...

Prints one line of JSON, the ports of each server and of the door behind it, as soon as they take
connections. Imports nothing of what is under test before a server would: gevent patches first.
It ends with its parent, whatever becomes of that: nobody else would end it.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from .stage import Stage

THREADS = 8
_GRACE = 2.0


def listening() -> socket.socket:
    """Return a socket that takes connections on a free port of this machine's own."""
    made = socket.create_server(("127.0.0.1", 0), backlog=64)
    made.set_inheritable(True)
    return made


class Door:
    """Where the scenario talks with the process that serves: a line of JSON each way."""

    def __init__(self) -> None:
        self._listener = listening()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def attend(self, stage: Stage) -> None:
        """Answer in a thread of its own, which is a greenlet where threads are."""
        # Made anew, since it may have been made before its class was patched.
        listener = socket.socket(fileno=self._listener.detach())
        threading.Thread(target=self._answer, args=(listener, stage), daemon=True).start()

    def _answer(self, listener: socket.socket, stage: Stage) -> None:
        while True:
            connection, _ = listener.accept()
            with suppress(OSError), connection, connection.makefile("rwb") as lines:
                for line in lines:
                    lines.write(json.dumps(_reply(stage, line)).encode() + b"\n")
                    lines.flush()


def _reply(stage: Stage, line: bytes) -> Any:
    try:
        return {"reply": stage.told(**json.loads(line))}
    except Exception:  # noqa: BLE001 - a mistake of the harness's own: told, not swallowed
        return {"mistake": traceback.format_exc()}


def gunicorn(
    listener: socket.socket, door: Door, parent: int, stage: Callable[[], Stage], **options: object
) -> None:
    """Be gunicorn's arbiter, with one worker, until the parent is gone."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - only the server's process has it
    from gunicorn.arbiter import Arbiter  # noqa: PLC0415

    class _Application(BaseApplication):
        def load_config(self) -> None:
            wanted = {
                "bind": f"fd://{listener.fileno()}",
                "loglevel": "error",
                "graceful_timeout": 1,
                "control_socket_disable": True,
                "post_worker_init": lambda worker: door.attend(worker.wsgi),
                **options,
            }
            for name, value in wanted.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return stage()

    class _Arbiter(Arbiter):
        def maybe_promote_master(self) -> None:
            """Do as usual, and look after the parent: this is called in every round."""
            super().maybe_promote_master()
            if os.getppid() != parent:
                self.halt()

    _Arbiter(_Application()).run()


def _stage(adapter: str) -> Stage:
    from .stage import Stage  # noqa: PLC0415 - brings everything that is under test

    made = Stage(adapter)
    # What a pattern leaves behind is to be seen, and not to hang on when cycles are collected.
    gc.collect()
    gc.freeze()
    gc.disable()
    return made


def serve_greenlets(adapter: str, parent: int, names: list[str]) -> None:
    """Run gunicorn with its gevent worker, which patches and only then imports."""
    listener, door = listening(), Door()
    _tell({names[0]: listener}, {names[0]: door})
    gunicorn(listener, door, parent, lambda: _stage(adapter), worker_class="gevent")


def serve_threads(adapter: str, _parent: int, names: list[str]) -> None:
    """Run the servers that work with threads; all of them share one import."""
    listeners = {name: listening() for name in names}
    forked, own = Door(), Door()
    _tell(listeners, {name: forked if name == "gthread" else own for name in names})
    stage = _stage(adapter)
    arbiter = 0
    if "gthread" in listeners:
        arbiter = _fork_arbiter(listeners.pop("gthread"), forked, stage)
    try:
        own.attend(stage)
        for name, listener in listeners.items():
            target = THREADED[name]
            threading.Thread(target=target, args=(stage, listener), daemon=True).start()
        sys.stdin.buffer.read()  # nobody writes to it; it ends with the parent, however that ends
    finally:
        if arbiter:
            _end(arbiter)


def _fork_arbiter(listener: socket.socket, door: Door, stage: Stage) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        gunicorn(listener, door, parent, lambda: stage, worker_class="gthread", threads=THREADS)
    except SystemExit:
        pass
    except BaseException:  # noqa: BLE001 - told in the log; the copy of our parent's stack is not ours
        traceback.print_exc()
    finally:
        os._exit(0)


def _end(child: int) -> None:
    """End a child and wait for it, so that its bill is counted."""
    os.kill(child, signal.SIGQUIT)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, _GRACE)
    os.waitpid(child, 0)


def waitress(stage: Stage, listener: socket.socket) -> None:
    from waitress.server import create_server  # noqa: PLC0415 - only the server's process has it

    # It warns of each request that waits for a thread.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    # Held back soon, so that what streams to nobody is stopped before it has filled a buffer.
    options = {"threads": THREADS, "outbuf_high_watermark": 65536}
    create_server(stage, sockets=[listener], **options).run()


def werkzeug(stage: Stage, listener: socket.socket) -> None:
    from werkzeug.serving import make_server  # noqa: PLC0415 - not before gevent has patched

    from .concurrency import Silent  # noqa: PLC0415

    host, port = listener.getsockname()
    options = {"threaded": True, "request_handler": Silent, "fd": listener.fileno()}
    make_server(host, port, stage, **options).serve_forever()


def uvicorn(stage: Stage, listener: socket.socket) -> None:
    """Serve it as a part of an application of FastAPI's, by way of a2wsgi."""
    from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - only the server's process has them
    from fastapi import FastAPI  # noqa: PLC0415
    from uvicorn import Config, Server  # noqa: PLC0415

    whole = FastAPI()
    whole.mount("/", WSGIMiddleware(stage, workers=THREADS))
    Server(Config(whole, log_level="critical")).run(sockets=[listener])


THREADED = {"waitress": waitress, "werkzeug": werkzeug, "uvicorn": uvicorn}


def _tell(listeners: dict[str, socket.socket], doors: dict[str, Door]) -> None:
    ports = {name: (one.getsockname()[1], doors[name].port) for name, one in listeners.items()}
    print(json.dumps(ports), flush=True)  # noqa: T201 - the parent reads it


def _end_now(number: int, _frame: object) -> None:
    """End in good order; whoever asks once more is not heard."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def main() -> None:
    """Serve until the parent ends or asks for the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("servers", nargs="+")
    given = parser.parse_args()
    faulthandler.enable()
    # After all that is installed in the environment, so that nothing of it is hidden.
    sys.path += given.path
    serve = serve_greenlets if given.servers == ["gevent"] else serve_threads
    signal.signal(signal.SIGQUIT, _end_now)
    with suppress(KeyboardInterrupt, SystemExit):
        serve(given.adapter, given.parent, given.servers)
    # Nothing is left to do for the interpreter, which would collect what was left to see.
    os._exit(0)


if __name__ == "__main__":
    main()
