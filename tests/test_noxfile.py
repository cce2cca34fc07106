"""The sessions as a user starts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the project, to break."""
    for name in ("harness", "scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "noxfile.py", tmp_path)
    return tmp_path


def nox(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_cells_are_listed_quickly() -> None:
    started = time.monotonic()
    listed = nox(ROOT, "-l")
    assert listed.returncode == 0
    assert listed.stdout.count("matrix(") > 30
    assert time.monotonic() - started < 5, "a second, where nothing else runs"


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["-s", "matrix(py3.12-flask3.1-admin9-sa2.0-plain)"], 2, "there is no cell"),
        (["--", "--flsk", "3.1"], 2, "unrecognized arguments"),
        (["--", "--flask", "9.9"], 2, "flask has no level 9.9"),
        (["--", "--python", "3.9", "--flask-admin", "2.2.1"], 2, "no combination is left"),
        (["-s", "check"], 2, "nothing to check"),
        (["-s", "check", "--", "--python", "2.7", "flask-sqlalchemy"], 5, "no Python 2.7"),
        (["-s", "check", "--", "--pattern", "x", "flask-sqlalchemy"], 2, "--pattern x"),
        (["-s", "report", "--", "no-such-folder"], 2, "there is no run to render"),
    ],
)
def test_bad_input_gets_one_line_and_a_status(arguments: list[str], status: int, told: str) -> None:
    ended = nox(ROOT, *arguments)
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    assert ended.returncode == status
    assert told in line
    assert "Traceback" not in ended.stderr + ended.stdout


def test_a_broken_matrix_is_told_with_its_place(checkout: Path) -> None:
    path = checkout / "harness" / "matrix.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"1.4"', "1.4"), encoding="utf-8")
    ended = nox(checkout, "-l")
    assert ended.returncode == 2
    assert "error: axes.sqlalchemy.levels[0]: expected a text, found 1.4" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.network
def test_a_registry_that_does_not_answer_costs_nothing_measured(checkout: Path) -> None:
    before = checkout / "reports" / "runs" / "smoke" / "compatibility.md"
    before.parent.mkdir(parents=True)
    before.write_text("measured before")
    dead = "http://127.0.0.1:9/simple"
    os.environ.update(UV_INDEX_URL=dead, UV_CACHE_DIR=str(checkout / "cache"), UV_HTTP_RETRIES="0")
    try:
        ended = nox(checkout, "-s", "check", "--", "flask-sqlalchemy")
    finally:
        for name in ("UV_INDEX_URL", "UV_CACHE_DIR", "UV_HTTP_RETRIES"):
            del os.environ[name]
    assert ended.returncode == 6
    assert "error: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert before.read_text() == "measured before"
