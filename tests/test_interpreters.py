from __future__ import annotations

from pathlib import Path

import pytest

from harness import interpreters

ELF = b"\x7fELF"


def program(path: Path, content: bytes = ELF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


def find(tmp_path: Path, level: str = "3.12", **environ: str) -> Path | None:
    """Look for an interpreter on a machine that has nothing but what the test put there."""
    home = tmp_path / "home"
    return interpreters.find([level], environ, home, tmp_path / "nowhere" / "x").get(level)


@pytest.mark.parametrize(
    ("place", "environ"),
    [
        ("home/.pyenv/versions/3.12.4/bin/python3.12", {}),
        ("pyenv/versions/3.12.4/bin/python3.12", {"PYENV_ROOT": "pyenv"}),
        ("home/.local/share/uv/python/cpython-3.12.4-linux-x86_64-gnu/bin/python3.12", {}),
        ("uv/cpython-3.12.4-linux-x86_64-gnu/bin/python3.12", {"UV_PYTHON_INSTALL_DIR": "uv"}),
        ("cache/Python/3.12.4/x64/bin/python3.12", {"RUNNER_TOOL_CACHE": "cache"}),
        ("bin/python3.12", {"PATH": "bin"}),
        ("nowhere/x/bin/python3.12", {}),
        ("nowhere/3.12.4/bin/python3.12", {}),
    ],
)
def test_an_interpreter_is_found_where_it_is(
    tmp_path: Path, place: str, environ: dict[str, str]
) -> None:
    wanted = program(tmp_path / place)
    absolute = {name: str(tmp_path / value) for name, value in environ.items()}
    assert find(tmp_path, **absolute) == wanted


def test_the_newest_patch_is_preferred(tmp_path: Path) -> None:
    for patch in (9, 10, 2):
        program(tmp_path / f"home/.pyenv/versions/3.12.{patch}/bin/python3.12")
    assert find(tmp_path) == tmp_path / "home/.pyenv/versions/3.12.10/bin/python3.12"


def test_a_shim_is_no_interpreter(tmp_path: Path) -> None:
    program(tmp_path / "shims/python3.12", b"#!/usr/bin/env bash\n")
    real = program(tmp_path / "bin/python3.12")
    assert find(tmp_path, PATH=f"{tmp_path}/shims:{tmp_path}/bin") == real
    assert find(tmp_path, PATH=f"{tmp_path}/shims") is None


def test_a_link_that_leads_nowhere_is_no_interpreter(tmp_path: Path) -> None:
    link = tmp_path / "bin" / "python3.12"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "gone")
    assert find(tmp_path, PATH=str(link.parent)) is None


def test_another_version_is_another_level(tmp_path: Path) -> None:
    program(tmp_path / "home/.pyenv/versions/3.12.4/bin/python3.12")
    assert find(tmp_path, "3.1") is None
    assert find(tmp_path, "3.13") is None
