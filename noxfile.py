"""The sessions of the compatibility matrix; `nox` measures the default plan and renders the table.

`nox -- --strength smoke` (or 3, full) covers less or more, `nox -- --library lite0.2.1` a part;
`nox -s "matrix(<cell id>)"` runs one cell, `nox -s check -- REQUIREMENT...` any set of pins.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))  # nox may be started from elsewhere with --noxfile

from harness import cli, declared_cli  # noqa: E402 - found through the line above

nox.needs_version = ">=2026.8.10"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["compatibility"]


@nox.session(python=False)
def compatibility(session: nox.Session) -> None:
    """Measure the plan, each cell in a session of its own, and render reports/."""
    sys.exit(cli.compatibility(ROOT, session.posargs))


@nox.session(venv_backend="uv", allow_parallel=True)
@nox.parametrize("python,cell", cli.listed(ROOT, sys.argv, nox.param))
def matrix(session: nox.Session, cell: str) -> None:
    """Measure one cell."""
    status = cli.measure(ROOT, cell, Path(session.virtualenv.location))
    if status:
        sys.exit(status)


@nox.session(python=False)
def check(session: nox.Session) -> None:
    """Test any set of pins: nox -s check -- [--python 3.12] [-r FILE] REQUIREMENT..."""
    sys.exit(cli.check(ROOT, session.posargs, Path(session.invoked_from)))


@nox.session(python=False)
def report(session: nox.Session) -> None:
    """Render reports/ again from what the last run has left on disk."""
    sys.exit(cli.report(ROOT, session.posargs))


@nox.session(python=False)
def bench(session: nox.Session) -> None:
    """Print what the last run cost; with ids, what these cells cost against their budget."""
    sys.exit(cli.bench(ROOT, session.posargs))


@nox.session(python=False)
def controls(session: nox.Session) -> None:
    """Print which scenario catches which control: nox -s controls -- [CELL...]."""
    sys.exit(cli.controls(ROOT, session.posargs))


@nox.session(python=False)
def steadiness(session: nox.Session) -> None:
    """Run a cell many times, shuffled: nox -s steadiness -- [--times 100] [--busy] [CELL...]."""
    sys.exit(cli.steadiness(ROOT, session.posargs))


@nox.session(python=False)
def repro(session: nox.Session) -> None:
    """Print a script that shows one failure: nox -s repro -- CELL PATTERN SCENARIO, or --all."""
    sys.exit(cli.repro(ROOT, session.posargs))


@nox.session(python=False)
def declared(session: nox.Session) -> None:
    """Compare what the metadata allow with what works, and render reports/declared/."""
    sys.exit(declared_cli.declare(ROOT, session.posargs))


@nox.session(python=False)
def floors(session: nox.Session) -> None:
    """Test declared lower bounds, each alone: nox -s floors -- [PACKAGE==VERSION...]."""
    sys.exit(declared_cli.floor(ROOT, session.posargs))


@nox.session(python=False)
def blame(session: nox.Session) -> None:
    """Name the packages behind a failure: nox -s blame -- CELL [PATTERN [SCENARIO]]."""
    sys.exit(declared_cli.blame(ROOT, session.posargs))


@nox.session
def tests(session: nox.Session) -> None:
    """Run the harness's own tests, one small matrix included."""
    session.install("-e", ".", "--group", "tests")
    session.run("pytest", "--numprocesses", "auto", *session.posargs)


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
