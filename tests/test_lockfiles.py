"""`harness.lockfiles` and `harness.pyprojects`: what an application's files pin for one Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.checks import lockfiles, pyprojects
from harness.checks.pins import Kind, Pins, Target, instead, kind_of
from harness.errors import BadInput

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.4",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "platform_python_implementation": "CPython",
    "python_full_version": "3.12.4",
    "python_version": "3.12",
    "sys_platform": "linux",
}


def target(
    python: str = "3.12.4", *, groups: tuple[str, ...] = (), extras: tuple[str, ...] = ()
) -> Target:
    level = python.rpartition(".")[0]
    markers = MARKERS | {"python_full_version": python, "python_version": level}
    return Target(markers=markers, groups=groups, extras=extras)


def shown(pins: Pins) -> dict[str, str]:
    return {name: pin.shown for name, pin in pins.by_name.items()}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("uv.lock", Kind.UV),
        ("pdm.lock", Kind.PDM),
        ("poetry.lock", Kind.POETRY),
        ("Pipfile.lock", Kind.PIPENV),
        ("pylock.toml", Kind.PYLOCK),
        ("pylock.production.toml", Kind.PYLOCK),
        ("pyproject.toml", Kind.PYPROJECT),
        ("requirements.txt", Kind.REQUIREMENTS),
        ("dev-requirements.in", Kind.REQUIREMENTS),
    ],
)
def test_a_file_is_known_by_its_name(name: str, kind: Kind) -> None:
    assert kind_of(Path("somewhere") / name) is kind
    assert kind.is_exact is ("lock" in name)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("Pipfile", '[packages]\nflask = "*"\n', "give Pipfile.lock"),
        ("setup.py", "setup()\n", "give a lock"),
        ("environment.yml", "name: shop\ndependencies:\n  - flask\n", "a conda file: give"),
        ("other.yaml", "channels:\n  - conda-forge\n", "a conda file: give"),
        ("spec.txt", "# platform: linux-64\n@EXPLICIT\nhttps://x/y.conda\n", "a conda file: give"),
        ("requirements.txt", "flask==3.1.3  # dependencies:\n", ""),
        ("Pipfile.lock", '{"default": {}}', ""),
        ("pyproject.toml", "[project]\ndependencies = []\n", ""),
    ],
)
def test_what_pins_nothing_by_itself_says_what_to_give(name: str, text: str, told: str) -> None:
    found = instead(Path("somewhere") / name, text)
    assert told in found
    assert bool(found) is bool(told)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("lock-version = '1.0'\npackages = []\n", Kind.PYLOCK),
        ("[[package]]\nname = 'a'\n[metadata]\n", Kind.POETRY),
        ("[[package]]\nname = 'a'\n[metadata]\nlock_version = '4.5.0'\n", Kind.PDM),
        ('\n{"default": {}}', Kind.PIPENV),
        ("[project]\nname = 'a'\n", Kind.PYPROJECT),
        ("flask==3.1.3\n", Kind.REQUIREMENTS),
        ("", Kind.REQUIREMENTS),
    ],
)
def test_a_file_of_another_name_is_known_by_what_is_in_it(text: str, kind: Kind) -> None:
    assert kind_of(Path("deployed.lock"), text) is kind


PYLOCK = """
lock-version = "1.0"
created-by = "hand"
requires-python = ">=3.11"
extras = ["images"]
dependency-groups = ["dev"]

[[packages]]
name = "flask"
version = "3.1.3"
wheels = [{ url = "https://x.example/flask-3.1.3-py3-none-any.whl", hashes = { sha256 = "00" } }]

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
sdist = { url = "https://x.example/colorama-0.4.6.tar.gz", hashes = { sha256 = "00" } }

[[packages]]
name = "pillow"
version = "11.0"
marker = "'images' in extras"
sdist = { url = "https://x.example/pillow-11.0.tar.gz", hashes = { sha256 = "00" } }

