"""`scenarios/needs.py`: whose it is that something cannot be imported."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

OURS = "scenarios.test_something"


@pytest.fixture(scope="module")
def lacking() -> Callable[[BaseException], str]:
    """The function under test, loaded from its file: nothing of the scenarios is imported."""
    spec = importlib.util.spec_from_file_location("needs", ROOT / "scenarios" / "needs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[BaseException], str] = module.lacking
    return found


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that is installed, and one that cannot import what it needs."""
    for name, text in (("whole", "VALUE = 1\n"), ("broken", "import nowhere_to_be_found\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def raised(code: str, module: str = OURS) -> BaseException:
    """Return what running code of a module raises."""
    try:
        exec(code, {"__name__": module})  # noqa: S102 - code of this file
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError(code)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import nowhere_to_be_found", "nowhere-to-be-found is not installed"),
        ("import nowhere_to_be_found.part", "nowhere-to-be-found is not installed"),
        ("from whole import Newer", "this whole has no Newer"),
        ("import whole.newer", "there is no whole.newer in this whole"),
        ("import importlib; importlib.import_module('nowhere.x')", "nowhere is not installed"),
    ],
)
def test_what_a_scenario_imports_and_is_not_there_is_its_own_need(
    lacking: Callable[[BaseException], str], code: str, told: str
) -> None:
    assert lacking(raised(code)) == told


def test_a_package_is_named_as_it_is_installed(
    lacking: Callable[[BaseException], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert lacking(raised("import PIL")) == "Pillow is not installed"


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("import broken", OURS),  # what raises is the package's own line
        ("import importlib; importlib.import_module('broken')", OURS),
        ("import nowhere_to_be_found", "flask_admin.form"),
        ("import whole; whole.Newer", OURS),
        ("assert False", OURS),
    ],
)
def test_anything_else_is_not(
    lacking: Callable[[BaseException], str], code: str, module: str
) -> None:
    assert lacking(raised(code, module)) == ""
