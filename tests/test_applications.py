"""`harness.applications`: an application's own pins, of every kind, as something to check."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import options
from harness.checks import applications, facts
from harness.checks.applications import Application
from harness.checks.facts import Interpreter
from harness.checks.pins import Pin, Pins
from harness.checks.requirements import Wanted
from harness.checks.used import Bay
from harness.errors import BadInput, MissingInterpreter, RegistryUnreachable
from harness.measure.resolve import UV
from tests import packages
from tests.packages import Served

LEVEL = ".".join(platform.python_version_tuple()[:2])
ROOTS = frozenset({"flask", "flask-admin", "sqlalchemy", "flask-sqlalchemy"})
HERE = facts.of(Path(sys.executable), packages.env(Path.cwd()))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An index with an application's packages, which are stand-ins."""
    files = tmp_path / "files"
    files.mkdir()
    packages.wheel(files, "werkzeug")
    packages.wheel(files, "werkzeug", "2.0")
    packages.wheel(files, "flask", "3.0", requires=("werkzeug",))
    extra = ("flask", "tablib ; extra == 'export'")
    packages.wheel(files, "flask_admin", "2.2", requires=extra, extras=("export",))
    packages.wheel(files, "tablib")
    packages.wheel(files, "requests", requires=("werkzeug<2",))
    with packages.index(files) as found:
        yield found


def read(
    folder: Path, served: Served | None, *arguments: str, python: Interpreter = HERE
) -> Application | Wanted:
    asked = options.parse_check(arguments)
    env = packages.env(folder, served)
    return applications.read(asked, folder, python, folder / "scratch", env)


def application(found: Application | Wanted) -> Application:
    assert isinstance(found, Application)
    return found


def test_an_interpreter_tells_its_version_and_what_it_has() -> None:
    assert HERE.level == LEVEL
    assert HERE.markers["python_full_version"] == platform.python_version()
    assert {str(one["name"]).lower() for one in HERE.packages} >= {"pytest", "nox"}


def test_what_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInterpreter, match="there is no such file"):
        facts.of(tmp_path / "python", {})
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\necho hello\n")
    other.chmod(0o755)
    with pytest.raises(BadInput, match="other is no Python: hello"):
        facts.of(other, {})


