"""One real environment with current releases, and the web servers beside it: for network tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.measure import install, resolve, webservers
from harness.measure.resolve import UV
from harness.measure.setting import Setting
from harness.model import Cell, CellId
from harness.process import Finished
from tests.conftest import ROOT

PACKAGES = (
    "flask==3.1.*",
    "flask-admin==2.2.1",
    "sqlalchemy==2.0.*",
    "flask-sqlalchemy==3.1.1",
    "asgiref==3.10.0",  # what Flask's async views need
)
CELL = Cell(
    id=CellId("subject"),
    combination={},
    requirements=PACKAGES,
    adapter="flask_sqlalchemy",
    library="flask-sqlalchemy",
)


def make(folder: Path) -> Path:
    """Make the environment in a folder; return its own folder."""
    venv = folder / "venv"
    python = install.python_of(venv)
    tools = install.missing_tools(install.TOOLS.read_text(encoding="utf-8"), [])
    ran(*UV, "venv", "--quiet", "--python", sys.executable, venv)
    ran(*UV, "pip", "install", "--quiet", "--python", python, *PACKAGES, *tools)
    frozen = ran(*UV, "pip", "freeze", "--quiet", "--python", python)
    lock = resolve.make_lock(Finished(returncode=0, output=frozen))
    kept = folder / "web-servers"
    webservers.provide(
        Setting(
            cell=CELL, venv=venv, folder=folder, scenarios=ROOT / "scenarios", web_servers=kept
        ),
        lock,
    )
    return venv


def command(
    venv: Path, folder: Path, *more: str | Path, files: Sequence[str] = ("scenarios",)
) -> list[str | Path]:
    """Return how pytest runs scenarios in the environment; records and databases go to `folder`."""
    (folder / "records").mkdir(parents=True, exist_ok=True)
    argv: list[str | Path] = [install.python_of(venv), "-m", "pytest", "-c", "scenarios/pytest.ini"]
    argv += ["--rootdir", ROOT, *files, "-q", "--tb=no", "--adapter", CELL.adapter]
    argv += ["--record-dir", folder / "records", "--basetemp", folder / "scratch"]
    return [*argv, "--web-servers", webservers.file_of(venv), *more]


def ran(*argv: str | Path) -> str:
    """Run a program as the harness does; return what it printed, or show it where it fails."""
    env = install.child_environment(os.environ)
    done = subprocess.run(
        argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode not in (0, 1):
        raise AssertionError(f"{argv[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
