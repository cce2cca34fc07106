"""Model flavours: classes mapped in each declarative form are listed, filtered, edited and stored.

Nothing here is about how the session reaches the view: it is measured once in a cell. A form that
the SQLAlchemy or the library at hand does not have is not applicable, found out by asking for it.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable, Optional

from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.exc import ArgumentError, InvalidRequestError
from sqlalchemy.orm import declarative_base, relationship

from . import models
from .pages import choices, form, list_rows, messages
from .patterns import NotApplicable

if TYPE_CHECKING:
    from .adapters.base import Library
    from .world import World

GUARDS = "applications"


def round_trip(world: World, evidence: Callable[..., None], own: SimpleNamespace) -> None:
    """List, create and edit a pet with its owner, and compare with the database."""
    world.database.store(own.Owner, {"name": "ada"}, {"name": "bob"})
    world.database.store(own.Pet, {"name": "rex", "age": 3, "owner_id": 1})
    listed = list_rows(world.get("/admin/pet/"))
    page = world.get("/admin/pet/new/")
    bob = choices(page, "owner").get("bob", "no such choice")
    created = world.client().post(
        "/admin/pet/new/", data={**form(page), "name": "tom", "age": "5", "owner": bob}
    )
    values = form(world.get("/admin/pet/edit/?id=1"))
    edited = world.client().post("/admin/pet/edit/?id=1", data={**values, "age": "4"})

    stored = world.database.run("SELECT name, age, owner_id FROM pet ORDER BY id")
    told = messages(created.get_data(as_text=True)) + messages(edited.get_data(as_text=True))
    statuses = [created.status_code, edited.status_code]
    evidence(listed=listed, fields=sorted(form(page)), statuses=statuses, stored=stored, told=told)
    assert listed == [{"name": "rex", "age": "3", "owner": "ada"}], f"the list shows {listed}"
    world.expect(created, 302)
    world.expect(edited, 302)
    assert stored == [("rex", 4, 1), ("tom", 5, 2)], f"the rows stored are {stored}"


def classic(base: Any) -> SimpleNamespace:
    """Map with `Column` and `relationship`."""

    class Owner(base):
        __tablename__ = "owner"
        id = Column(Integer, primary_key=True)
        name = Column(String(40))

        def __str__(self) -> str:
            return str(self.name)

    class Pet(base):
        __tablename__ = "pet"
        id = Column(Integer, primary_key=True)
        name = Column(String(40))
        age = Column(Integer)
        owner_id = Column(ForeignKey("owner.id"))
        owner = relationship(Owner)

    return SimpleNamespace(Owner=Owner, Pet=Pet)


def annotated(base: Any, **required: Any) -> SimpleNamespace:
    """Map with `Mapped` and `mapped_column`; `required` are options of the key of a dataclass."""
    from sqlalchemy.orm import Mapped, mapped_column  # noqa: PLC0415 - not in every release

    class Owner(base):
        __tablename__ = "owner"
        # Given as they are: a text would be looked up in the module, which lacks these names.
        __annotations__ = {"id": Mapped[int], "name": Mapped[str]}
        id = mapped_column(primary_key=True, **required)
        name = mapped_column(String(40))

        def __str__(self) -> str:
            return str(self.name)

    class Pet(base):
        __tablename__ = "pet"
        __annotations__ = {
            "id": Mapped[int],
            "name": Mapped[str],
            "age": Mapped[Optional[int]],
            "owner_id": Mapped[Optional[int]],
            "owner": Mapped[Optional[Owner]],
        }
        id = mapped_column(primary_key=True, **required)
        name = mapped_column(String(40))
        age = mapped_column()
        owner_id = mapped_column(ForeignKey("owner.id"), **required)
        owner = relationship()

    return SimpleNamespace(Owner=Owner, Pet=Pet)


VIEWS: dict[str, Any] = {"Owner": {}, "Pet": {}}


def given(world: World, make: Callable[[], Any]) -> Library:
    """Return the library with a base of the application's own, or say that it takes none."""
    hook = getattr(world.adapter, "with_base", None)
    if hook is None:
        raise NotApplicable("the library's adapter shows no way to bring a base")
    try:
        # A library that cannot use the base says so at the latest where a model derives from it.
        models.define(hook(world.database.url, make()).Base)
        return hook(world.database.url, make())
    except (TypeError, ArgumentError, InvalidRequestError, AttributeError) as error:
        raise NotApplicable(f"the library takes no such base: {type(error).__name__}") from error


