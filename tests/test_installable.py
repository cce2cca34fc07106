"""`harness.installable`: a folder, an archive, a commit, a pre-release as a level of any axis."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from harness import levels, options, plan
from harness.changes import installable, origin
from harness.changes.against import CHANGE
from harness.config import AXES, Level, Spec
from harness.errors import BadInput, RegistryUnreachable
from harness.model import CellId
from harness.patterns import USUAL
from harness.project import Project
from tests import packages
from tests.conftest import ROOT

BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "flask_admin-2.3.0.dev1-{tag}.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        info = "flask_admin-2.3.0.dev1.dist-info"
        said = "Metadata-Version: 2.1\\nName: flask-admin\\nVersion: 2.3.0.dev1\\n"
        wheel.writestr(f"{{info}}/METADATA", said)
        said = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {tag}\\n"
        wheel.writestr(f"{{info}}/WHEEL", said)
        wheel.writestr(f"{{info}}/RECORD", "")
    return name
"""
PURE = "py3-none-any"
SYSTEM = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def published(name: str, wanted: str) -> str:
    """Give what an index says that knows a few releases."""
    for version in ("2.1.0rc1", "2.0.58", "0.3.0rc1", "0.2.1"):
        if Version(version) == Version(wanted):
            return version
    raise BadInput(f"{name} has no release {wanted}")


Adopt = Callable[..., tuple[options.RunOptions, tuple[Level, ...]]]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def adopt(spec: Spec, tmp_path: Path, said: list[str]) -> Adopt:
    shop = installable.Workshop(
        spec=spec,
        folder=tmp_path,
        published=published,
        builder=origin.Builder(
            python=Path(sys.executable), work=tmp_path / "work", say=said.append
        ),
    )
    return lambda *arguments: shop.adopt(options.parse_run(arguments, AXES, 1))


def checkout(folder: Path, *, name: str = "Flask-Admin", tag: str = PURE) -> Path:
    """Make a project that builds without any package."""
    folder.mkdir(parents=True)
    head = f'[project]\nname = "{name}"\nversion = "2.3.0.dev1"\n'
    (folder / "pyproject.toml").write_text(head + SYSTEM, encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND.format(tag=tag), encoding="utf-8")
    return folder


def test_levels_of_the_matrix_and_what_means_nothing_stay_as_they_are(adopt: Adopt) -> None:
    for names in (["--flask", "3.1", "--library", "flask-sqlalchemy"], ["--flask", "9.9"], []):
        asked, local = adopt(*names)
        assert asked == options.parse_run(names, AXES, 1)
        assert not local


def test_a_folder_is_built_once_and_named_by_what_is_in_it(adopt: Adopt, tmp_path: Path) -> None:
    folder = checkout(tmp_path / "flask-admin")
    asked, (level,) = adopt("--flask-admin", "./flask-admin")
    assert asked.selection == {"flask-admin": (level.id,)}
    assert asked.strength == CHANGE
    assert level.id.startswith("flask-admin-")
    assert level.label == f"admin@{level.id}"
    (requirement,) = map(Requirement, level.requirements)
    assert requirement.name == "Flask-Admin"
    assert str(requirement.url).endswith("/flask_admin-2.3.0.dev1-py3-none-any.whl")
    assert level.stands_for is not None
    assert level.stands_for.version == Version("2.3.0.dev1")

    assert adopt("--flask-admin", f"../{tmp_path.name}/flask-admin")[1] == (level,)

    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert adopt("--flask-admin", str(folder))[1] == (level,)
    (folder / "new.py").write_text("", encoding="utf-8")
    assert adopt("--flask-admin", str(folder))[1][0].id != level.id


def test_the_same_content_elsewhere_has_the_same_name(adopt: Adopt, tmp_path: Path) -> None:
    names = [checkout(tmp_path / place / "admin") for place in ("one", "two")]
    found = [adopt("--flask-admin", str(name))[1][0].id for name in names]
    assert found[0] == found[1]


def test_what_needs_a_build_for_each_python_is_left_to_the_cells(
    adopt: Adopt, tmp_path: Path
) -> None:
    folder = checkout(tmp_path / "x", tag="cp311-cp311-linux_x86_64")
    (level,) = adopt("--flask-admin", "./x")[1]
    assert level.requirements == (f"Flask-Admin @ {folder.as_uri()}",)


