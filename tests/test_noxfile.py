"""`noxfile.py` as it is run: exit statuses, one line for a mistake, and a start that is quick."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import BadInput, MissingInterpreter, NothingMeasured, NotMeasurable
from tests import packages
from tests.conftest import ROOT

COPIED = ("noxfile.py", "harness", "scenarios")


def nox(*arguments: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run nox from a folder that is not the project's, as a user may."""
    foreign = ("NOX", "MATRIX_", "FORCE_COLOR")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        [sys.executable, "-m", "nox", "--noxfile", root / "noxfile.py", *arguments],
        cwd=root.parent,
        env={**env, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_one_line(
    done: subprocess.CompletedProcess[str], status: int, kind: str = "error"
) -> str:
    """Check that a mistake is told in one line with its exit status, and return the line."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if not line.startswith("nox >")]
    assert len(told) == 1, done.stderr
    assert told[0].startswith(f"{kind}: ")
    return told[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project without its history and its reports."""
    root = tmp_path / "copy"
    root.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, root)
    return root


@pytest.mark.parametrize("session", ["controls", "steadiness", "bench"])
def test_a_trial_of_a_scenario_that_there_is_none_of_is_refused(session: str) -> None:
    done = nox("-s", session, "--", "--scenario", "nosuch::one")
    told = assert_one_line(done, BadInput.status)
    assert told.startswith("error: --scenario nosuch::one: there is none; of ")


def test_the_cells_are_listed_quickly() -> None:
    nox("-l")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = nox("-l")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert done.returncode == 0, done.stderr
    listed = [line for line in done.stdout.splitlines() if "matrix" in line and "flask" in line]
    assert len(listed) >= 20
    assert took < 1.5, f"nox -l took {took:.2f} CPU seconds"


@pytest.mark.parametrize("session", ["compatibility", "check", "report", "bench", "tests", "lint"])
def test_every_session_is_listed_with_what_it_does(session: str) -> None:
    lines = nox("-l").stdout.splitlines()
    assert any(line[2:].startswith(f"{session} -> ") for line in lines)


def test_an_unknown_cell_is_refused() -> None:
    line = assert_one_line(nox("-s", "matrix(py3.12-flask3.1-admin9-sa2.0-plain)"), BadInput.status)
    assert "there is no cell py3.12-flask3.1-admin9-sa2.0-plain" in line


def test_an_unknown_axis_is_refused() -> None:
    line = assert_one_line(nox("--", "--bogus-axis", "x"), BadInput.status)
    assert "--bogus-axis" in line


def test_an_unknown_level_is_refused_with_the_known_ones() -> None:
    line = assert_one_line(nox("--", "--flask", "9.9"), BadInput.status)
    assert "flask has no level 9.9" in line


def test_a_python_that_is_not_here_is_refused() -> None:
    done = nox("-s", "check", "--", "--python", "3.99", "flask-sqlalchemy")
    line = assert_one_line(done, MissingInterpreter.status)
    assert "there is no Python 3.99 on this machine: --download-python fetches it" in line


def test_a_python_that_the_checks_cannot_be_run_on_is_not_known() -> None:
    done = nox("-s", "check", "--", "--python", "3.8", "flask-sqlalchemy")
    line = assert_one_line(done, NotMeasurable.status, "not known")
    assert line == "not known: the checks need Python 3.9 or newer; this is Python 3.8"


def test_a_check_of_nothing_is_refused() -> None:
    assert "nothing to check" in assert_one_line(nox("-s", "check"), BadInput.status)


def test_a_check_of_a_file_that_is_not_there_is_refused() -> None:
    done = nox("-s", "check", "--", "-r", "no-such-file.txt")
    assert "no-such-file.txt" in assert_one_line(done, BadInput.status)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[axes.flask]", "[axes.flsk]", "axes.flsk"),
        ('"2.2", "2.3"', '"2.2", 2.3', "axes.flask.levels[1]"),
        ("schema = 1", "schema = ", "matrix.toml"),
    ],
)
@pytest.mark.parametrize("arguments", [["-l"], []])
def test_a_broken_matrix_is_told_with_its_place(
    copy: Path, old: str, new: str, message: str, arguments: list[str]
) -> None:
    path = copy / "harness" / "matrix.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert message in assert_one_line(nox(*arguments, root=copy), BadInput.status)


def test_a_matrix_that_is_gone_is_told(copy: Path) -> None:
    (copy / "harness" / "matrix.toml").unlink()
    assert "matrix.toml" in assert_one_line(nox("-l", root=copy), BadInput.status)


@pytest.mark.parametrize("session", ["report", "bench"])
def test_without_a_run_there_is_nothing_to_render(copy: Path, session: str) -> None:
    line = assert_one_line(nox("-s", session, root=copy), BadInput.status)
    assert "there is no run to render" in line
    assert not (copy / "reports").exists()


def test_an_index_that_is_down_leaves_every_cell_its_turn(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with packages.index(copy.parent) as served:
        served.status = 503
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        cells = ("--strength", "smoke", "--python", "3.11", "--flask-admin", "2.2.1")
        done = nox("--", *cells, "--jobs", "1", root=copy)

    assert done.returncode == NothingMeasured.status, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if ": unknown: " in line]
    assert [line.partition(",")[0] for line in told] == ["[1/2", "[2/2"]
    assert all("the package index cannot be reached: HTTP status" in line for line in told)