def test_classic_models_work(world: World, evidence: Callable[..., None]) -> None:
    """Models mapped with `Column` on the library's own base are shown and stored rightly."""
    own = world.build(classic, **VIEWS)
    round_trip(world, evidence, own)


def test_models_on_a_base_of_the_application_work(
    world: World, evidence: Callable[..., None]
) -> None:
    """Models on a classic base that the application hands to the library work as on its own."""
    library = given(world, declarative_base)
    own = world.build(classic, library, **VIEWS)
    round_trip(world, evidence, own)


def test_annotated_models_work(world: World, evidence: Callable[..., None]) -> None:
    """Models mapped with `Mapped` and `mapped_column` are shown and stored rightly."""

    def base() -> Any:
        from sqlalchemy.orm import DeclarativeBase  # noqa: PLC0415 - not in every release

        return type("Base", (DeclarativeBase,), {})

    # Where the library takes no base, such models derive from its own.
    library = given(world, base) if hasattr(world.adapter, "with_base") else None
    own = world.build(annotated, library, **VIEWS)
    round_trip(world, evidence, own)


def test_dataclass_models_work(world: World, evidence: Callable[..., None]) -> None:
    """Models that are dataclasses, with their own `__init__`, are shown and stored rightly."""

    def base() -> Any:
        from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass  # noqa: PLC0415

        return type("Base", (MappedAsDataclass, DeclarativeBase), {})

    library = given(world, base)
    own = world.build(lambda base: annotated(base, init=False), library, **VIEWS)
    round_trip(world, evidence, own)


def test_imperatively_mapped_classes_work(world: World, evidence: Callable[..., None]) -> None:
    """Plain classes mapped to tables by a registry are shown and stored rightly."""

    def define(base: Any) -> SimpleNamespace:
        made = classic(base)
        mapped = models.registry_of(base)

        class Person:
            def __str__(self) -> str:
                return str(self.name)  # type: ignore[attr-defined] # mapped below

        class Animal:
            pass

        owners, pets = made.Owner.__table__, made.Pet.__table__
        mapped.map_imperatively(Person, owners)
        mapped.map_imperatively(Animal, pets, properties={"owner": relationship(Person)})
        Person.__table__, Animal.__table__ = owners, pets  # type: ignore[attr-defined]
        return SimpleNamespace(Owner=Person, Pet=Animal)

    own = world.build(define, **VIEWS)
    round_trip(world, evidence, own)


def test_models_that_name_no_table_work(world: World, evidence: Callable[..., None]) -> None:
    """Models whose tables the library names are shown and stored rightly."""

    def define(base: Any) -> SimpleNamespace:
        class Owner(base):
            id = Column(Integer, primary_key=True)
            name = Column(String(40))

            def __str__(self) -> str:
                return str(self.name)

        class Pet(base):
            id = Column(Integer, primary_key=True)
            name = Column(String(40))
            age = Column(Integer)
            owner_id = Column(ForeignKey("owner.id"))
            owner = relationship(Owner)

        return SimpleNamespace(Owner=Owner, Pet=Pet)

    try:
        define(world.adapter.Library(world.database.url).Base)
    except InvalidRequestError as error:
        raise NotApplicable("the library names no tables") from error
    own = world.build(define, **VIEWS)
    round_trip(world, evidence, own)