def test_a_folder_that_does_not_build_is_left_to_the_cells_and_told(
    adopt: Adopt, tmp_path: Path, said: list[str]
) -> None:
    folder = checkout(tmp_path / "x")
    (folder / "backend.py").write_text("raise SystemError('no compiler')", encoding="utf-8")
    (level,) = adopt("--flask-admin", "./x")[1]
    assert level.requirements == (f"Flask-Admin @ {folder.as_uri()}",)
    assert len(said) == 1
    assert said[0].startswith("x cannot be built here, each cell will try: ")


def test_a_wheel_is_named_by_its_file(adopt: Adopt, tmp_path: Path) -> None:
    adopt("--flask-admin", str(checkout(tmp_path / "x")))
    (wheel,) = (tmp_path / "work").rglob("*.whl")
    (level,) = adopt("--flask-admin", str(wheel))[1]
    assert level.id.startswith("flask_admin-2.3.0.dev1-")
    assert level.requirements == (f"flask-admin @ {wheel.as_uri()}",)


def test_a_folder_of_another_package_is_refused(adopt: Adopt, tmp_path: Path) -> None:
    checkout(tmp_path / "x", name="flask")
    with pytest.raises(BadInput, match=r"--flask-admin \./x: that is flask"):
        adopt("--flask-admin", "./x")
    with pytest.raises(BadInput, match="no level is about it; they are about advanced-alchemy"):
        adopt("--library", "./x")
    with pytest.raises(BadInput, match="there is nothing at"):
        adopt("--flask-admin", "./y")
    with pytest.raises(BadInput, match=r"cannot read .*/y: No such file"):
        adopt("--flask-admin", f"flask-admin @ {(tmp_path / 'y').as_uri()}")


def test_a_library_from_a_folder_is_like_its_newest_level(
    adopt: Adopt, spec: Spec, tmp_path: Path
) -> None:
    checkout(tmp_path / "lite", name="flask-sqlalchemy-lite")
    (level,) = adopt("--library", "./lite")[1]
    model = spec.level("library", "lite0.2.1")
    assert level.label.startswith("lite@lite-")
    assert level.adapter == model.adapter
    assert level.display == f"flask-sqlalchemy-lite @ {level.label.removeprefix('lite@')}"
    rule = next(
        one for one in spec.constraints if "lite>=0.2" in str(one.when) and "flask" in one.when
    )
    assert rule.meets(level)


def test_what_stands_beside_a_library_stays(adopt: Adopt, tmp_path: Path) -> None:
    checkout(tmp_path / "c", name="flask-sqlalchemy-compat")
    (level,) = adopt("--library", "./c")[1]
    assert level.label.startswith("compat@c-")
    assert level.label.endswith("+lite0.2.1")
    assert level.requirements[1:] == ("flask-sqlalchemy-lite==0.2.1",)


def test_a_pre_release_and_a_release_that_are_no_levels(adopt: Adopt, spec: Spec) -> None:
    (rc,) = adopt("--sqlalchemy", "2.1rc1")[1]
    assert (rc.id, rc.label, rc.requirements) == (
        "2.1.0rc1",
        "sa2.1.0rc1",
        ("sqlalchemy==2.1.0rc1",),
    )
    rule = next(one for one in spec.constraints if one.when.get("sqlalchemy") == (">=2.1",))
    assert rule.meets(rc)
    (lite,) = adopt("--library", "flask-sqlalchemy-lite==0.3.0rc1")[1]
    assert (lite.id, lite.requirements) == ("lite0.3.0rc1", ("flask-sqlalchemy-lite==0.3.0rc1",))
    assert not adopt("--library", "flask-sqlalchemy-lite==0.2.1")[1], "that is a level"
    with pytest.raises(BadInput, match=r"sqlalchemy has no release 2\.2\.0rc1"):
        adopt("--sqlalchemy", "2.2.0rc1")