[[packages]]
name = "pytest"
version = "9.0"
marker = "'dev' in dependency_groups"
sdist = { url = "https://x.example/pytest-9.0.tar.gz", hashes = { sha256 = "00" } }

[[packages]]
name = "sqlalchemy"
version = "1.4.54"
marker = "python_version < '3.12'"
sdist = { url = "https://x.example/sqlalchemy-1.4.54.tar.gz", hashes = { sha256 = "00" } }

[[packages]]
name = "sqlalchemy"
version = "2.0.58"
marker = "python_version >= '3.12'"
sdist = { url = "https://x.example/sqlalchemy-2.0.58.tar.gz", hashes = { sha256 = "00" } }

[[packages]]
name = "flask-admin"
vcs = { type = "git", url = "https://x.example/flask-admin", commit-id = "abc" }

[[packages]]
name = "app"
directory = { path = ".", editable = true }

[[packages]]
name = "gone"
directory = { path = "../no-such-folder" }
"""


def test_a_pylock_is_read_for_one_python(tmp_path: Path) -> None:
    pins = lockfiles.read_pylock(PYLOCK, tmp_path / "pylock.toml", target())

    assert shown(pins) == {
        "flask": "3.1.3",
        "sqlalchemy": "2.0.58",
        "flask-admin": "git+https://x.example/flask-admin@abc",
    }
    assert set(pins.own) == {"app", "gone"}


def test_extras_and_groups_of_a_pylock(tmp_path: Path) -> None:
    chosen = target("3.11.2", groups=("dev",), extras=("images",))
    pins = lockfiles.read_pylock(PYLOCK, tmp_path / "pylock.toml", chosen)

    assert {"pillow", "pytest"} <= pins.by_name.keys()
    assert pins.by_name["sqlalchemy"].line == "sqlalchemy==1.4.54"


@pytest.mark.parametrize(
    ("text", "of", "message"),
    [
        ("x", target(), "is not TOML"),
        ("lock-version = '1.0'\n", target(), "is no pylock.toml: Missing required value"),
        (PYLOCK, target("3.10.1"), r"is for Python >=3\.11, and this is 3\.10\.1: .*--python"),
        (PYLOCK, target(groups=("docs",)), r"--group docs: .* has no such; it has dev"),
        (PYLOCK, target(extras=("all",)), r"--extra all: .* has no such; it has images"),
    ],
)
def test_a_pylock_that_says_nothing_for_this_python_is_refused(
    text: str, of: Target, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        lockfiles.read_pylock(text, Path("pylock.toml"), of)


POETRY = """
[[package]]
name = "Flask"
version = "3.1.3"
groups = ["main"]
python-versions = ">=3.9"

[[package]]
name = "sqlalchemy"
version = "1.4.54"
groups = ["main", "dev"]
python-versions = "*"
markers = {main = "python_version < \\"3.12\\"", dev = "python_version < \\"3.12\\""}

[[package]]
name = "sqlalchemy"
version = "2.0.58"
groups = ["main"]
python-versions = ">=3.7"
markers = "python_version >= \\"3.12\\""

[[package]]
name = "pytest"
version = "9.0"
groups = ["dev"]
python-versions = ">=3.10"

[[package]]
name = "tomli"
version = "2.0"
groups = ["main"]
python-versions = "<3.11"

[[package]]
name = "flask-admin"
version = "2.2.0"
groups = ["main"]
python-versions = ">=3.10"
[package.source]
type = "git"
url = "https://x.example/flask-admin.git"
reference = "HEAD"
resolved_reference = "abc"

[[package]]
name = "private"
version = "1.0"
groups = ["main"]
python-versions = "^3.9 || >2"
[package.source]
type = "legacy"
url = "https://x.example/simple"
reference = "own"

