"""`scenarios.deployed`: real servers, started by real scenarios, whatever ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import record
from harness.measure import install, webservers
from harness.model import Observation, Outcome
from tests import subject
from tests.conftest import ROOT

pytestmark = pytest.mark.network

GOOD = "scoped-session"
FAMILY = "deployed_servers::"
BUILT = "init_time::views_are_added_and_the_admin_is_built"


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return subject.make(tmp_path_factory.mktemp("deployed"))


def seen(folder: Path) -> dict[str, Observation]:
    """Return what was recorded, by the name of the scenario."""
    found = (
        (record.parse(path.read_text(encoding="utf-8")), "")
        for path in (folder / "records").glob("record-*")
    )
    return {str(one.scenario).removeprefix(FAMILY): one for one in record.merge(found, ())}


def family() -> list[str]:
    """Return the options that choose the scenarios on deployed servers."""
    lines = (ROOT / "scenarios" / "test_deployed_servers.py").read_text(encoding="utf-8")
    names = [
        line.partition("(")[0].removeprefix("def test_")
        for line in lines.splitlines()
        if line.startswith("def test_")
    ]
    return [word for name in names for word in ("--scenario", FAMILY + name)]


def test_what_cannot_be_installed_does_not_apply(venv: Path, tmp_path: Path) -> None:
    told = tmp_path / "none.json"
    told.write_text(json.dumps({name: {"missing": "no wheel"} for name in webservers.GROUPS}))

    subject.ran(
        *subject.command(venv, tmp_path, "--web-servers", told, "--pattern", GOOD, *family())
    )

    found = seen(tmp_path)
    assert len(found) == len(family()) // 2
    for name, one in found.items():
        if name.startswith("werkzeug"):
            assert one.outcome is Outcome.PASSED
        else:
            assert one.outcome is Outcome.NOT_APPLICABLE
            assert "no wheel" in one.reason


def test_what_building_raises_is_what_it_raises_without_a_server(
    venv: Path, tmp_path: Path
) -> None:
    chosen = ("--pattern", "control:needs-context", *family(), "--scenario", BUILT)

    subject.ran(*subject.command(venv, tmp_path, *chosen))

    found = seen(tmp_path)
    expected = found.pop(BUILT)
    assert expected.error is not None
    for one in found.values():
        assert one.outcome is Outcome.FAILED
        assert one.error is not None
        assert (one.error.type, one.error.message) == (expected.error.type, expected.error.message)
        assert "make_handle" in one.error.traceback, "it tells where, in the server"


def children(parent: int) -> dict[int, int]:
    """Return every process below another, with its parent."""
    every = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            every[int(path.parent.name)] = int(ppid)
    found: dict[int, int] = {}
    ring = {parent}
    while ring:
        ring = {pid for pid, ppid in every.items() if ppid in ring} - found.keys()
        found.update((pid, every[pid]) for pid in ring)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if _state(pid) not in "ZX"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def until(true: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.05)


@pytest.fixture
def running(venv: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], set[int]]]:
    """Start pytest on all patterns, and give it with the processes of all its servers."""
    child = subprocess.Popen(
        subject.command(venv, tmp_path, *family()),
        cwd=ROOT,
        env=install.child_environment(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        # The process with threads, the arbiter and the worker forked from it; gevent's two.
        until(lambda: len(children(child.pid)) >= 5 or child.poll() is not None, seconds=90)
        yield child, set(children(child.pid))
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_pytest(
    running: tuple[subprocess.Popen[bytes], set[int]], number: signal.Signals
) -> None:
    child, servers = running
    assert len(servers) >= 5, "the servers were never started"

    child.send_signal(number)
    child.wait(20)
    until(lambda: not alive(servers))

    assert not alive(servers)
