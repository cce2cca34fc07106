"""The kinds of databases that scenarios are run on, and what a cell needs to talk to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT = "sqlite"
"""The database that needs nothing; the cells' ids do not name it."""

DRIVERS: Mapping[str, tuple[str, ...]] = {
    DEFAULT: (),
    "postgresql": (
        # One driver for SQLAlchemy 1.4 to 2.1, that needs nothing else; 2.9.12 is the last for 3.9.
        "psycopg2-binary==2.9.12; python_version < '3.10'",
        "psycopg2-binary==2.9.13; python_version >= '3.10'",
    ),
    "mariadb": ("pymysql==1.2.4",),
}
"""What the harness adds to a cell so that SQLAlchemy can talk to each kind of database."""

KINDS = tuple(DRIVERS)


URL = "MATRIX_DATABASE_URL"
"""The variable that hands the server to the processes of a cell; in no argument list: passwords."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A database server for SQLAlchemy, or the reason why there is none."""

    kind: str
    url: str = ""
    reason: str = ""
