"""The databases beside SQLite: asked for by name, started or given, or a reason why not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import config, drivers, plan
from harness.errors import BadInput
from harness.measure import databases
from harness.model import CellId
from tests.conftest import ROOT

SPEC = config.load((ROOT / "harness" / "matrix.toml").read_text(encoding="utf-8"))
NAME = "py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1"
PYTHONS = ("3.12", "3.13")


def test_a_cell_on_a_server_says_so_in_its_id_and_is_found_by_it() -> None:
    for kind in drivers.KINDS:
        name = NAME if kind == drivers.DEFAULT else f"{NAME}-{kind}"
        cell = plan.cell_from_id(SPEC, CellId(name))
        assert (cell.id, cell.combination["database"]) == (name, kind)


def test_the_default_plan_needs_no_server() -> None:
    made = plan.make(SPEC, PYTHONS, strength="2", selection={})
    assert {cell.combination["database"] for cell in made.cells} == {"sqlite"}


def test_each_database_asked_for_runs_every_cell() -> None:
    one = plan.make(SPEC, PYTHONS, strength="smoke", selection={})
    wanted = {"database": ("postgresql", "sqlite")}
    both = plan.make(SPEC, PYTHONS, strength="smoke", selection=wanted)
    assert len(both.cells) == 2 * len(one.cells) == len({cell.id for cell in both.cells})


def test_a_database_that_there_is_none_of_is_told_with_a_proposal() -> None:
    with pytest.raises(BadInput, match="did you mean postgresql"):
        plan.make(SPEC, PYTHONS, strength="2", selection={"database": ("postgres",)})


@pytest.mark.parametrize(
    ("levels", "told"),
    [('["oracle"]', "there is no oracle"), ("[]", "at least one"), ('["sqlite","sqlite"]', "once")],
)
def test_a_mistake_on_the_axis_is_told_with_its_place(levels: str, told: str) -> None:
    text = (ROOT / "harness" / "matrix.toml").read_text(encoding="utf-8")
    with pytest.raises(BadInput, match=rf"axes\.database\.levels.*{told}"):
        config.load(text.replace('levels = ["sqlite"]', f"levels = {levels}"))


@pytest.mark.parametrize(
    ("kind", "given", "url"),
    [
        ("postgresql", "postgresql://me:pw@there/db", "postgresql://me:pw@there/db"),
        ("postgresql", "postgres://there/db", "postgresql://there/db"),
        ("postgresql", "postgresql+psycopg://there/db", "postgresql+psycopg://there/db"),
        ("mariadb", "mysql://me@there/db?x=1", "mysql://me@there/db?x=1"),
        ("mariadb", "mariadb+mariadbconnector://there/db", "mysql+mariadbconnector://there/db"),
    ],
)
def test_a_url_that_is_given_keeps_the_driver_that_it_names(
    kind: str, given: str, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"MATRIX_{kind.upper()}_URL", given)
    with databases.servers((kind,), tmp_path) as found:
        assert found[kind] == drivers.Server(kind=kind, url=url)


def test_levels_of_one_server_are_ways_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATRIX_POSTGRESQL_URL", "postgresql://there/db")
    with databases.servers(("postgresql+psycopg", "postgresql"), tmp_path) as found:
        for kind in ("postgresql+psycopg", "postgresql"):
            assert found[kind] == drivers.Server(kind=kind, url="postgresql://there/db")


def test_a_url_of_another_kind_is_a_reason_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATRIX_POSTGRESQL_URL", "mysql://there/db")
    with databases.servers(("postgresql",), tmp_path) as found:
        assert "begins with mysql://" in found["postgresql"].reason


def test_what_is_not_installed_is_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MATRIX_MARIADB_URL", raising=False)
    monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
    with databases.servers(("mariadb",), tmp_path) as found:
        assert "not installed here" in found["mariadb"].reason


def test_child_processes_are_told_and_the_environment_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATRIX_MARIADB_URL", "mariadb://there/db")
    before = dict(os.environ)
    with databases.servers(("mariadb", "sqlite"), tmp_path) as outer:
        monkeypatch.delenv("MATRIX_MARIADB_URL")
        with databases.servers(("mariadb",), tmp_path) as inner:
            assert inner == outer
        assert "mariadb" in json.loads(os.environ["MATRIX_DATABASE_SERVERS"])
    assert os.environ.get("MATRIX_DATABASE_SERVERS") == before.get("MATRIX_DATABASE_SERVERS")


@pytest.mark.network
def test_postgresql_starts_from_its_package_and_ends(tmp_path: Path) -> None:
    with databases.servers(("postgresql",), tmp_path) as found:
        server = found["postgresql"]
        assert not server.reason
        assert server.url.startswith("postgresql://")
        folder = Path(server.url.partition("host=")[2])
        assert folder.exists()
    assert not folder.exists(), "the server's folder is still there"


@pytest.mark.network
def test_a_server_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from harness.measure import databases\n"
        f"with databases.servers(('postgresql',), pathlib.Path({str(tmp_path)!r})) as found:\n"
        "    print(found['postgresql'].url, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout
        folder = Path(child.stdout.readline().strip().partition("host=")[2])
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        child.kill()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists(), "PostgreSQL outlived the harness"
