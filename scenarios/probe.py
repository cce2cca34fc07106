"""The controls of an environment, before anything is added to it that the user would not have.

    python scenarios/probe.py --adapter NAME --record FILE [--named PACKAGE]...

Reads the versions, then tries one party after the other: Flask alone, the session library without
Flask-Admin, Flask-Admin's import, and that of every other package that is named. Needs only the
standard library and the packages under test.
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
from functools import partial
from importlib import metadata
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# The folder of this file must not shadow the packages under test.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).parent]

from scenarios.needs import is_ours, lacking

NAMED = "named "
_BESIDE = {"benchmarks", "docs", "examples", "scripts", "setup", "test", "tests"}
"""What some packages install by mistake."""


def installed() -> dict[str, str]:
    """Return every distribution of this environment with its version, by normalised name.

    Only what is installed counts: this checkout is on the path as well, with metadata of its own
    where it was installed in place.
    """
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return {
        _normalised(found.metadata["Name"]): found.version
        for found in metadata.distributions(path=sorted(places))
    }


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


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


def controls(
    adapter: str, named: list[str], packages: dict[str, str]
) -> list[tuple[str, str, Callable[[], Any]]]:
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
        *(
            (f"{NAMED}{name} {packages[name]}", "environment", partial(import_named, name))
            for name in named
            if name in packages  # a marker may have left it out
        ),
    ]


def modules(name: str) -> list[str]:
    """Return what an installed package is imported by: its own name where it has one like that."""
    found = metadata.distribution(name)
    listed = (found.read_text("top_level.txt") or "").split()
    names = listed or sorted({_module(file.parts) for file in found.files or []})
    names = [one for one in names if one.isidentifier() and one[0] != "_" and one not in _BESIDE]
    same = [one for one in names if _normalised(one) == _normalised(name)]
    return same or names


def _module(parts: tuple[str, ...]) -> str:
    suffixes = (suffix for suffix in all_suffixes() if parts[-1].endswith(suffix))
    suffix = max(suffixes, key=len, default="")
    return (parts[0] if len(parts) > 1 else parts[0][: -len(suffix)]) if suffix else ""


def import_named(name: str) -> None:
    """Import a package because the pins name it."""
    for module in modules(name):
        importlib.import_module(module)


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
    parser.add_argument("--named", action="append", default=[])
    options = parser.parse_args(arguments)
    with options.record.open("a", encoding="utf-8") as lines:

        def write(event: str, **content: object) -> None:
            lines.write(json.dumps({"event": event, **content}) + "\n")
            lines.flush()

        packages = installed()
        write("header", schema=1, python=platform.python_version(), packages=packages)
        for name, party, attempt in controls(options.adapter, options.named, packages):
            started = time.perf_counter()
            blamed, error = party, None
            try:
                attempt()
            except (Exception, SystemExit) as raised:  # noqa: BLE001 - whatever it is, it is the finding
                error = describe(raised)
                if is_ours(raised) and not isinstance(raised, AssertionError):
                    blamed = "harness"
                    error["message"] = lacking(raised) or error["message"]
            write(
                "control",
                name=name,
                party=blamed,
                outcome="failed" if error else "passed",
                error=error,
                seconds=round(time.perf_counter() - started, 4),
            )
        write("probed")


if __name__ == "__main__":
    main(sys.argv[1:])