[[package]]
name = "part"
version = "0.0.0"
groups = ["main"]
python-versions = "*"
[package.source]
type = "directory"
url = "part"
"""


def test_a_poetry_lock_is_read_for_one_python(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    pins = lockfiles.read_poetry(POETRY, tmp_path / "poetry.lock", target())

    assert shown(pins) == {
        "flask": "3.1.3",
        "sqlalchemy": "2.0.58",
        "flask-admin": "git+https://x.example/flask-admin.git@abc",
        "private": "1.0",
        "part": (tmp_path / "part").as_uri(),
    }
    assert pins.by_name["part"].is_local


def test_groups_of_a_poetry_lock(tmp_path: Path) -> None:
    pins = lockfiles.read_poetry(
        POETRY, tmp_path / "poetry.lock", target("3.11.1", groups=("dev",))
    )

    assert pins.by_name["pytest"].version == "9.0"
    assert pins.by_name["sqlalchemy"].version == "1.4.54"
    assert pins.own == ("part",), "its folder is not there"


def test_a_poetry_lock_of_before_groups_that_is_not_clear_is_refused() -> None:
    entries = "".join(
        f'[[package]]\nname = "sqlalchemy"\nversion = "{version}"\npython-versions = ">=3.7"\n'
        for version in ("1.4.54", "2.0.58")
    )
    with pytest.raises(BadInput, match=r"has 1\.4\.54 and 2\.0\.58 of sqlalchemy"):
        lockfiles.read_poetry(entries, Path("poetry.lock"), target())


def written_by(tool: str) -> tuple[str, Path]:
    """Return a lock that the tool itself wrote (its first line says with which version)."""
    where = Path(__file__).with_name("locks") / f"{tool}.lock"
    return where.read_text(encoding="utf-8"), where


CLICK, SIX = "8.5.1", "1.17.0"


@pytest.mark.parametrize(
    ("of", "held"),
    [
        (target("3.12.4"), {"blinker": "1.9.0", "pluggy": "1.7.0"}),
        (target("3.11.4"), {"blinker": "1.8.2", "pluggy": "1.7.0"}),
        (target(extras=("Reports",)), {"blinker": "1.9.0", "pluggy": "1.7.0", "six": SIX}),
        (target(groups=("dev",)), {"blinker": "1.9.0", "pluggy": "1.7.0", "iniconfig": "2.3.1"}),
    ],
)
def test_what_poetry_writes_is_read_as_poetry_exports_it(of: Target, held: dict[str, str]) -> None:
    pins = lockfiles.read_poetry(*written_by("poetry"), of)

    assert shown(pins) == {"click": CLICK} | held
    assert len(pins.by_name["click"].hashes) == 2


@pytest.mark.parametrize(
    ("of", "held"),
    [
        (target("3.12.4"), {}),
        (target("3.11.4"), {"pluggy": "1.7.0"}),
        (target(extras=("reports",)), {"six": SIX}),
        (target(groups=("dev",)), {"iniconfig": "2.3.1"}),
    ],
)
def test_what_pdm_writes_is_read_as_pdm_exports_it(of: Target, held: dict[str, str]) -> None:
    pins = lockfiles.read_pdm(*written_by("pdm"), of)

    assert shown(pins) == {"click": CLICK} | held
    assert len(pins.by_name["click"].hashes) == 2


@pytest.mark.parametrize("tool", ["poetry", "pdm"])
@pytest.mark.parametrize(
    ("of", "message"),
    [
        (target("3.9.1"), r"is for Python >=3\.10.*, and this is 3\.9\.1"),
        (target(extras=("none",)), "--extra none: .* has no such; it has "),
        (target(groups=("none",)), "--group none: .* has no such; it has "),
    ],
)
def test_what_a_lock_is_not_for_is_refused(tool: str, of: Target, message: str) -> None:
    read = {"poetry": lockfiles.read_poetry, "pdm": lockfiles.read_pdm}[tool]
    with pytest.raises(BadInput, match=message):
        read(*written_by(tool), of)


def test_a_pdm_lock_without_groups_says_what_to_give_instead() -> None:
    text = '[[package]]\nname = "a"\nversion = "1"\n[metadata]\nstrategy = []\n'
    with pytest.raises(BadInput, match="give what `pdm export -f pylock` writes"):
        lockfiles.read_pdm(text, Path("pdm.lock"), target())


def test_where_a_package_of_a_pdm_lock_is_from(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    kinds = {
        "of-git": 'git = "https://x.example/a"\nref = "main"\nrevision = "abc"\n',
        "of-address": 'url = "https://x.example/b.whl"\n',
        "part": 'path = "./part"\n',
    }
    text = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["default"]\n{told}'
        for name, told in kinds.items()
    )
    assert shown(lockfiles.read_pdm(text, tmp_path / "pdm.lock", target())) == {
        "of-git": "git+https://x.example/a@abc",
        "of-address": "https://x.example/b.whl",
        "part": (tmp_path / "part").as_uri(),
    }


POETRY_1 = """
[[package]]
name = "flask"
version = "2.2.5"
optional = false
python-versions = ">=3.7"

