"""The code to copy: there is some for all that works, and it works when it is run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness import patterns
from harness.measure import install
from harness.measure.resolve import UV
from harness.model import PatternName, Verdict
from harness.report.snippets import snippet
from tests.committed import committed
from tests.subject import ran
from tests.test_report_html import guide

RELEASE = "2.2.0"
"""The newest Flask-Admin that can be imported without Flask-SQLAlchemy, so with every library."""
PACKAGES = ("flask==3.1.*", f"flask-admin=={RELEASE}", "sqlalchemy==2.0.*", "greenlet")
BESIDE_EACH_OTHER = {
    "flask_sqlalchemy": "flask-sqlalchemy==3.1.1",
    "alchemical": "alchemical==1.0.3",
    "advanced_alchemy": "advanced-alchemy==1.12.0",
    "flask_sqlalchemy_session": "flask-sqlalchemy-session2024==3.0.0",
    "plain_sqlalchemy": "sqlalchemy",
}
WITH_LITE = {"flask_sqlalchemy_lite": "flask-sqlalchemy-lite==0.2.1"}
"""Apart from the others: where lite is, Flask-Admin refuses what it else takes."""
RUNNER = Path(__file__).parent / "run_snippets.py"


def working(release: str = "") -> set[tuple[str, PatternName]]:
    """Give each adapter with the patterns that some cell of the table shows as working."""
    return {
        (judged.result.cell.adapter, name)
        for judged in committed().cells
        for name, told in judged.verdicts.items()
        if told.verdict is Verdict.COMPATIBLE and not patterns.is_control(name)
        if release in {"", judged.result.cell.combination["flask-admin"]}
    }


def codes(pairs: set[tuple[str, PatternName]]) -> Mapping[str, str]:
    known = guide().snippets
    return {f"{adapter} {name}": snippet(known, adapter, name) for adapter, name in sorted(pairs)}


def test_all_that_works_somewhere_has_code_to_copy() -> None:
    # SQLModel's models are not SQLAlchemy's, which are the only ones that are written out.
    written = {(adapter, name) for adapter, name in working() if adapter != "sqlmodel"}
    for name, code in codes(written).items():
        assert "admin.add_view(ModelView(User, " in code, name
        assert "library" not in code, name
        compile(code, name, "exec")


@pytest.mark.parametrize(
    ("adapter", "pattern", "view"),
    [
        ("flask_sqlalchemy", "db-session", "ModelView(User, db.session)"),
        ("flask_sqlalchemy", "db", "ModelView(User, db)"),
        ("advanced_alchemy", "local-proxy", "LocalProxy(lambda: db.get_sync_session())"),
        ("flask_sqlalchemy_session", "db-session", "ModelView(User, db)"),
        ("plain_sqlalchemy", "scoped-session", "ModelView(User, session)"),
    ],
)
def test_the_view_gets_what_was_measured(adapter: str, pattern: str, view: str) -> None:
    code = snippet(guide().snippets, adapter, PatternName(pattern))
    assert view in code
    inside = snippet(guide().snippets, adapter, PatternName(f"{pattern}@context"))
    assert "with app.app_context():\n    admin.add_view(" in inside


@pytest.mark.parametrize(
    ("adapter", "pattern"),
    [
        ("new_library", "db"),
        ("plain_sqlalchemy", "db-session"),
        ("flask_sqlalchemy", "bare-session"),
        ("flask_sqlalchemy", "no-such-pattern"),
        ("sqlmodel", "scoped-session"),
    ],
)
def test_what_cannot_be_written_out_has_no_code(adapter: str, pattern: str) -> None:
    assert not snippet(guide().snippets, adapter, PatternName(pattern))


def test_a_session_that_nobody_uses_is_not_set_up() -> None:
    plain = snippet(guide().snippets, "plain_sqlalchemy", PatternName("scoped-session"))
    assert plain.count("scoped_session(") == 1
    assert plain.count("@app.teardown_appcontext") == 1


@pytest.mark.network
@pytest.mark.parametrize("libraries", [BESIDE_EACH_OTHER, WITH_LITE], ids=["others", "lite"])
def test_code_to_copy_works_where_the_table_says_so(
    libraries: Mapping[str, str], tmp_path: Path
) -> None:
    asked = codes({(adapter, name) for adapter, name in working(RELEASE) if adapter in libraries})
    assert {name.partition(" ")[0] for name in asked} == libraries.keys()
    venv = tmp_path / "venv"
    ran(*UV, "venv", "--quiet", "--python", sys.executable, venv)
    python = install.python_of(venv)
    packages = (*PACKAGES, *libraries.values())
    ran(*UV, "pip", "install", "--quiet", "--python", python, *packages)
    done = subprocess.run(
        [python, "-W", "ignore", RUNNER],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(asked, "works")
