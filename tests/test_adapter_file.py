"""`nox -s check -- --adapter-file`: a library taught by a file outside this project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import INCOMPATIBLE, UNCHANGED, BadInput
from tests.conftest import ROOT

pytestmark = pytest.mark.network

README = (ROOT / "README.md").read_text(encoding="utf-8")
ADAPTER = README.partition("### Add a library")[2].partition("```python\n")[2].partition("```")[0]
SCENARIOS = (
    "request_identity::each_request_gets_its_own_session",
    "without_admin::each_request_gets_its_own_session",
    "teardown::nothing_stays_open_after_a_request",
    # In a process of its own, which has to find the file again.
    "deployed_servers::werkzeug_cleans_up_after_clients_that_hang_up",
)


def check(folder: Path, adapter: str) -> subprocess.CompletedProcess[str]:
    """Check the adapter, from the folder where it is."""
    (folder / "sqlalchemy.py").write_text(adapter, encoding="utf-8")
    pins = ["flask-admin==2.2.0", "flask==3.1.*", "sqlalchemy==2.0.*"]
    asked = ["--adapter-file", "sqlalchemy.py", "--pattern", "db-session", *pins]
    asked += [word for name in SCENARIOS for word in ("--scenario", name)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("NOX")}
    return subprocess.run(
        [sys.executable, "-m", "nox", "-f", ROOT / "noxfile.py", "-s", "check", "--", *asked],
        cwd=folder,
        env={**env, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_file_named_like_a_package_teaches_a_library_that_works(tmp_path: Path) -> None:
    done = check(tmp_path, ADAPTER)

    assert done.returncode == UNCHANGED, done.stdout + done.stderr
    assert "write     `ModelView(User, db.session)`" in done.stdout


def test_a_session_that_is_never_removed_is_found_out(tmp_path: Path) -> None:
    done = check(tmp_path, ADAPTER.replace("self.sessions.remove()", "pass"))

    assert done.returncode == INCOMPATIBLE, done.stdout + done.stderr
    assert "three requests shared 1 Session(s)" in " ".join(done.stdout.split())


def test_a_file_without_a_library_is_told_in_one_line(tmp_path: Path) -> None:
    done = check(tmp_path, ADAPTER.replace("class Library", "class Session"))

    assert done.returncode == BadInput.status
    told = [line for line in done.stderr.splitlines() if "nox >" not in line]
    assert len(told) == 1, done.stderr
    assert "sqlalchemy.py has no class `Library`" in told[0]
