"""Runs one script after the other, each in a fork that has the packages imported already.

    python harness/measure/forking.py SOCKET MODULE...

It is run inside a cell, on any Python of the matrix, and needs nothing but the standard library.
Each line that it is sent is a request in JSON, and each line that it sends is the answer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any


def serve(address: str) -> None:
    """Answer until nobody asks any more."""
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(address)
        with door.makefile("rw", encoding="utf-8") as lines:
            for line in lines:
                asked = json.loads(line)
                with tempfile.TemporaryFile() as told:
                    pid = os.fork()
                    if pid == 0:
                        run(asked, told.fileno())
                    _, status = os.waitpid(pid, 0)
                    told.seek(0)
                    output = told.read().decode("utf-8", "replace")
                lines.write(json.dumps({"status": status, "output": output}) + "\n")
                lines.flush()


def run(asked: dict[str, Any], output: int) -> None:
    """Be the script: what it raises ends this process as it would end its own."""
    signal.alarm(asked["seconds"])
    os.dup2(output, 1)
    os.dup2(output, 2)
    seen: dict[str, set[Any]] = {"lines": set(), "raised": set()}
    note_errors(seen["raised"])
    if asked["trace"]:
        note_lines(asked["file"], seen["lines"])
    try:
        runpy.run_path(asked["file"], run_name="__main__")
    finally:
        sys.settrace(None)
        told = {name: sorted(found) for name, found in seen.items()}
        Path(asked["into"]).write_text(json.dumps(told), encoding="utf-8")
        leave()


def leave() -> None:
    """End as the interpreter would, without tearing down what was imported."""
    error = sys.exc_info()[1]
    status = 1 if error else 0
    if isinstance(error, SystemExit):
        told = error.code if isinstance(error.code, int) else error.code and 1
        status = told or 0
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
    elif error:
        sys.excepthook(type(error), error, error.__traceback__)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def note_errors(seen: set[str]) -> None:
    """Note the errors that an application of Flask answers with a 500."""
    with suppress(Exception):
        application = importlib.import_module("flask").Flask
        usual = application.handle_exception

        def noted(app: object, error: Exception) -> object:
            seen.add(type(error).__name__)
            return usual(app, error)

        application.handle_exception = noted


def note_lines(file: str, seen: set[int]) -> None:
    """Note which lines of the file are come to, in all threads."""

    def local(frame: FrameType, _event: str, _argument: object) -> object:
        seen.add(frame.f_lineno)
        return local

    def begin(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ANN401 - as `sys` has it
        return local(frame, event, argument) if frame.f_code.co_filename == file else None

    threading.settrace(begin)
    sys.settrace(begin)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        with suppress(Exception):
            importlib.import_module(name)
    gc.freeze()
    serve(sys.argv[1])