def git(folder: Path, *words: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_branch_is_the_commit_that_it_names(adopt: Adopt, tmp_path: Path) -> None:
    folder = checkout(tmp_path / "repo")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "branch", "fix/it")
    commit = git(folder, "rev-parse", "HEAD")
    address = f"git+{folder.as_uri()}"
    for written, name in [("", "repo"), ("@fix/it", "fix-it"), (f"@{commit}", "commit")]:
        (level,) = adopt("--flask-admin", f"{address}{written}")[1]
        assert level.id == f"{name}-{commit[:8]}"
        assert level.requirements == (f"flask-admin @ {address}@{commit}",)
    (named,) = adopt("--flask-admin", f"Flask-Admin[x] @ {address}@main")[1]
    assert named.requirements == (f"Flask-Admin[x] @ {address}@{commit}",)
    with pytest.raises(BadInput, match="has no branch or tag nowhere"):
        adopt("--flask-admin", f"{address}@nowhere")
    with pytest.raises(RegistryUnreachable, match="cannot be read"):
        adopt("--flask-admin", f"git+{(tmp_path / 'none').as_uri()}@main")


def test_a_repository_of_a_library_says_itself_which_it_is(adopt: Adopt, tmp_path: Path) -> None:
    packages.repository(tmp_path / "fork", "flask_sqlalchemy_lite")
    (level,) = adopt("--library", f"git+{(tmp_path / 'fork').as_uri()}@main")[1]
    assert level.requirements[0].startswith("flask-sqlalchemy-lite @ git+file:")
    assert "@main-" in level.id


def test_an_archive_at_an_address_is_taken_as_it_is(adopt: Adopt) -> None:
    line = "flask-admin @ https://example.org/flask_admin-2.3.0.tar.gz"
    (level,) = adopt("--flask-admin", line)[1]
    assert level.id.startswith("flask_admin-2.3.0-")
    assert level.requirements == (line,)


def test_a_plan_that_is_asked_for_is_kept(adopt: Adopt) -> None:
    asked, _ = adopt("--sqlalchemy", "2.1.0rc1", "--strength", "2")
    assert asked.strength == "2"


def test_cells_of_such_levels_are_known_by_their_ids_from_then_on(
    adopt: Adopt, spec: Spec, tmp_path: Path
) -> None:
    checkout(tmp_path / "flask-admin")
    checkout(tmp_path / "lite", name="flask-sqlalchemy-lite")
    asked = ("--flask-admin", "./flask-admin", "--library", "./lite", "--sqlalchemy", "2.1.0rc1")
    local = adopt(*asked)[1]
    levels.keep(tmp_path, local[:1])
    levels.keep(tmp_path, local)
    assert set(levels.read(tmp_path)) == set(local)
    here = Project(root=tmp_path, spec=spec, pythons={}, local=levels.read(tmp_path))
    ids = {level.axis: level.id for level in local}
    combination = ("3.12", "3.1", ids["flask-admin"], ids["sqlalchemy"], ids["library"])
    made = plan.cell(here.every, combination)
    assert here.cell(made.id) == made
    assert "admin@flask-admin-" in made.id
    assert here.patterns(made) == USUAL
    with pytest.raises(BadInput):
        plan.cell_from_id(spec, made.id)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"axis": "flask"}]', "\xff"])
def test_levels_that_cannot_be_read_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / levels.FILE).parent.mkdir()
    (tmp_path / levels.FILE).write_bytes(text.encode("latin-1"))
    assert levels.read(tmp_path) == ()


def test_a_cell_of_an_unknown_level_is_refused(spec: Spec) -> None:
    with pytest.raises(BadInput, match="there is no cell"):
        plan.cell_from_id(spec, CellId("py3.12-flask3.1-admin@x-12345678-sa2.0-plain"))


def test_nox_knows_such_a_cell_by_its_id(adopt: Adopt, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    for name in ("harness", "scenarios"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    shutil.copy(ROOT / "noxfile.py", root)
    checkout(tmp_path / "flask-admin")
    (level,) = adopt("--flask-admin", "./flask-admin")[1]
    levels.keep(root / "reports", [level])
    python = ".".join(map(str, sys.version_info[:2]))
    asked = f"matrix(py{python}-flask3.1-{level.label}-sa2.0-plain)"
    argv = [sys.executable, "-m", "nox", "-f", str(root / "noxfile.py"), "-l", "-s", asked]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert f"* {asked}" in done.stdout, done.stderr
