"""Every scenario is failed by a control, in a real environment; slow, and worth it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from harness import install, record
from harness.model import Outcome
from harness.resolve import UV
from tests.conftest import ROOT

pytestmark = pytest.mark.network
GOOD = "scoped-session"
PINS = ("flask==3.1.*", "flask-admin==2.2.*", "sqlalchemy==2.0.*", "flask-sqlalchemy==3.1.*")


def controls() -> list[str]:
    """Return the names of the controls, read from their source."""
    tree = ast.parse((ROOT / "scenarios" / "controls.py").read_text(encoding="utf-8"))
    [handles] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HANDLES"
    ]
    assert isinstance(handles, ast.Dict)
    return ["bare-session", *(ast.literal_eval(key) for key in handles.keys if key)]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Outcome]]:
    """The outcome of every scenario by pattern, from one run in one real environment."""
    folder = tmp_path_factory.mktemp("controls")
    env = install.child_environment(os.environ)

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    python = str(folder / "venv" / "bin" / "python")
    for words in (
        (*UV, "venv", "--python", sys.executable, str(folder / "venv")),
        (*UV, "pip", "install", "--python", python, *PINS, "-r", "harness/tools.txt"),
    ):
        made = run(*words)
        assert made.returncode == 0, made.stderr
    argv = [python, "-m", "pytest", "-c", "scenarios/pytest.ini", "--rootdir", ".", "scenarios"]
    argv += ["--adapter", "flask_sqlalchemy", "--record-dir", str(folder), "-q", "--tb=no"]
    for name in (GOOD, *controls()):
        argv += ["--pattern", name]
    said = run(*argv)
    found: dict[str, dict[str, Outcome]] = {}
    for file in folder.glob("record-*.jsonl"):
        read = record.parse(file.read_text(encoding="utf-8"))
        assert read.finished, said.stdout
        for seen in read.observations:
            found.setdefault(seen.scenario, {})[seen.pattern] = seen.outcome
    assert found, said.stdout + said.stderr
    return found


def test_every_scenario_is_failed_by_a_control(
    outcomes: dict[str, dict[str, Outcome]],
) -> None:
    uncaught = [
        scenario
        for scenario, seen in outcomes.items()
        if not any(seen[control] is Outcome.FAILED for control in controls())
    ]
    assert not uncaught, "a scenario that no control can fail proves nothing"


def test_every_control_is_caught(outcomes: dict[str, dict[str, Outcome]]) -> None:
    for control in controls():
        assert any(seen[control] is Outcome.FAILED for seen in outcomes.values()), control


def test_the_known_good_pattern_passes_every_scenario(
    outcomes: dict[str, dict[str, Outcome]],
) -> None:
    assert {seen[GOOD] for seen in outcomes.values()} == {Outcome.PASSED}
