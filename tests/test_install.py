"""`harness.install` and `harness.bytecode`: what is in a cell's environment, and what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from harness import process
from harness.measure import bytecode, install, resolve
from harness.process import Finished


def test_the_callers_python_does_not_reach_the_cell() -> None:
    foreign = ["PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONSTARTUP", "FLASK_APP"]
    foreign += ["SQLALCHEMY_SILENCE_UBER_WARNING", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"]
    foreign += ["COV_CORE_SOURCE", "COVERAGE_PROCESS_START", "VIRTUAL_ENV"]
    own = ["PATH", "HOME", "TMPDIR", "HTTPS_PROXY", "UV_INDEX", "SSL_CERT_FILE"]
    none = {"PIP_CONFIG_FILE": os.devnull}

    env = install.child_environment(dict.fromkeys([*foreign, *own], "x") | none)

    told = dict.fromkeys(own, "x") | none
    assert env == told | {"PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1"}


def test_what_the_lock_has_is_not_installed_again() -> None:
    text = "# tools\npytest==8 # runs\n\nTyping_Extensions==4; python_version < '3.11' # old\n"

    assert install.missing_tools(text, ["typing-extensions", "flask"]) == ["pytest==8"]


def test_every_tool_is_pinned_and_says_what_it_is_for() -> None:
    lines = [line for line in install.TOOLS.read_text().splitlines() if not line.startswith("#")]

    assert lines
    for line in lines:
        tool, _, reason = line.partition(" # ")
        assert str(Requirement(tool).specifier).startswith("==")
        assert reason


def test_what_comes_from_a_folder_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run(argv: list[str | Path], **_: object) -> Finished:
        asked.extend(map(str, argv))
        return Finished(returncode=0, output="")

    monkeypatch.setattr(process, "run", run)
    for line, anew in (("flask==3.1.3\n", False), ("/a/checkout\n", True)):
        asked.clear()
        lock = resolve.make_lock(Finished(returncode=0, output=line))
        install.packages(lock, Path("python"), folder=tmp_path, env={}, deadline_seconds=1)
        assert ("--reinstall" in asked and "--refresh" in asked) is anew


def environment(folder: Path, text: str = "VALUE = 1\n") -> Path:
    """Make an environment with one package of one module."""
    site = folder / f"lib/python3.{sys.version_info.minor}/site-packages"
    (site / "own-1.0.dist-info").mkdir(parents=True)
    (site / "own").mkdir()
    module = site / "own" / "core.py"
    module.write_text(text)
    os.utime(module, (1_700_000_000, 1_700_000_000))
    record = f"own/core.py,sha256={hash(text)},9\n../../../bin/own,sha256={folder},9\n"
    (site / "own-1.0.dist-info" / "RECORD").write_text(record)
    (folder / "pyvenv.cfg").write_text("home = /x\nimplementation = CPython\nversion_info = 3\n")
    return folder


def imported(venv: Path) -> Path:
    """Import the module, and return where its bytecode is."""
    (site,) = venv.glob("lib/*/site-packages")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import own.core; print(own.core.__cached__)"
    )
    env = install.child_environment(os.environ)
    argv = [sys.executable, "-c", code, str(site)]
    return Path(subprocess.check_output(argv, env=env, text=True).strip())


def test_bytecode_is_shared_by_environments_with_the_same_package(tmp_path: Path) -> None:
    first, second = environment(tmp_path / "a"), environment(tmp_path / "b")
    compiled = imported(first)

    bytecode.keep(first, tmp_path / "kept")
    bytecode.give(second, tmp_path / "kept")

    given = second / compiled.relative_to(first)
    assert given.samefile(compiled)
    assert imported(second).samefile(compiled), "Python took it as it is"


def test_bytecode_of_another_package_with_the_same_name_and_version_is_not_taken(
    tmp_path: Path,
) -> None:
    first, second = environment(tmp_path / "a"), environment(tmp_path / "b", "VALUE = 2\n")
    compiled = imported(first)

    bytecode.keep(first, tmp_path / "kept")
    bytecode.give(second, tmp_path / "kept")

    assert not (second / compiled.relative_to(first)).exists()


def test_bytecode_that_python_refused_is_replaced(tmp_path: Path) -> None:
    first, second = environment(tmp_path / "a"), environment(tmp_path / "b")
    imported(first)
    bytecode.keep(first, tmp_path / "kept")
    (module,) = second.glob("lib/*/site-packages/own/core.py")
    os.utime(module, (1_800_000_000, 1_800_000_000))
    bytecode.give(second, tmp_path / "kept")
    compiled = imported(second)

    bytecode.keep(second, tmp_path / "kept")

    (kept,) = (tmp_path / "kept").glob("**/*.pyc")
    assert kept.samefile(compiled)


def test_bytecode_is_copied_where_it_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    venv = environment(tmp_path / "a")
    compiled = imported(venv)
    monkeypatch.setattr(os, "link", no_link)

    bytecode.keep(venv, tmp_path / "kept")

    (kept,) = (tmp_path / "kept").glob("**/*.pyc")
    assert kept.read_bytes() == compiled.read_bytes()


@pytest.mark.network
def test_the_tools_move_nothing_of_the_lock(tmp_path: Path) -> None:
    env = install.child_environment(os.environ)
    venv = tmp_path / "venv"
    process.run(
        [*resolve.UV, "venv", "--quiet", "--python", sys.executable, venv],
        cwd=tmp_path,
        env=env,
        deadline_seconds=60,
    )
    lock = resolve.make_lock(
        Finished(returncode=0, output="packaging==24.0\ntyping-extensions==4.9.0\n")
    )
    (tmp_path / "lock.txt").write_text(lock.text)
    python = install.python_of(venv)

    wanted = install.missing_tools(install.TOOLS.read_text(encoding="utf-8"), lock.packages)
    for finished in (
        install.packages(lock, python, folder=tmp_path, env=env, deadline_seconds=60),
        install.tools(wanted, python, folder=tmp_path, env=env, deadline_seconds=60),
    ):
        assert finished.returncode == 0, finished.output

    code = "import importlib.metadata as m, pytest, xdist; print(m.version('packaging'))"
    assert subprocess.check_output([python, "-c", code], env=env, text=True) == "24.0\n"
