"""`harness.drivers`, `harness.driving`: which driver a cell talks to its database through."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness import drivers, process
from harness.checks import facts
from harness.drivers import Choice, Server
from harness.errors import BadInput
from harness.measure import driving, environment, install
from harness.measure.resolve import QUIET, UV
from harness.measure.setting import Setting
from tests import builders

OLD, NEW = "psycopg2", "psycopg"
ALL = ("psycopg2", "psycopg", "pg8000", "mysqldb", "pymysql", "mariadbconnector")


def choice(
    *held: str, kind: str = "postgresql", url: str = "postgresql://x", default: str = OLD
) -> Choice:
    there = dict.fromkeys(held, "1.0")
    return drivers.choose(kind, url, default, there, ALL)


@pytest.mark.parametrize(
    ("held", "default", "driver", "package"),
    [
        (("psycopg2-binary",), NEW, "psycopg2", "psycopg2-binary"),
        (("psycopg2",), OLD, "psycopg2", "psycopg2"),
        (("psycopg", "psycopg-binary"), OLD, "psycopg", "psycopg"),
        (("pg8000",), NEW, "pg8000", "pg8000"),
        (("psycopg2", "psycopg"), NEW, "psycopg", "psycopg"),
        (("psycopg2", "psycopg"), OLD, "psycopg2", "psycopg2"),
    ],
)
def test_the_driver_that_is_installed_is_used(
    held: tuple[str, ...], default: str, driver: str, package: str
) -> None:
    found = choice(*held, default=default)
    assert (found.driver.name, found.package, found.is_pinned) == (driver, package, True)
    assert found.adds == (
        ("psycopg-binary==1.0",) if held == ("psycopg2", "psycopg") and driver == "psycopg" else ()
    )


@pytest.mark.parametrize(("default", "driver"), [(OLD, "psycopg2"), (NEW, "psycopg")])
def test_without_any_the_default_of_sqlalchemy_is_added(default: str, driver: str) -> None:
    found = choice(default=default)
    assert (found.driver.name, found.is_pinned) == (driver, False)
    assert found.adds == found.driver.adds != ()


def test_a_default_that_needs_a_compiler_gives_way_to_one_that_does_not() -> None:
    def mariadb(*held: str) -> str:
        return choice(*held, kind="mariadb", url="mysql://x", default="mysqldb").driver.name

    assert mariadb() == "pymysql"
    assert mariadb("mysqlclient") == "mysqldb"
    assert mariadb("mariadb") == "mariadbconnector"


def test_a_driver_that_is_named_is_used_or_is_a_reason() -> None:
    assert choice("psycopg2", kind="postgresql+psycopg").driver.name == "psycopg"
    assert choice("psycopg", url="postgresql+psycopg2://x").driver.name == "psycopg2"
    with pytest.raises(BadInput, match="through pg8000: it is not installed"):
        choice("psycopg", url="postgresql+pg8000://x")
    with pytest.raises(BadInput, match=r"through psycopg: SQLAlchemy 1\.4 does not know it"):
        drivers.choose("postgresql+psycopg", "postgresql://x", OLD, {"sqlalchemy": "1.4"}, [OLD])


def test_psycopg_without_libpq_gets_the_part_of_its_release() -> None:
    assert choice("psycopg").adds == ("psycopg-binary==1.0",)
    assert choice("psycopg", "psycopg-c").adds == ()


@pytest.mark.parametrize(
    ("url", "driver", "told"),
    [
        ("postgres://me@there/db", "", "postgresql://me@there/db"),
        ("postgresql+psycopg2://there/db", "psycopg", "postgresql+psycopg://there/db"),
        ("mariadb://there/db?x=1", "pymysql", "mysql+pymysql://there/db?x=1"),
        (
            "postgresql://p@/db?host=/run/pg",
            "pg8000",
            "postgresql+pg8000://p@/db?unix_sock=/run/pg/.s.PGSQL.5432",
        ),
        ("postgresql://there/db", "pg8000", "postgresql+pg8000://there/db"),
    ],
)
def test_an_address_with_a_driver(url: str, driver: str, told: str) -> None:
    assert drivers.address(url, driver) == told


def test_a_driver_that_was_not_used_is_told() -> None:
    told = [*drivers.told_unused({"flask", "psycopg", "psycopg-binary", "asyncpg"})]
    assert told == [
        (
            "run on SQLite, so psycopg and psycopg-binary were not used: --database postgresql runs"
            " on a server through it"
        ),
        "run on SQLite, so asyncpg was not used",
    ]
    assert not [*drivers.told_unused({"flask"})]


# What the installed SQLAlchemy says ---------------------------------------------------------------

SERVER = Server(kind="postgresql", url="postgresql://there/db")


def way(folder: Path, *pins: str) -> driving.Way:
    """Return the way to a server from an environment of these packages."""
    env = install.child_environment(os.environ)
    venv = environment.make(folder / "venv", Path(sys.executable))
    python = install.python_of(venv)
    done = process.run(
        [*UV, "pip", "install", *QUIET, "--python", python, *pins],
        cwd=folder,
        env=env,
        deadline_seconds=120.0,
    )
    assert done.returncode == 0, done.output
    there = {
        str(one["name"]).lower(): str(one["version"]) for one in facts.of(python, env).packages
    }
    setting = Setting(
        cell=builders.cell(), venv=venv, folder=folder, scenarios=folder / "scenarios", env=env
    )
    return driving.way(setting, SERVER, there)


@pytest.mark.network
def test_an_address_without_a_driver_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    found = way(tmp_path, "sqlalchemy==2.1.0", "psycopg2-binary")
    assert found.url == "postgresql+psycopg2://there/db"
    assert found.note == (
        "postgresql:// without a driver's name means psycopg to SQLAlchemy 2.1.0 and fails"
        " (ModuleNotFoundError: No module named 'psycopg'): write postgresql+psycopg2://,"
        " as was done here"
    )


@pytest.mark.network
@pytest.mark.parametrize(
    ("pins", "driver", "told"),
    [
        (
            ("sqlalchemy==2.1.0",),
            "psycopg",
            "no driver: psycopg was added, which SQLAlchemy 2.1.0 takes for postgresql://",
        ),
        (
            ("sqlalchemy==2.0.36",),
            "psycopg2",
            "no driver: psycopg2-binary was added, which SQLAlchemy 2.0.36 takes",
        ),
        (
            ("sqlalchemy==1.4.54", "psycopg[binary]"),
            "psycopg2",
            "the pins hold psycopg and psycopg-binary, of no use to SQLAlchemy 1.4.54",
        ),
        (("sqlalchemy==2.0.36", "psycopg2-binary"), "psycopg2", ""),
        (("sqlalchemy==2.1.0", "psycopg[binary]", "psycopg2-binary"), "psycopg", ""),
    ],
)
def test_what_the_installed_sqlalchemy_takes(
    tmp_path: Path, pins: tuple[str, ...], driver: str, told: str
) -> None:
    found = way(tmp_path, *pins)
    assert found.url == f"postgresql+{driver}://there/db"
    assert told in found.note
    assert bool(found.note) is bool(told)
