"""`harness.webservers`: which folder a cell's servers are in, and what becomes of a failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from harness import process
from harness.errors import RegistryUnreachable
from harness.measure import webservers
from harness.measure.resolve import Lock
from harness.measure.setting import Setting
from harness.process import Finished
from tests.subject import CELL

DONE = Finished(returncode=0, output="")
CONFLICT = """\
error: No solution found when resolving dependencies
  cause: Because gevent==26.9.0 depends on greenlet>=3.2.2 and you require greenlet==3.0.3, we can\
 conclude that your requirements are unsatisfiable.
"""


def locked(**packages: str) -> Lock:
    return Lock(text="", packages=packages, finished=DONE)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text("implementation = CPython\nversion_info = 3.12.1\n")
    folder = tmp_path / "cell"
    folder.mkdir()
    return Setting(
        cell=CELL, venv=venv, folder=folder, scenarios=tmp_path, web_servers=tmp_path / "kept"
    )


class Registry:
    """Stands for uv: makes the folder that it is told to fill, or fails."""

    def __init__(self, **failing: Finished) -> None:
        self.failing = failing
        self.asked: list[list[str]] = []

    def __call__(self, argv: list[str | Path], **_: object) -> Finished:
        words = list(map(str, argv))
        self.asked.append(words)
        for name, failed in self.failing.items():
            if any(word.startswith(f"{name}==") for word in words):
                return failed
        Path(words[words.index("--target") + 1]).mkdir()
        return DONE


def use(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setattr(process, "run", registry)
    return registry


def provided(setting: Setting, **packages: str) -> Mapping[str, Mapping[str, str]]:
    webservers.provide(setting, locked(**packages))
    found: dict[str, dict[str, str]] = json.loads(webservers.file_of(setting.venv).read_text())
    return found


def test_the_same_pins_share_a_folder_and_are_installed_once(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = use(Registry(), monkeypatch)

    first = provided(setting, greenlet="3.5.6", flask="3.1.3")
    second = provided(setting, greenlet="3.5.6", flask="2.2.5")

    assert first == second
    assert len(registry.asked) == len(webservers.GROUPS)
    assert all(Path(told["path"]).is_dir() for told in first.values())


def test_another_greenlet_or_none_is_another_folder(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Registry(), monkeypatch)

    paths = {
        provided(setting, **lock)["gevent"]["path"]
        for lock in ({"greenlet": "3.5.6"}, {"greenlet": "3.2.5"}, {})
    }

    assert len(paths) == 3


def test_another_interpreter_is_another_folder() -> None:
    wanted, pins = ["gevent==1"], ["greenlet==1"]
    keys = [webservers.key(python, wanted, pins) for python in ("CPython-3.12.1", "CPython-3.13.0")]
    assert keys[0] != keys[1]


def test_what_the_lock_has_is_kept_to_and_not_asked_for(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = use(Registry(), monkeypatch)

    provided(setting, greenlet="3.5.1", gunicorn="22.0.0")

    asked = [word for words in registry.asked for word in words]
    assert not [word for word in asked if word.startswith(("greenlet", "gunicorn"))]
    assert (setting.folder / "pins-of-greenlets.txt").read_text() == "greenlet==3.5.1\n"


def test_a_server_that_cannot_be_installed_says_why_and_the_others_are_there(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Registry(gevent=Finished(returncode=1, output=CONFLICT)), monkeypatch)

    told = provided(setting, greenlet="3.0.3")

    assert "greenlet" in told["gevent"]["missing"]
    assert Path(told["threads"]["path"]).is_dir()
    assert {path.name for path in (setting.web_servers or Path()).iterdir()} == {
        Path(told[name]["path"]).name for name in ("threads", "asgi")
    }


@pytest.mark.parametrize(
    "failed",
    [
        Finished(returncode=2, output="error: Request failed after 3 retries\n"),
        Finished(returncode=-9, output="", timed_out=True),
    ],
    ids=["no-answer", "too-late"],
)
def test_a_registry_that_does_not_answer_says_nothing_about_a_server(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, failed: Finished
) -> None:
    use(Registry(waitress=failed), monkeypatch)

    with pytest.raises(RegistryUnreachable):
        provided(setting)


def test_nothing_is_installed_where_there_is_no_place_for_it(tmp_path: Path) -> None:
    setting = Setting(cell=CELL, venv=tmp_path, folder=tmp_path, scenarios=tmp_path)

    webservers.provide(setting, locked())

    assert not webservers.file_of(tmp_path).exists()


def test_whoever_comes_second_leaves_what_the_first_installed(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(Registry):
        def __call__(self, argv: list[str | Path], **more: object) -> Finished:
            done = super().__call__(argv, **more)
            fresh = Path(str(argv[list(map(str, argv)).index("--target") + 1]))
            first = fresh.with_name(fresh.name.split("-")[0].lstrip("."))
            first.mkdir()
            (first / "mark").touch()
            return done

    use(Late(), monkeypatch)

    assert all((Path(told["path"]) / "mark").exists() for told in provided(setting).values())


@pytest.mark.parametrize("path", webservers.GROUPS.values(), ids=webservers.GROUPS)
def test_every_server_is_pinned_and_says_what_it_is_for(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]

    assert lines
    for line in lines:
        wanted, _, reason = line.partition(" # ")
        assert str(Requirement(wanted).specifier).startswith("==")
        assert reason


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("path", webservers.GROUPS.values(), ids=webservers.GROUPS)
def test_each_python_gets_one_version_of_each(path: Path, python: str) -> None:
    wanted, _ = webservers.split(path.read_text(encoding="utf-8"), {})
    names = [
        one.name
        for one in map(Requirement, wanted)
        if one.marker is None or one.marker.evaluate({"python_version": python})
    ]
    assert sorted(names) == sorted(set(names))
    together = ({"waitress", "gunicorn"}, {"gevent", "greenlet"}, {"fastapi", "uvicorn", "a2wsgi"})
    assert [group for group in together if group <= set(names)]


@pytest.mark.network
def test_the_servers_are_installed_and_found_behind_what_the_environment_has(
    setting: Setting,
) -> None:
    (setting.venv / "bin").mkdir()
    (setting.venv / "bin" / "python").symlink_to(sys.executable)

    told = provided(setting)

    assert (Path(told["threads"]["path"]) / "waitress").is_dir()
    assert (Path(told["gevent"]["path"]) / "gevent").is_dir()
    assert (Path(told["asgi"]["path"]) / "fastapi").is_dir()