def test_only_what_stands_on_the_command_line_is_no_application(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("werkzeug<3\n")
    found = read(tmp_path, None, "flask==3.1.3", "-c", "c.txt")
    names = frozenset({"flask"})
    assert found == Wanted(lines=("flask==3.1.3",), names=names, constraints=("werkzeug<3",))


ENVIRONMENT = Interpreter(
    path=Path("venv/bin/python"),
    markers=HERE.markers,
    packages=(
        {"name": "Flask", "version": "3.0", "direct": None},
        {"name": "Flask-Admin", "version": "2.2", "direct": None},
        {"name": "Werkzeug", "version": "2.0", "direct": None},
        {"name": "pandas", "version": "1.0", "direct": None},
        {"name": "app", "version": "0", "direct": {"url": "file:///app", "dir_info": {}}},
    ),
)


def test_an_environment_is_its_own_pins(tmp_path: Path) -> None:
    found = application(read(tmp_path, None, "--python", "venv/bin/python", python=ENVIRONMENT))
    wanted = found.wanted(ROOTS)

    assert wanted.lines == ("flask==3.0", "flask-admin==2.2")
    assert wanted.names == {"flask", "flask-admin"}
    assert {"werkzeug==2.0", "pandas==1.0"} <= set(wanted.constraints)


def test_what_is_named_takes_the_place_of_a_pin(tmp_path: Path) -> None:
    asked = ("--python", "venv/bin/python", "flask-admin==2.1")
    found = application(read(tmp_path, None, *asked, python=ENVIRONMENT))
    wanted = found.wanted(ROOTS)

    assert wanted.lines == ("flask-admin==2.1", "flask==3.0")
    assert not any(line.startswith("flask-admin") for line in wanted.constraints)


def test_what_was_installed_and_what_not_is_told(tmp_path: Path) -> None:
    asked = ("--python", "venv/bin/python", "flask-admin==2.1")
    found = application(read(tmp_path, None, *asked, python=ENVIRONMENT))
    installed = {"flask": "3.0", "flask-admin": "2.1", "werkzeug": "2.0", "wtforms": "3.2"}

    first, *others = found.told(installed)
    assert first == (
        "the environment of venv/bin/python pins 5 packages: 2 installed exactly so,"
        " 1 left out: nothing under test needs it"
    )
    assert others == [
        "left out, the application's own: app",
        "flask-admin: what you name takes the place of 2.2",
        "not in the environment of venv/bin/python, so the newest that goes with it: wtforms",
    ]


def test_requirements_are_resolved_all_together(tmp_path: Path, served: Served) -> None:
    (tmp_path / "r.txt").write_text("flask-admin\nrequests\n")
    found = application(read(tmp_path, served, "-r", "r.txt"))
    wanted = found.wanted(ROOTS)

    assert not found.is_exact
    assert wanted.lines == ("flask==3.0", "flask-admin==2.2")
    assert "werkzeug==1.0" in wanted.constraints, "requests, which is not under test, limits it"
    assert next(found.told({})).startswith("r.txt comes to 4 packages: 0 installed exactly so")


HASH = f"sha256:{64 * '0'}"


def test_hashes_of_requirements_go_with_the_pins(tmp_path: Path, served: Served) -> None:
    (tmp_path / "r.txt").write_text(f"flask-admin==2.2 --hash={HASH}\nflask==3.0\n")
    found = application(read(tmp_path, served, "-r", "r.txt"))

    assert found.wanted(ROOTS).hashes == {"flask-admin==2.2": (HASH,)}
    *_, told = found.told({"flask-admin": "2.2", "flask": "3.0"})
    assert told == "hashes verified: 1 of 2 packages; none is given for flask"


def test_the_hash_of_a_pin_that_is_replaced_is_left_out(tmp_path: Path) -> None:
    text = '{"default": {"flask": {"version": "==3.0", "hashes": ["%s"]}}}'
    (tmp_path / "Pipfile.lock").write_text(text % HASH)

    kept = application(read(tmp_path, None, "-r", "Pipfile.lock"))
    other = application(read(tmp_path, None, "-r", "Pipfile.lock", "flask==3.1"))

    assert kept.wanted(ROOTS).hashes == {"flask==3.0": (HASH,)}
    assert other.wanted(ROOTS).hashes == {}


def test_an_index_that_a_requirements_file_names_is_asked(tmp_path: Path, served: Served) -> None:
    (tmp_path / "r.txt").write_text(f"--index-url {served.url}\nflask-admin\n")
    found = application(read(tmp_path, None, "-r", "r.txt"))

    assert found.pins.by_name["flask-admin"].version == "2.2"
    assert found.wanted(ROOTS).settings == {"index-url": served.url}


def test_a_repository_alone_is_called_what_its_project_is(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    packages.repository(repository, "flask_admin")
    address = f"git+{repository.as_uri()}"

    found = read(tmp_path, None, f"{address}@main")

    assert isinstance(found, Wanted)
    assert found.names == {"flask-admin"}
    assert re.fullmatch(rf"flask-admin @ {re.escape(address)}@[0-9a-f]{{40}}", found.lines[0])
    with pytest.raises(BadInput, match="has no branch, tag or commit nowhere"):
        read(tmp_path, None, f"{address}@nowhere")
    with pytest.raises(BadInput, match=r"there is no Git repository at file:.*/none"):
        read(tmp_path, None, f"git+{(tmp_path / 'none').as_uri()}")


def test_constraints_hold_for_requirements_and_pyproject(tmp_path: Path, served: Served) -> None:
    (tmp_path / "c.txt").write_text("werkzeug<2\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "app"\ndependencies = ["flask"]\n'
        '[dependency-groups]\nadmin = ["flask-admin"]\n'
    )
    asked = ("-r", "pyproject.toml", "-c", "c.txt", "--group", "admin")
    found = application(read(tmp_path, served, *asked))

    assert found.pins.by_name["werkzeug"].version == "1.0"
    assert "flask-admin" in found.pins.by_name


def test_an_application_that_cannot_be_resolved_is_left_to_the_measurement(
    tmp_path: Path, served: Served
) -> None:
    (tmp_path / "r.txt").write_text("requests\nwerkzeug>=2\n")
    found = read(tmp_path, served, "-r", "r.txt")

    assert isinstance(found, Wanted)
    assert found.lines == ("requests", "werkzeug>=2")


def test_an_index_that_is_down_is_told(tmp_path: Path, served: Served) -> None:
    (tmp_path / "r.txt").write_text("requests\n")
    served.status = 503
    with pytest.raises(RegistryUnreachable, match="503"):
        read(tmp_path, served, "-r", "r.txt")


def test_a_lock_of_uv(tmp_path: Path, served: Served) -> None:
    project = '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.9"\n'
    project += 'dependencies = ["flask", "part"]\n[project.optional-dependencies]\n'
    project += 'admin = ["flask-admin"]\n[dependency-groups]\ndev = ["requests"]\n'
    project += '[tool.uv.sources]\npart = { path = "part" }\n'
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "part").mkdir()
    part = '[project]\nname = "part"\nversion = "0"\n'
    (tmp_path / "part" / "pyproject.toml").write_text(part)
    env = packages.env(tmp_path, served)
    argv = [*UV, "lock", "--quiet", "--python", sys.executable]
    subprocess.run(argv, cwd=tmp_path, env=env, check=True)

    plain = application(read(tmp_path, None, "-r", "uv.lock"))
    more = application(read(tmp_path, None, "-r", "uv.lock", "--extra", "admin"))

    assert plain.is_exact
    assert plain.pins.own == ("app",)
    assert {name: pin.version for name, pin in plain.pins.by_name.items() if pin.version} == {
        "flask": "3.0",
        "requests": "1.0",
        "werkzeug": "1.0",
    }
    assert more.pins.by_name["flask-admin"].version == "2.2"
    assert "left out, the application's own: app, part" in [*plain.told({})]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-r", "uv.lock", "-r", "poetry.lock"), r"-r uv\.lock is a lock: give it alone"),
        (("-r", "r.txt", "-r", "poetry.lock"), r"-r poetry\.lock is a lock: give it alone"),
        (("-r", "poetry.lock"), r"cannot read .*poetry\.lock: No such file"),
        (("-r", "uv.lock"), r"cannot read .*uv\.lock: No such file"),
        (("-r", "r.txt", "--group", "dev"), "--group and --extra choose of a pyproject.toml"),
        (("flask", "--extra", "all"), "--group and --extra choose of a pyproject.toml"),
    ],
)
def test_files_that_say_nothing_together_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    there = ("r.txt", "uv.lock", "poetry.lock") if arguments.count("-r") > 1 else ("r.txt",)
    for name in there:
        (tmp_path / name).touch()
    with pytest.raises(BadInput, match=message):
        read(tmp_path, None, *arguments)


