"""The controls of an environment, before anything is added to it that the user would not have.

    python scenarios/probe.py --adapter NAME --record FILE

Reads the versions, then tries one party after the other: Flask alone, the session library without
Flask-Admin, Flask-Admin's import. Needs only the standard library and the packages under test.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import re
import sys
import sysconfig
import tempfile
import time
import traceback
from importlib import metadata
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# The folder of this file must not shadow the packages under test.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]


def installed() -> dict[str, str]:
    """Return every distribution of this environment with its version, by normalised name.

    Only what is installed counts: this checkout is on the path as well, with metadata of its own
    where it was installed in place.
    """
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return {
        re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(): found.version
        for found in metadata.distributions(path=sorted(places))
    }


def flask_alone() -> None:
    """One request to a view of Flask alone."""
    from flask import Flask

    from scenarios.client import client_of

    app = Flask("probe")
    app.add_url_rule("/", view_func=lambda: "served", endpoint="root")
    answer = client_of(app).get("/")
    _require(answer.status_code == 200, f"a view of Flask alone answered {answer.status_code}")
    _require(answer.get_data(as_text=True) == "served", "a view of Flask alone lost its text")


def library_alone(adapter: str) -> None:
    """Two requests that write and read a row through the library, without Flask-Admin."""
    from flask import Flask

    from scenarios import adapters, models
    from scenarios.client import client_of

    with tempfile.TemporaryDirectory() as folder:
        module = adapters.load(adapter)
        library = module.Library(f"sqlite:///{folder}/probe.sqlite")
        # All of them are kept: a class that is collected is lost to those that it is related to.
        mapped = models.of(module, library)
        app = Flask("probe")
        library.init_app(app)

        def write() -> str:
            library.session().add(mapped.Group(name="kept"))
            library.session().commit()
            return "written"

        def read() -> str:
            return ", ".join(one.name for one in library.session().query(mapped.Group).all())

        app.add_url_rule("/write", view_func=write, endpoint="write")
        app.add_url_rule("/read", view_func=read, endpoint="read")
        with app.app_context():
            mapped.Group.metadata.create_all(library.engine())
        for path, expected in (("/write", "written"), ("/read", "kept")):
            answer = client_of(app).get(path).get_data(as_text=True)
            _require(answer == expected, f"{path} answered {answer[:80]!r} without Flask-Admin")
        with app.app_context():
            library.engine().dispose()


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like assert
    if not holds:
        raise AssertionError(otherwise)


def controls(adapter: str) -> list[tuple[str, str, Callable[[], Any]]]:
    """Return the controls in order: name, the party that a failure points at, what to try."""

    def import_library() -> object:
        from scenarios import adapters

        return adapters.load(adapter)

    return [
        ("import flask", "environment", lambda: importlib.import_module("flask")),
        ("flask alone", "environment", flask_alone),
        ("import sqlalchemy", "environment", lambda: importlib.import_module("sqlalchemy.orm")),
        ("import library", "library", import_library),
        ("library alone", "library", lambda: library_alone(adapter)),
        (
            "import flask-admin",
            "flask-admin",
            lambda: importlib.import_module("flask_admin.contrib.sqla"),
        ),
    ]


def describe(error: BaseException) -> dict[str, str]:
    """Return the error as the record holds it, without this machine's folders."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    for folder in sorted({entry for entry in sys.path if entry}, key=len, reverse=True):
        text = text.replace(folder + "/", "")
    message = str(error)
    for folder in sorted({entry for entry in sys.path if entry}, key=len, reverse=True):
        message = message.replace(folder + "/", "")
    return {"type": type(error).__name__, "message": message[:600], "traceback": text[-6000:]}


def main(arguments: list[str]) -> None:
    """Run the controls and write what they showed, line by line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--record", type=Path, required=True)
    options = parser.parse_args(arguments)
    with options.record.open("a", encoding="utf-8") as lines:

        def write(event: str, **content: object) -> None:
            lines.write(json.dumps({"event": event, **content}) + "\n")
            lines.flush()

        write("header", schema=1, python=platform.python_version(), packages=installed())
        for name, party, attempt in controls(options.adapter):
            started = time.perf_counter()
            error = None
            try:
                attempt()
            except (Exception, SystemExit) as raised:  # noqa: BLE001 - whatever it is, it is the finding
                error = describe(raised)
            write(
                "control",
                name=name,
                party=party,
                outcome="failed" if error else "passed",
                error=error,
                seconds=round(time.perf_counter() - started, 4),
            )
        write("probed")


if __name__ == "__main__":
    main(sys.argv[1:])
