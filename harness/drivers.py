"""The databases that scenarios are run on, their drivers, and which of these a cell uses; pure.

The driver is part of the installation: the one that is installed is the one that is used. Where
there is none, the harness adds the one that SQLAlchemy takes for an address that names none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from harness.errors import BadInput

DEFAULT = "sqlite"
"""The database that needs nothing; the cells' ids do not name it."""

URL = "MATRIX_DATABASE_URL"
"""The variable that hands the server to the processes of a cell; in no argument list: passwords."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Driver:
    """One way from SQLAlchemy to a server."""

    name: str
    """As SQLAlchemy calls it, after the plus of an address."""
    packages: tuple[str, ...]
    """Any of these brings it."""
    adds: tuple[str, ...] = ()
    """What the harness installs for it; nothing where it cannot be had without a compiler."""


_PSYCOPG = "3.2.13"
"""The last for Python 3.9."""

DRIVERS: Mapping[str, tuple[Driver, ...]] = {
    DEFAULT: (),
    "postgresql": (
        Driver(
            name="psycopg2",
            packages=("psycopg2-binary", "psycopg2"),
            adds=(
                "psycopg2-binary==2.9.12; python_version < '3.10'",
                "psycopg2-binary==2.9.13; python_version >= '3.10'",
            ),
        ),
        Driver(
            name="psycopg",
            packages=("psycopg",),
            adds=(
                f"psycopg=={_PSYCOPG}",
                f"psycopg-binary=={_PSYCOPG}",
                "typing-extensions==4.15.0",
            ),
        ),
        Driver(name="pg8000", packages=("pg8000",)),
    ),
    "mariadb": (
        Driver(name="mysqldb", packages=("mysqlclient",)),
        Driver(name="pymysql", packages=("pymysql",), adds=("pymysql==1.2.4",)),
        Driver(name="mariadbconnector", packages=("mariadb",)),
        Driver(name="mysqlconnector", packages=("mysql-connector-python",)),
    ),
}
"""The drivers of each kind of database, of which SQLAlchemy names one the default."""

KINDS = (
    *DRIVERS,
    *(f"{kind}+{one.name}" for kind, known in DRIVERS.items() for one in known if one.adds),
)
"""What a cell can be run on: a database, or one through a driver that the harness can install."""

_DIALECTS = {"postgresql": "postgresql", "mariadb": "mysql"}
_SCHEMES = {"postgres": "postgresql", "postgresql": "postgresql", "mysql": "mariadb"}
_PARTS = ("psycopg-binary", "psycopg-c")
"""Either has to stand beside psycopg, unless the machine has libpq."""

PACKAGES = frozenset(
    {
        *(name for known in DRIVERS.values() for one in known for name in one.packages),
        *_PARTS,
        *("aiomysql", "aioodbc", "asyncmy", "asyncpg", "cx-oracle", "oracledb", "psycopg2cffi"),
        *("pymssql", "pyodbc"),
    }
)
"""The packages that SQLAlchemy talks to databases with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A database server for SQLAlchemy, or the reason why there is none."""

    kind: str
    url: str = ""
    """Its address; with the name of a driver where that one has to be used."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The driver that a cell uses, and what has to be installed for it."""

    driver: Driver
    package: str
    """What brings it."""
    is_pinned: bool
    """Whether it was there, and not added."""
    adds: tuple[str, ...] = ()


def packages_of(kind: str) -> frozenset[str]:
    """Return the packages that drivers of a database come in."""
    known = {name for one in DRIVERS[base_of(kind)] for name in one.packages}
    return frozenset(known | set(_PARTS)) if "psycopg" in known else frozenset(known)


def base_of(kind: str) -> str:
    """Return the database of a level, without the driver that it may name."""
    return kind.partition("+")[0]


def kind_of(url: str) -> str:
    """Return which database an address is of."""
    scheme = url.partition(":")[0].partition("+")[0]
    return _SCHEMES.get(scheme, scheme)


def address(url: str, driver: str = "") -> str:
    """Return an address as SQLAlchemy reads it, with this driver; else with that of its own."""
    scheme, _, rest = url.partition(":")
    name = driver or scheme.partition("+")[2]
    if name == "pg8000":
        rest = _socket(rest)
    return f"{_DIALECTS[kind_of(url)]}{f'+{name}' if name else ''}:{rest}"


def _socket(rest: str) -> str:
    """Return the rest of an address with the socket's file, where others name its folder."""
    place, _, asked = rest.partition("?")
    told = dict(parse_qsl(asked))
    if told.get("host", "").startswith("/"):
        told["unix_sock"] = f"{told.pop('host')}/.s.PGSQL.{told.pop('port', '5432')}"
    return f"{place}?{urlencode(told, safe='/')}" if told else place


def choose(
    kind: str, url: str, default: str, packages: Mapping[str, str], usable: Collection[str]
) -> Choice:
    """Return the driver to use: the one that is named, that is installed, or that is the default.

    `default` is what SQLAlchemy takes for an address without a driver's name, `usable` what it
    knows at all, `packages` what is installed, by name. Raises BadInput where a driver is named
    that there is no way to.
    """
    base = base_of(kind)
    known = {one.name: one for one in DRIVERS[base] if one.name in usable}
    named = kind.partition("+")[2] or url.partition(":")[0].partition("+")[2]
    if named and named not in known:
        raise BadInput(
            f"{base} through {named}: SQLAlchemy {packages.get('sqlalchemy', '')} does not know it"
            f" here; it knows {', '.join(known) or 'none'}"
        )
    order = sorted(known.values(), key=lambda one: (one.name != named, one.name != default))
    asked = order[:1] if named else order
    for one in asked:
        held = [name for name in one.packages if name in packages]
        if held:
            return Choice(driver=one, package=held[0], is_pinned=True, adds=_beside(one, packages))
    for one in asked:
        if one.adds:
            package = one.packages[0]
            return Choice(driver=one, package=package, is_pinned=False, adds=one.adds)
    raise BadInput(f"{base} through {named}: it is not installed, and has to be compiled")


def _beside(one: Driver, packages: Mapping[str, str]) -> tuple[str, ...]:
    """Return the part of psycopg without which it needs libpq, of the same release."""
    lacking = one.name == "psycopg" and not packages.keys() & set(_PARTS)
    return (f"{_PARTS[0]}=={packages['psycopg']}",) if lacking else ()


def told_unused(names: Collection[str]) -> Iterator[str]:
    """Yield what became of drivers that are pinned where the run was on SQLite."""
    for kind in DRIVERS:
        if mine := sorted(packages_of(kind) & set(names)):
            yield (
                f"run on SQLite, so {' and '.join(mine)} {_was(mine)} not used: --database {kind}"
                " runs on a server through it"
            )
    others = sorted(set(names) & PACKAGES - {x for kind in DRIVERS for x in packages_of(kind)})
    if others:
        yield f"run on SQLite, so {' and '.join(others)} {_was(others)} not used"


def _was(names: Collection[str]) -> str:
    return "was" if len(names) == 1 else "were"
