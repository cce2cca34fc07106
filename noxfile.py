"""The sessions of the compatibility matrix; `nox` measures the default plan and renders the table.

`nox -- --strength smoke` (or 3, full) covers less or more, `nox -- --library lite0.2.1` a part;
`nox -s "matrix(<cell id>)"` runs one cell, `nox -s check -- REQUIREMENT...` any set of pins.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))  # nox may be started from elsewhere with --noxfile

from harness.sessions import matrix as cells  # noqa: E402 - found through the line above

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["compatibility"]


@nox.session(python=False)
def compatibility(session: nox.Session) -> None:
    """Measure the plan, each cell in a session of its own, and render reports/."""
    sys.exit(cells.compatibility(ROOT, session.posargs, Path(session.invoked_from)))


@nox.session(venv_backend="uv", allow_parallel=True)
@nox.parametrize("python,cell", cells.listed(ROOT, sys.argv, nox.param))
def matrix(session: nox.Session, cell: str) -> None:
    """Measure one cell."""
    status = cells.measure(ROOT, cell, Path(session.virtualenv.location))
    if status and cells.ONE_OF_MANY in os.environ:
        session.error(f"exit status {status}")  # the other cells have their turn all the same
    if status:
        sys.exit(status)


@nox.session(python=False)
def check(session: nox.Session) -> None:
    """Test any set of pins: nox -s check -- [--python 3.12] [-r FILE] REQUIREMENT..."""
    from harness.sessions import check

    sys.exit(check.check(ROOT, session.posargs, Path(session.invoked_from)))


@nox.session(python=False)
def report(session: nox.Session) -> None:
    """Render reports/ again from what the last run has left on disk."""
    sys.exit(cells.report(ROOT, session.posargs))


@nox.session(python=False)
def bench(session: nox.Session) -> None:
    """Print what the last run cost; with ids, what these cells cost against their budget."""
    from harness.sessions import trials

    sys.exit(trials.bench(ROOT, session.posargs))


@nox.session(python=False)
def controls(session: nox.Session) -> None:
    """Print which scenario catches which control: nox -s controls -- [CELL...]."""
    from harness.sessions import trials

    sys.exit(trials.controls(ROOT, session.posargs))


@nox.session(python=False)
def steadiness(session: nox.Session) -> None:
    """Run a cell many times, shuffled: nox -s steadiness -- [--times 100] [--busy] [CELL...]."""
    from harness.sessions import trials

    sys.exit(trials.steadiness(ROOT, session.posargs))


@nox.session(python=False)
def repro(session: nox.Session) -> None:
    """Print a script that shows one failure: nox -s repro -- CELL PATTERN SCENARIO, or --all."""
    from harness.sessions import repro

    sys.exit(repro.repro(ROOT, session.posargs))


@nox.session(python=False)
def discover(session: nox.Session) -> None:
    """Ask the index what was released: nox -s discover -- [--write] [--pre] [PACKAGE...]."""
    from harness.sessions import discover

    sys.exit(discover.released(ROOT, session.posargs))


@nox.session(python=False)
def declared(session: nox.Session) -> None:
    """Compare what the metadata allow with what works, and render reports/declared/."""
    from harness.sessions import declared

    sys.exit(declared.declare(ROOT, session.posargs))


@nox.session(python=False)
def floors(session: nox.Session) -> None:
    """Test declared lower bounds, each alone: nox -s floors -- [PACKAGE==VERSION...]."""
    from harness.sessions import declared

    sys.exit(declared.floor(ROOT, session.posargs))


@nox.session(python=False)
def blame(session: nox.Session) -> None:
    """Name the packages behind failures: nox -s blame -- [CELL [PATTERN [SCENARIO]]]."""
    from harness.sessions import declared

    sys.exit(declared.blame(ROOT, session.posargs))


@nox.session(python=False)
def ranges(session: nox.Session) -> None:
    """Find which releases work together: nox -s ranges -- PACKAGE PACKAGE [REQUIREMENT...]."""
    from harness.sessions import ranges

    sys.exit(ranges.ranges(ROOT, session.posargs, Path(session.invoked_from)))


@nox.session(python=False)
def since(session: nox.Session) -> None:
    """Tell which package broke pins since their time: nox -s since -- flask-admin==1.6.1 ..."""
    from harness.sessions import since

    sys.exit(since.since(ROOT, session.posargs, Path(session.invoked_from)))


@nox.session(python=False)
def companions(session: nox.Session) -> None:
    """Tell which companion pins of the matrix are stale: nox -s companions."""
    from harness.sessions import since

    sys.exit(since.companions(ROOT, session.posargs))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the harness's own tests, one small matrix included."""
    session.install("-e", ".", "--group", "tests")
    # What a module sets up at length is set up once: its tests stay on one core.
    session.run("pytest", "--numprocesses", "auto", "--dist", "loadfile", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, import contracts and workflows."""
    session.install("-e", ".", "--group", "tests", "--group", "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")
    workflows = sorted(str(path) for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("zizmor", "--offline", "--no-progress", ".github")
