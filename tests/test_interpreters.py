"""`harness.interpreters`: which Pythons are found in trees like those on real machines."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness import interpreters

OTHER = "3.99"
"""A level that is not the one of the running interpreter, and on no machine."""


def program(path: Path, content: bytes = b"\x7fELF") -> Path:
    """Make an executable file that nobody starts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def found(home: Path, level: str = OTHER, **environ: str) -> Path | None:
    return interpreters.find([level], environ, home).get(level)


def test_nothing_is_found_in_an_empty_home(tmp_path: Path) -> None:
    assert interpreters.find([OTHER, "3.98"], {}, tmp_path) == {}


def test_on_the_path(tmp_path: Path) -> None:
    python = program(tmp_path / "bin" / f"python{OTHER}")
    path = os.pathsep.join(["", str(tmp_path / "none"), str(python.parent)])
    assert found(tmp_path, PATH=path) == python


@pytest.mark.parametrize("level", ["3.9", "3.999"])
def test_another_level_on_the_path_is_not_it(tmp_path: Path, level: str) -> None:
    python = program(tmp_path / "bin" / f"python{OTHER}")
    found_here = interpreters.find([level], {"PATH": str(python.parent)}, tmp_path)
    assert python not in found_here.values()


def versions(tree: str, home: Path, patch: str) -> tuple[Path, Mapping[str, str]]:
    """Return where an interpreter stands in a tree, and the environment that leads there."""
    places: Mapping[str, tuple[Path, Mapping[str, str]]] = {
        "pyenv": (home / ".pyenv" / "versions" / patch, {}),
        "pyenv root": (home / "x" / "versions" / patch, {"PYENV_ROOT": str(home / "x")}),
        "uv": (home / ".local/share/uv/python" / f"cpython-{patch}-linux-x86_64-gnu", {}),
        "uv data": (
            home / "data" / "uv" / "python" / f"cpython-{patch}-linux-x86_64-gnu",
            {"XDG_DATA_HOME": str(home / "data")},
        ),
        "uv folder": (
            home / "u" / f"cpython-{patch}-macos-aarch64-none",
            {"UV_PYTHON_INSTALL_DIR": str(home / "u")},
        ),
        "tool cache": (
            home / "t" / "Python" / patch / "x64",
            {"RUNNER_TOOL_CACHE": str(home / "t")},
        ),
        "tool cache on arm": (
            home / "t" / "Python" / patch / "arm64",
            {"AGENT_TOOLSDIRECTORY": str(home / "t")},
        ),
    }
    folder, environ = places[tree]
    return folder / "bin" / f"python{OTHER}", environ


TREES = ["pyenv", "pyenv root", "uv", "uv data", "uv folder", "tool cache", "tool cache on arm"]


@pytest.mark.parametrize("tree", TREES)
def test_the_newest_patch_is_preferred(tmp_path: Path, tree: str) -> None:
    for patch in (f"{OTHER}.9", f"{OTHER}.10", f"{OTHER}.2", "3.100.11"):
        program(versions(tree, tmp_path, patch)[0])
    newest, environ = versions(tree, tmp_path, f"{OTHER}.10")
    assert found(tmp_path, **environ) == newest


@pytest.mark.parametrize("tree", TREES)
def test_a_damaged_newest_patch_gives_way_to_the_one_before(tmp_path: Path, tree: str) -> None:
    older, environ = versions(tree, tmp_path, f"{OTHER}.1")
    newer, _ = versions(tree, tmp_path, f"{OTHER}.2")
    program(older)
    newer.parent.mkdir(parents=True)
    newer.symlink_to(tmp_path / "gone")
    assert found(tmp_path, **environ) == older


@pytest.mark.parametrize(
    "name", ["3.99-dev", "pypy3.99-7.3.11", "3.99", "3.99.1rc1", "envs", "miniconda3-3.99.1"]
)
def test_a_folder_that_names_no_release_is_skipped(tmp_path: Path, name: str) -> None:
    program(tmp_path / ".pyenv" / "versions" / name / "bin" / f"python{OTHER}")
    assert found(tmp_path) is None


@pytest.mark.parametrize("name", ["pypy-3.99.1-linux", "cpython-3.99.1", "cpython-3.99-linux"])
def test_what_uv_does_not_call_a_release_of_cpython_is_skipped(tmp_path: Path, name: str) -> None:
    program(tmp_path / ".local/share/uv/python" / name / "bin" / f"python{OTHER}")
    assert found(tmp_path) is None


def test_a_shim_is_skipped_for_the_program_behind_it(tmp_path: Path) -> None:
    shim = program(tmp_path / "shims" / f"python{OTHER}", b"#!/usr/bin/env bash\nexit 127\n")
    real = program(tmp_path / "bin" / f"python{OTHER}")
    assert found(tmp_path, PATH=str(shim.parent)) is None
    assert found(tmp_path, PATH=os.pathsep.join([str(shim.parent), str(real.parent)])) == real


def test_a_link_counts_by_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "bin" / f"python{OTHER}"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "python")
    assert found(tmp_path, PATH=str(link.parent)) is None
    program(tmp_path / "python")
    assert found(tmp_path, PATH=str(link.parent)) == link


def test_what_cannot_be_started_is_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "folder" / f"python{OTHER}"
    folder.mkdir(parents=True)
    plain = program(tmp_path / "plain" / f"python{OTHER}")
    plain.chmod(0o644)
    for path in (folder, plain):
        assert found(tmp_path, PATH=str(path.parent)) is None


def test_a_tree_that_is_a_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / ".pyenv").mkdir()
    (tmp_path / ".pyenv" / "versions").write_text("not a folder")
    assert found(tmp_path) is None


def test_the_home_is_the_one_of_the_environment(tmp_path: Path) -> None:
    python, _ = versions("pyenv", tmp_path, f"{OTHER}.1")
    program(python)
    assert interpreters.find([OTHER], {"HOME": str(tmp_path)}) == {OTHER: python}


def test_the_running_interpreter_is_found_without_looking(tmp_path: Path) -> None:
    level = f"{sys.version_info[0]}.{sys.version_info[1]}"
    python = interpreters.find([level], {}, tmp_path)[level]
    assert os.access(python, os.X_OK)
    assert interpreters.find([level], {"PATH": str(tmp_path)}, tmp_path) == {level: python}