def test_a_lock_that_uv_cannot_read_is_refused_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "0"\n')
    (tmp_path / "uv.lock").write_text("version = 'none'\n")
    with pytest.raises(BadInput, match=r"uv\.lock cannot be read by uv: ") as caught:
        read(tmp_path, None, "-r", "uv.lock")
    assert "\n" not in str(caught.value)


def bay(folder: Path, served: Served) -> Bay:
    env = packages.env(folder, served)
    return Bay(folder=folder / "unpacked", python=Path(sys.executable), env=env, hashes={})


def pinned(**versions: str) -> Application:
    names = {name.replace("_", "-"): version for name, version in versions.items()}
    pins = {name: Pin(name=name, version=version) for name, version in names.items()}
    return Application(source="a lock", pins=Pins(by_name=pins))


CODE = """
'''import requests is what this does not say'''
try:
    from PIL import Image
except ImportError:
    Image = None

def stored():
    import importlib
    from azure.storage import blob
    from .own import part
    return importlib.import_module("flask_babel")
"""


@pytest.fixture
def importing(tmp_path: Path) -> Iterator[Served]:
    """An index with a Flask-Admin whose metadata name nothing that it uses, as that of 1.6.1."""
    files = tmp_path / "files"
    files.mkdir()
    code = {"flask_admin/__init__.py": CODE, "flask_admin/tests/test_it.py": "import pytest\n"}
    packages.wheel(files, "flask_admin", "1.6.1", files=code, requires=("flask",))
    packages.wheel(files, "flask", "3.0", files={"flask.py": "import dotenv\n"})
    packages.wheel(files, "sqlalchemy", "2.0", files={"sqlalchemy.py": "import psycopg2, odd\n"})
    packages.wheel(files, "pillow", files={"PIL/__init__.py": "import numpy\n"})
    for name in ("azure_storage_blob", "flask_babel", "numpy", "python_dotenv"):
        packages.wheel(files, name)
    with packages.index(files) as found:
        yield found


def test_what_is_used_where_it_is_there_is_read_from_the_code(
    tmp_path: Path, importing: Served
) -> None:
    pins = dict.fromkeys(("pillow", "azure_storage_blob", "flask_babel", "numpy"), "1.0")
    pins |= dict.fromkeys(("python_dotenv", "requests", "pytest", "own", "odd"), "1.0")
    found = pinned(flask_admin="1.6.1", flask="3.0", sqlalchemy="2.0", psycopg2="2.9", **pins)

    with_used = applications.with_used(found, ROOTS, bay(tmp_path, importing))

    assert not with_used.notes
    assert {name: set(by) for name, by in with_used.used.items()} == {
        "azure-storage-blob": {"flask-admin"},
        "flask-babel": {"flask-admin"},
        "numpy": {"pillow"},
        "pillow": {"flask-admin"},
        "python-dotenv": {"flask"},
    }
    assert {"pillow==1.0", "numpy==1.0"} <= set(with_used.wanted(ROOTS).lines)
    assert not (tmp_path / "unpacked").exists()
    assert (
        "used where it is there, told by the code that imports it:"
        " azure-storage-blob (flask-admin), flask-babel (flask-admin), numpy (pillow),"
        " pillow (flask-admin), python-dotenv (flask)"
    ) in with_used.told({})


def test_what_an_extra_names_is_used_too(tmp_path: Path, served: Served) -> None:
    packages.wheel(tmp_path / "files", "sqlalchemy", "2.0")
    found = pinned(flask_admin="2.2", tablib="1.0", requests="1.0", flask="3.0")

    used = applications.with_used(found, ROOTS, bay(tmp_path, served))

    assert used.used.keys() == {"tablib"}
    assert "tablib==1.0" in used.wanted(ROOTS).lines


def test_packages_that_cannot_be_read_leave_open_what_is_used(
    tmp_path: Path, served: Served
) -> None:
    known = "what is used where it is there is not known: "
    (note,) = applications.with_used(pinned(flask_admin="9.9"), ROOTS, bay(tmp_path, served)).notes
    assert note.startswith(known)
    served.status = 503
    (note,) = applications.with_used(pinned(flask_admin="2.2"), ROOTS, bay(tmp_path, served)).notes
    assert note.startswith(known)
