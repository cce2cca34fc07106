"""The database that an application works on, seen through a second connection of the scenario's.

SQLite is a file of its own for each scenario. On a server each scenario has a database of its own.
The second connection goes past every pool, so that looking is not counted.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

_TEAMS = "INSERT INTO team (name) VALUES ('red'), ('blue')"
_PEOPLE = (
    "INSERT INTO person (name, born, role, group_id) VALUES"
    " ('ada', '1815-12-10', 'editor', 1), ('bob', '1980-01-31', 'reader', 2),"
    " ('cyd', NULL, NULL, NULL)"
)
ROWS = (_TEAMS, _PEOPLE)
"""What every scenario starts from; the ids are 1, 2, 3 in this order."""


class Database:
    """One database of one scenario; a subclass for each kind."""

    url: str
    has_server = True
    """Whether there is a server to ask for what it sees."""
    impatient: Mapping[str, Any] = {}
    """Engine options with which a write soon fails that another transaction keeps waiting."""
    warned: tuple[str, ...] = ()
    """What SQLAlchemy warns of whoever uses such a database, whatever an application does."""

    def fill(self, base: Any) -> None:
        """Make the tables of users and groups with their rows; without the library."""
        raise NotImplementedError

    def create(self, base: Any) -> None:
        """Make a fresh database with the tables of a declarative base, and no rows."""
        raise NotImplementedError

    def drop(self) -> None:
        """Give the database up."""
        raise NotImplementedError

    def another(self) -> Database:
        """Return one more of the same kind, not yet made."""
        raise NotImplementedError

    def refuse_inserts(self, table: str, message: str) -> None:
        """Have the database itself refuse each new row of a table, with this message."""
        raise NotImplementedError

    def idle_in_transaction(self) -> int:
        """Count the connections that the server shows with an open transaction and no work."""
        raise NotImplementedError

    def go_away(self, engine: Engine) -> None:
        """Become unreachable, as when a server restarts; what was connected is cut off.

        `engine` is the application's: the idle connections to a file can only be closed there.
        """
        raise NotImplementedError

    def come_back(self) -> None:
        """Be reachable again, with every committed row."""
        raise NotImplementedError

    def connect(self) -> Any:
        """Return a plain connection of the driver's, of which no pool knows."""
        return _connected(self.url)

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run and commit one statement, its values marked `?`; return its rows."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(self._marked(statement), values)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
        finally:
            connection.close()
        return rows

    def _marked(self, statement: str) -> str:
        return statement.replace("%", "%%").replace("?", "%s")

    def add_tables(self, base: Any) -> None:
        """Make the tables of a declarative base that are not there yet."""
        self._make(base)

    def store(self, model: Any, *rows: dict[str, Any]) -> None:
        """Store rows of a mapped class, past the library and its sessions."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(model.__table__.insert(), list(rows))
        engine.dispose()

    def rows(self, table: str, *, but: str = "id") -> list[dict[str, Any]]:
        """Return the rows of a table by the column `but`, without it, as the driver gives them."""
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {table} ORDER BY {but}")
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row)) for row in cursor.fetchall()]
        finally:
            connection.close()
        return [{name: one for name, one in row.items() if name != but} for row in found]

    def people(self) -> list[tuple[Any, ...]]:
        """Return every user as (name, born, role, group id), by name."""
        rows = self.run("SELECT name, born, role, group_id FROM person ORDER BY name")
        return [(name, str(born) if born else None, role, at) for name, born, role, at in rows]

    def _make(self, base: Any) -> None:
        engine = create_engine(self.url, poolclass=NullPool)
        base.metadata.create_all(engine)
        engine.dispose()


@functools.lru_cache(maxsize=8)
def _connector(url: str) -> Callable[[], Any]:
    engine = create_engine(url, poolclass=NullPool)
    arguments, options = engine.dialect.create_connect_args(engine.url)
    return functools.partial(engine.dialect.connect, *arguments, **options)


def _connected(url: str) -> Any:
    return _connector(url)()


class SQLite(Database):
    """A file; what it starts from is made once in a process and copied."""

    has_server = False
    impatient: Mapping[str, Any] = {"connect_args": {"timeout": 0.2}}
    # Of each Numeric column, up to SQLAlchemy 1.4: https://github.com/sqlalchemy/sqlalchemy/issues/7299
    warned = ("sqlite+pysqlite does *not* support Decimal objects natively",)
    _filled: bytes = b""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = f"sqlite:///{file}"

    def fill(self, base: Any) -> None:
        if not SQLite._filled:
            self.create(base)
            for statement in ROWS:
                self.run(statement)
            SQLite._filled = self.file.read_bytes()
        self.file.write_bytes(SQLite._filled)

    def create(self, base: Any) -> None:
        self.file.unlink(missing_ok=True)
        self._make(base)

    def another(self) -> Database:
        return SQLite(self.file.with_suffix(".other"))

    def drop(self) -> None:
        for path in (self.file, self._away):
            path.unlink(missing_ok=True) if not path.is_dir() else path.rmdir()

    def refuse_inserts(self, table: str, message: str) -> None:
        self.run(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{message}'); END"
        )

    @property
    def _away(self) -> Path:
        return self.file.with_suffix(".away")

    def go_away(self, engine: Engine) -> None:
        engine.dispose()
        # A folder in its place: no connection can be made, and none makes an empty file of it.
        self.file.rename(self._away)
        self.file.mkdir()

    def come_back(self) -> None:
        self.file.rmdir()
        self._away.rename(self.file)

    def _marked(self, statement: str) -> str:
        return statement


class _OnServer(Database):
    """A database of its own on a server that is there."""

    _numbers = itertools.count(1)
    _filled: str = ""

    def __init__(self, server: URL) -> None:
        self._server = server
        self.name = f"matrix_{os.getpid()}_{next(self._numbers)}"
        self.url = self._url_of(self.name)

    def another(self) -> Database:
        return type(self)(self._server)

    def _url_of(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _tell(self, *statements: str) -> None:
        """Run statements on the server, outside any transaction and any of our databases."""
        connection = _connected(self._server.render_as_string(hide_password=False))
        try:
            if callable(connection.autocommit):
                connection.autocommit(True)  # noqa: FBT003 - PyMySQL's signature
            else:
                connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)
        finally:
            connection.close()

    def create(self, base: Any) -> None:
        self._tell(f"CREATE DATABASE {self.name}")
        self._make(base)


class PostgreSQL(_OnServer):
    """A database made from a template that holds the rows."""

    def fill(self, base: Any) -> None:
        if not PostgreSQL._filled:
            template = PostgreSQL(self._server)
            template.create(base)
            atexit.register(template.drop)
            for statement in ROWS:
                template.run(statement)
            PostgreSQL._filled = template.name
        self._tell(f"CREATE DATABASE {self.name} TEMPLATE {PostgreSQL._filled}")

    def drop(self) -> None:
        self._tell(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def refuse_inserts(self, table: str, message: str) -> None:
        self.run(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"'BEGIN RAISE EXCEPTION ''{message}''; END'"
        )
        self.run(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    def idle_in_transaction(self) -> int:
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = ?"
            " AND state IN ('idle in transaction', 'idle in transaction (aborted)')"
        )
        return int(self.run(asked, self.name)[0][0])

    def go_away(self, engine: Engine) -> None:
        self._tell(
            f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'",
        )

    def come_back(self) -> None:
        self._tell(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")


class MariaDB(_OnServer):
    """A database that is filled anew: MariaDB has no templates. MySQL does as well."""

    def fill(self, base: Any) -> None:
        self.create(base)
        for statement in ROWS:
            self.run(statement)

    def drop(self) -> None:
        self._cut_off()
        self._tell(f"DROP DATABASE IF EXISTS {self.name}")

    def refuse_inserts(self, table: str, message: str) -> None:
        self.run(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW "
            f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{message}'"
        )

    def idle_in_transaction(self) -> int:
        asked = (
            "SELECT count(*) FROM information_schema.innodb_trx t"
            " JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"
            " WHERE p.db = ? AND p.command = 'Sleep'"
        )
        return int(self.run(asked, self.name)[0][0])

    def _cut_off(self) -> None:
        asked = "SELECT id FROM information_schema.processlist WHERE db = ?"
        there = MariaDB(self._server)
        there.name, there.url = "mysql", there._url_of("mysql")
        for (number,) in there.run(asked, self.name):
            self._tell(f"KILL {number}")

    def go_away(self, engine: Engine) -> None:
        # A name that nobody knows is as good as a server that is down, and spares the others.
        self._cut_off()
        self._moved(self.name, f"{self.name}_away")

    def come_back(self) -> None:
        self._moved(f"{self.name}_away", self.name)

    def _moved(self, old: str, new: str) -> None:
        self._tell(f"CREATE DATABASE {new}")
        for table in ("team", "person"):
            self._tell(f"RENAME TABLE {old}.{table} TO {new}.{table}")
        self._tell(f"DROP DATABASE {old}")


KINDS = {"postgresql": PostgreSQL, "mysql": MariaDB, "mariadb": MariaDB}


def supply(url: str | None, folder: Path) -> Iterator[Database]:
    """Give databases one after the other: on the server at `url`, or files in `folder`."""
    if url is None:
        return (SQLite(folder / f"{number}.sqlite") for number in itertools.count(1))
    server = make_url(url)
    kind = KINDS[server.get_backend_name()]
    return (kind(server) for _ in itertools.count())
