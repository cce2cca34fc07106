"""Trouble with the index and with packages that do not build: clear results, nothing else lost."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import judge, store
from harness.errors import BadInput, RegistryUnreachable
from harness.measure import environment, execute, resolve
from harness.measure.resolve import Lock, Unresolvable, Why
from harness.measure.setting import Deadlines, Setting
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    EnvironmentStatus,
    Resolution,
    Verdict,
)
from tests import packages
from tests.conftest import ROOT

NOX = (sys.executable, "-m", "nox", "-f", ROOT / "noxfile.py")
IMPORT_FAILS = ROOT / "tests" / "miniatures" / "import_fails"
"""What has its result before anything but the packages under test is installed."""


def cell(*requirements: str, name: str = "own", **chosen: str) -> Cell:
    return Cell(
        id=CellId(name),
        combination={"python": ".".join(platform.python_version_tuple()[:2])},
        requirements=requirements,
        adapter="none",
        library="sqlalchemy",
        resolution=Resolution(**chosen),  # type: ignore[arg-type]  # texts only
    )


def locked(folder: Path, env: dict[str, str], *requirements: str, **chosen: str) -> object:
    return resolve.lock(
        cell(*requirements, **chosen),
        Path(sys.executable),
        folder=folder,
        env=env,
        deadline_seconds=20,
    )


def setting(folder: Path, env: dict[str, str], of: Cell) -> Setting:
    return Setting(
        cell=of,
        venv=environment.make(folder / f"{of.id}-venv", Path(sys.executable)),
        folder=folder / of.id,
        scenarios=IMPORT_FAILS,
        deadlines=Deadlines(scenario=10, controls=10, scenarios=20, lock=20, install=20),
        env=env,
    )


def test_an_index_with_upload_times_tells_what_there_was(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, served)
        before = locked(tmp_path, env, "own", as_of="2024-01-01")
        after = locked(tmp_path, env, "own", as_of="2025-01-01")

    assert isinstance(before, Unresolvable)
    assert before.why is not Why.NO_UPLOAD_TIMES
    assert isinstance(after, Lock)
    assert after.packages == {"own": "1.0"}


def test_an_index_without_upload_times_cannot_know_what_there_was(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path, times=False) as served:
        env = packages.env(tmp_path, served)
        of = cell("own", as_of="2025-01-01")
        result = execute.measure(setting(tmp_path, env, of))
        today = locked(tmp_path, env, "own")

    assert result.environment.status is EnvironmentStatus.UNKNOWN
    assert result.message == (
        "what there was as of 2025-01-01 cannot be known:"
        " the package index has no upload time for own-1.0-py3-none-any.whl"
    )
    assert verdicts(result) == {Verdict.INCONCLUSIVE}
    assert isinstance(today, Lock)


def verdicts(result: CellResult) -> set[Verdict]:
    return {one.verdict for one in judge.judge(result, (), judge.Criteria()).verdicts.values()}


def test_an_sdist_that_does_not_build_is_told_by_name(tmp_path: Path) -> None:
    packages.sdist(tmp_path, "own", "raise RuntimeError('Python 2 only')")
    with packages.index(tmp_path) as served:
        result = execute.measure(setting(tmp_path, packages.env(tmp_path, served), cell("own")))

    assert result.environment.status is EnvironmentStatus.UNINSTALLABLE
    assert result.message == "own 1.0 does not build here: RuntimeError: Python 2 only"
    assert verdicts(result) == {Verdict.IMPOSSIBLE}


def test_a_compiler_that_is_not_here_says_nothing_of_the_package(tmp_path: Path) -> None:
    compiled = "import subprocess; subprocess.run(['/nowhere/bin/gcc', '-c', 'own.c'])"
    packages.sdist(tmp_path, "own", compiled)
    with packages.index(tmp_path) as served:
        result = execute.measure(setting(tmp_path, packages.env(tmp_path, served), cell("own")))

    assert result.environment.status is EnvironmentStatus.UNKNOWN
    assert result.message.startswith("own 1.0 needs a compiler that is not here: FileNotFoundError")
    assert verdicts(result) == {Verdict.INCONCLUSIVE}


def test_a_file_that_is_not_the_one_that_was_locked_is_no_verdict(tmp_path: Path) -> None:
    made = packages.wheel(tmp_path, "own")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    with packages.index(tmp_path) as served:
        of = setting(tmp_path, packages.env(tmp_path, served), cell("own"))
        right = execute.measure(replace(of, hashes={"own==1.0": (f"sha256:{digest}",)}))
        wrong = replace(of, hashes={"own==1.0": (f"sha256:{64 * '0'}",)})
        environment.make(of.venv, Path(sys.executable))
        result = execute.measure(wrong)
        environment.make(of.venv, Path(sys.executable))
        with pytest.raises(BadInput, match=r"own 1\.0 is not what was locked: .*sha256:0000"):
            execute.measure(wrong, refuse_bad_input=True)

    assert right.environment.packages == {"own": "1.0"}
    assert result.environment.status is EnvironmentStatus.UNKNOWN
    assert verdicts(result) == {Verdict.INCONCLUSIVE}


def test_an_index_that_stops_answering_loses_nothing_that_was_measured(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    packages.wheel(tmp_path, "other")
    first, second = cell("own", name="first"), cell("other", name="second")
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, served)
        measured = execute.measure(setting(tmp_path, env, first))
        served.hangs.set()
        with pytest.raises(RegistryUnreachable, match=r"cannot be reached.*timed out"):
            execute.measure(setting(tmp_path, env, second))

    assert measured.ending is Ending.IMPORT_FAILED
    assert store.read_result(tmp_path / "first", first.id).result == measured
    assert store.read_result(tmp_path / "second", second.id).reason == "it was not run"


def test_an_index_that_breaks_between_the_lock_and_the_installation(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, served)
        of = setting(tmp_path, env, cell("own"))
        of.folder.mkdir()
        lock = locked(of.folder, env, "own")
        served.status = 503
        fresh = env | {"UV_CACHE_DIR": str(tmp_path / "another-cache")}
        with pytest.raises(RegistryUnreachable, match="503"):
            execute.measure(replace(of, env=fresh))

    assert isinstance(lock, Lock)


def test_a_check_without_an_index_ends_with_its_own_status(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own")
    with packages.index(tmp_path) as served:
        served.status = 503
        done = subprocess.run(
            [*NOX, "-s", "check", "--", "flask", "--library", "sqlalchemy"],
            cwd=tmp_path,
            env=packages.env(tmp_path, served),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == RegistryUnreachable.status, done.stdout + done.stderr
    assert len(told) == 1
    assert "cannot be reached" in told[0]


def test_what_two_packages_fight_over_makes_the_result_unknown(tmp_path: Path) -> None:
    for name, text in (("own", "WHO = 'own'\n"), ("fork", "WHO = 'fork of own'\n")):
        packages.wheel(tmp_path, name, files={"own/__init__.py": text, "own/same.py": "X = 1\n"})
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, served)
        result = execute.measure(setting(tmp_path, env, cell("own", "fork")))

    assert result.environment.status is EnvironmentStatus.MIS_RESOLVED
    assert result.message == (
        "fork 1.0 and own 1.0 both bring own/__init__.py: which of them is there is luck"
    )
    assert verdicts(result) == {Verdict.INCONCLUSIVE}


def test_a_fight_of_packages_that_are_not_under_test_is_told(tmp_path: Path) -> None:
    packages.wheel(tmp_path, "own", requires=("left", "right"))
    for name in ("left", "right"):
        packages.wheel(tmp_path, name, files={"shared.py": f"WHO = {name!r}\n"})
    with packages.index(tmp_path) as served:
        env = packages.env(tmp_path, served)
        result = execute.measure(setting(tmp_path, env, cell("own")))

    assert result.environment.status is EnvironmentStatus.READY
    assert result.environment.message.startswith("left 1.0 and right 1.0 both bring shared.py")
    assert result.ending is Ending.IMPORT_FAILED
