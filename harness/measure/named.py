"""Which packages of a cell are imported for no other reason than that its pins name them; pure."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.model import Cell

_PROBED = frozenset({"flask", "flask-admin", "sqlalchemy"})
"""What has a control of its own, as the library has."""
_NEEDS_MORE = frozenset(
    {
        *("uwsgi", "pyuwsgi", "mod-wsgi"),  # a server, from within which alone they are imported
        *("psycopg", "psycopg2", "mysqlclient", "mariadb", "pyodbc", "oracledb", "cx-oracle"),
        # ... and the libraries of a database, which another machine may have.
    }
)
"""What cannot be imported for reasons that say nothing of the packages."""


def named(cell: Cell) -> Iterator[str]:
    """Yield the names of the packages to import, each once."""
    library = canonicalize_name(cell.library.partition("=")[0].partition(" ")[0])
    left_out = {library, *_PROBED, *_NEEDS_MORE}
    for line in cell.requirements:
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement:
            continue  # a folder without a name
        if name not in left_out:
            left_out.add(name)
            yield name