[[package]]
name = "Arrow"
version = "1.3.0"
optional = true
python-versions = ">=3.8"
[package.dependencies]
six = ">=1.5"

[[package]]
name = "six"
version = "1.17.0"
optional = true
python-versions = "*"

[[package]]
name = "tomli"
version = "2.0"
optional = true
python-versions = "*"

[extras]
reports = ["arrow"]

[metadata]
lock-version = "2.0"
python-versions = "^3.10"
"""


def test_a_lock_of_poetry_1_has_no_groups_and_says_so() -> None:
    where = Path("poetry.lock")
    pins = lockfiles.read_poetry(POETRY_1, where, target())
    more = lockfiles.read_poetry(POETRY_1, where, target(extras=("reports",)))

    assert pins.by_name.keys() == {"flask"}
    assert more.by_name.keys() == {"flask", "arrow", "six"}
    assert "is of Poetry 1" in pins.notes[0]
    with pytest.raises(BadInput, match="does not tell its groups apart: leave --group out"):
        lockfiles.read_poetry(POETRY_1, where, target(groups=("dev",)))


@pytest.mark.parametrize(
    ("extras", "held"), [((), {"b"}), (("one",), {"a"}), (("one", "two"), {"a", "b"})]
)
def test_extras_that_exclude_each_other(extras: tuple[str, ...], held: set[str]) -> None:
    markers = {"a": "extra == 'one'", "b": "extra != 'one' or extra == 'two'"}
    text = "[extras]\none = []\ntwo = []\n" + "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["main"]\nmarkers = "{marker}"\n'
        for name, marker in markers.items()
    )
    pins = lockfiles.read_poetry(text, Path("poetry.lock"), target(extras=extras))
    assert pins.by_name.keys() == held


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "is not TOML"),
        ("package = 3\n", r"has no \[\[package\]\]"),
        ('[[package]]\nname = "a"\n', "a has no version"),
        (
            '[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\nmarkers = "so so"\n',
            "is no marker",
        ),
    ],
)
def test_what_is_no_poetry_lock_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        lockfiles.read_poetry(text, Path("poetry.lock"), target())


PIPENV = {
    "_meta": {"hash": {"sha256": "00"}, "requires": {"python_version": "3.12"}},
    "default": {
        "flask": {"hashes": ["sha256:00"], "index": "pypi", "version": "==3.1.3"},
        "tomli": {"version": "==2.0", "markers": "python_version < '3.11'"},
        "flask-admin": {"git": "https://x.example/flask-admin.git", "ref": "abc"},
        "wheel-only": {"file": "https://x.example/wheel_only-1-py3-none-any.whl"},
        "app": {"editable": True, "path": "."},
        "colorama": {"version": "*"},
    },
    "develop": {"pytest": {"version": "==9.0"}},
}


def test_a_pipfile_lock_is_read_for_one_python(tmp_path: Path) -> None:
    where = tmp_path / "Pipfile.lock"
    pins = lockfiles.read_pipenv(json.dumps(PIPENV), where, target())

    assert shown(pins) == {
        "flask": "3.1.3",
        "flask-admin": "git+https://x.example/flask-admin.git@abc",
        "wheel-only": "https://x.example/wheel_only-1-py3-none-any.whl",
    }
    assert pins.own == ("app",)
    dev = lockfiles.read_pipenv(json.dumps(PIPENV), where, target("3.10.1", groups=("dev",)))
    assert {"pytest", "tomli"} <= dev.by_name.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "has no `default` packages"),
        ('{"default": {"a": {"version": ""}}}', "a has no version"),
    ],
)
def test_what_is_no_pipfile_lock_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        lockfiles.read_pipenv(text, Path("Pipfile.lock"), target())


def test_what_is_installed_becomes_the_pins() -> None:
    git = {"url": "https://x.example/a", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
    told: list[dict[str, object]] = [
        {"name": "Flask", "version": "3.1.3", "direct": None},
        {"name": "flask_admin", "version": "2.2.0", "direct": git},
        {"name": "app", "version": "0", "direct": {"url": "file:///app", "dir_info": {}}},
        {"name": "own", "version": "1", "direct": {"url": "https://x.example/own.whl"}},
    ]
    pins = lockfiles.read_installed(told, Path("python"))

    assert shown(pins) == {
        "flask": "3.1.3",
        "flask-admin": "git+https://x.example/a@abc",
        "app": "file:///app",
        "own": "https://x.example/own.whl",
    }
    assert [name for name, pin in pins.by_name.items() if pin.is_local] == ["app"]


PROJECT = """
[project]
name = "My_App"
dependencies = ["flask-admin[sqlalchemy]==2.2.0", "tomli; python_version < '3.11'"]

[project.optional-dependencies]
Images = ["pillow>=11"]
all = ["my-app[images,all]", "flask-babel"]

[dependency-groups]
dev = ["pytest", { include-group = "lint" }]
lint = ["ruff"]
round = [{ include-group = "round" }]
bad = [3]

[tool.uv.sources]
flask-admin = { path = "../flask-admin" }
"""


def declared(text: str = PROJECT, **chosen: tuple[str, ...]) -> pyprojects.Declared:
    return pyprojects.read(text, Path("pyproject.toml"), target(**chosen))  # type: ignore[arg-type]  # by name


def test_dependencies_extras_and_groups_of_a_pyproject() -> None:
    first = ("flask-admin[sqlalchemy]==2.2.0", 'tomli; python_version < "3.11"')

    assert declared().lines == first
    assert declared(extras=("images",)).lines == (*first, "pillow>=11")
    assert declared(extras=("all",)).lines == (*first, "pillow>=11", "flask-babel")
    assert declared(groups=("dev",)).lines == (*first, "pytest", "ruff")


def test_what_only_uv_would_take_from_elsewhere_is_told() -> None:
    (note,) = declared().notes
    assert "flask-admin: [tool.uv.sources]" in note
    assert "uv.lock" in note


@pytest.mark.parametrize(
    ("text", "chosen", "message"),
    [
        ("x", {}, "is not TOML"),
        ('[project]\nname = "a"\ndynamic = ["dependencies"]\n', {}, "leaves its dependencies to"),
        ("[tool.poetry]\n", {}, r"has no \[project\]: give its lock"),
        ('[project]\ndependencies = "flask"\n', {}, "dependencies is no list of texts"),
        ('[project]\ndependencies = ["flask=="]\n', {}, "'flask==' is not a requirement"),
        (PROJECT, {"extras": ("none",)}, r"--extra none: .* it has all, images"),
        (PROJECT, {"groups": ("none",)}, r"--group none: .* it has bad, dev, lint, round"),
        (PROJECT, {"groups": ("round",)}, "round includes itself"),
        (PROJECT, {"groups": ("bad",)}, "bad"),
    ],
)
def test_a_pyproject_that_says_nothing_is_refused(
    text: str, chosen: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        declared(text, **chosen)
    assert "\n" not in str(caught.value)


def test_a_group_is_enough_where_there_is_no_project() -> None:
    text = '[dependency-groups]\napp = ["flask"]\n'
    assert declared(text, groups=("app",)).lines == ("flask",)
