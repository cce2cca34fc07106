"""Uploads: files and images of a form, and the file manager, against what is on disk.

Nothing here is about how the session reaches the view: it is measured once in a cell.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.form.upload import FileUploadField, ImageUploadField
from sqlalchemy import Column, Integer, String

from .pages import form, list_rows, messages

if TYPE_CHECKING:
    from types import SimpleNamespace

    from .world import World

GUARDS = "applications"


def documents(base: Any) -> SimpleNamespace:
    """Return a table of documents with the path of a file."""
    from types import SimpleNamespace  # noqa: PLC0415 - the name is taken for types above

    class Document(base):
        __tablename__ = "document"
        id = Column(Integer, primary_key=True)
        name = Column(String(40))
        path = Column(String(80))

    return SimpleNamespace(Document=Document)


def picture(width: int, height: int) -> bytes:
    """Return a PNG of one colour, made by hand: the scenario needs no library for it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x80\x10\x20" * width for _ in range(height))
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def files(folder: str) -> dict[str, int]:
    """Return the files below a folder with their sizes."""
    found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_size for path in found}


def test_an_uploaded_file_is_stored_and_deleted_with_its_row(
    world: World, evidence: Callable[..., None]
) -> None:
    """A file sent with the form is on disk under the name that the row has, and goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        attributes = {
            "form_overrides": {"path": world.kind(FileUploadField)},
            "form_args": {"path": {"base_path": folder, "allow_overwrite": False}},
        }
        world.build(documents, Document=attributes)
        values = form(world.get("/admin/document/new/"))
        sent = {**values, "name": "one", "path": (io.BytesIO(b"hello"), "../a file.txt")}

        answer = world.client().post(
            "/admin/document/new/", data=sent, content_type="multipart/form-data"
        )
        stored = world.database.rows("document")
        on_disk = files(folder)
        listed = list_rows(world.get("/admin/document/"))
        edit = form(world.get("/admin/document/edit/?id=1"))
        dropped = world.client().post(
            "/admin/document/edit/?id=1", data={**edit, "_path-delete": "1"}
        )
        left, emptied = files(folder), world.database.rows("document")[0]["path"]

    told = messages(answer.get_data(as_text=True))
    evidence(stored=stored, on_disk=on_disk, listed=listed, left=left, emptied=emptied, told=told)
    world.expect(answer, 302)
    assert list(on_disk.values()) == [5], f"on disk are {on_disk}"
    assert [stored[0]["path"]] == list(on_disk), "the row names another file than there is"
    assert listed[0].get("path") == stored[0]["path"], "the list shows another name"
    world.expect(dropped, 302)
    assert (left, emptied) == ({}, None), f"after deleting it, left are {left} and {emptied!r}"


def test_an_uploaded_image_gets_its_thumbnail(world: World, evidence: Callable[..., None]) -> None:
    """An image sent with the form is on disk, within its size, with a thumbnail beside it."""
    import PIL  # noqa: F401, PLC0415 - not everybody has Pillow

    with tempfile.TemporaryDirectory() as folder:
        sizes = {"max_size": (40, 40, True), "thumbnail_size": (10, 10, True)}
        attributes = {
            "form_overrides": {"path": world.kind(ImageUploadField)},
            "form_args": {"path": {"base_path": folder, **sizes}},
        }
        world.build(documents, Document=attributes)
        page = world.get("/admin/document/new/")
        sent = {**form(page), "name": "one", "path": (io.BytesIO(picture(80, 60)), "pic.png")}

        answer = world.client().post(
            "/admin/document/new/", data=sent, content_type="multipart/form-data"
        )
        on_disk = sorted(files(folder))
        headers = {name: (Path(folder) / name).read_bytes()[16:24] for name in on_disk}

    dimensions = {name: list(struct.unpack(">II", header)) for name, header in headers.items()}
    evidence(status=answer.status_code, dimensions=dimensions)
    world.expect(answer, 302)
    assert dimensions == {"pic.png": [40, 40], "pic_thumb.png": [10, 10]} or (
        sorted(dimensions) == ["pic.png", "pic_thumb.png"]
        and max(dimensions["pic.png"]) <= 40
        and max(dimensions["pic_thumb.png"]) <= 10
    ), f"on disk are {dimensions}"


def test_the_file_manager_shows_and_changes_what_is_on_disk(
    world: World, evidence: Callable[..., None]
) -> None:
    """The file manager lists, stores, and deletes files of its folder, and of no other."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "files"
        folder.mkdir()
        (folder / "old.txt").write_text("old")
        (Path(parent) / "secret.txt").write_text("secret")
        world.add_views()
        kind = world.kind(FileAdmin)
        world.admin.add_view(kind(str(folder), "/static/", name="Files", endpoint="files"))
        page = world.get("/admin/files/")
        sent = {"upload": (io.BytesIO(b"new"), "new.txt")}
        upload = world.client().post(
            "/admin/files/upload/", data=sent, content_type="multipart/form-data"
        )
        deleted = world.client().post("/admin/files/delete/", data={"path": "old.txt"})
        outside = world.client().get("/admin/files/download/../secret.txt").status_code
        left = files(parent)

    statuses = {"upload": upload.status_code, "delete": deleted.status_code, "outside": outside}
    evidence(listed="old.txt" in page, left=left, **statuses)
    assert "old.txt" in page, "the list lacks a file of the folder"
    world.expect(upload, 302)
    world.expect(deleted, 302)
    assert left == {"files/new.txt": 3, "secret.txt": 6}, f"on disk are {left}"
    assert outside != 200, "a file outside of the folder can be read"


def test_a_file_is_kept_replaced_and_refused_as_told(
    world: World, evidence: Callable[..., None]
) -> None:
    """Without a new file the old one stays, another takes its place, and a wrong one is refused."""
    with tempfile.TemporaryDirectory() as folder:
        attributes = {
            "form_overrides": {"path": world.kind(FileUploadField)},
            "form_args": {"path": {"base_path": folder, "allowed_extensions": ("txt",)}},
        }
        own = world.build(documents, Document=attributes)
        world.database.store(own.Document, {"name": "one", "path": "old.txt"})
        (Path(folder) / "old.txt").write_text("old")
        seen = {}
        for what, name, sent in (
            ("none", "two", None),
            ("refused", "three", (io.BytesIO(b"bad"), "bad.exe")),
            ("another", "four", (io.BytesIO(b"newer"), "new.txt")),
        ):
            values = {**form(world.get("/admin/document/edit/?id=1")), "name": name}
            if sent is not None:
                values["path"] = sent
            answer = world.client().post(
                "/admin/document/edit/?id=1", data=values, content_type="multipart/form-data"
            )
            row = world.database.rows("document")[0]
            told = bool(messages(answer.get_data(as_text=True)))
            status = answer.status_code
            seen[what] = {"status": status, "told": told, "row": row, "files": files(folder)}

    evidence(**seen)
    stored = {name: (seen[name]["status"], seen[name]["told"]) for name in ("none", "another")}
    assert set(stored.values()) == {(302, False)}, f"a row that is right is answered with {stored}"
    old = {"files": {"old.txt": 3}, "row": {"name": "two", "path": "old.txt"}}
    assert {**seen["none"], **old} == seen["none"], f"without a new file: {seen['none']}"
    assert {**seen["refused"], **old} == seen["refused"], f"refused, and: {seen['refused']}"
    assert seen["refused"]["status"] == 200, "a file of a wrong kind is not refused"
    assert seen["refused"]["told"], "nobody is told why the file is refused"
    new = {"files": {"new.txt": 5}, "row": {"name": "four", "path": "new.txt"}}
    assert {**seen["another"], **new} == seen["another"], f"with another file: {seen['another']}"


def test_the_file_manager_renames_edits_and_makes_folders(
    world: World, evidence: Callable[..., None]
) -> None:
    """Files are renamed, edited and put in new folders as entered, and no others are touched."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "files"
        folder.mkdir()
        (folder / "old.txt").write_text("old")
        (Path(parent) / "secret.txt").write_text("secret")
        attributes = {"editable_extensions": ("txt",), "allowed_extensions": ("txt",)}
        kind = type("Files", (world.kind(FileAdmin),), attributes)
        world.add_views()
        world.admin.add_view(kind(str(folder), "/static/", name="Files", endpoint="files"))
        post = world.client().post
        shown = world.get("/admin/files/edit/?path=old.txt")
        post("/admin/files/edit/?path=old.txt", data={"content": "edited"})
        post("/admin/files/rename/?path=old.txt", data={"name": "new.txt", "path": "old.txt"})
        post("/admin/files/mkdir/", data={"name": "sub"})
        sent = {"upload": (io.BytesIO(b"1234567"), "seven.txt")}
        post("/admin/files/upload/sub", data=sent, content_type="multipart/form-data")
        sent = {"upload": (io.BytesIO(b"bad"), "bad.exe")}
        post("/admin/files/upload/", data=sent, content_type="multipart/form-data")
        post("/admin/files/delete/", data={"path": "../secret.txt"})
        out = {"name": "taken.txt", "path": "../secret.txt"}
        post("/admin/files/rename/?path=../secret.txt", data=out)
        post("/admin/files/edit/?path=../secret.txt", data={"content": "changed"})
        left = files(parent)
        secret = Path(parent) / "secret.txt"
        kept = secret.exists() and secret.read_text() == "secret"

    evidence(shown=">old<" in shown.replace("\r", "").replace("\n", ""), left=left, kept=kept)
    assert "old</textarea>" in shown, "the form does not show what the file holds"
    assert kept, "a file outside of the folder was changed"
    wanted = {"files/new.txt": 6, "files/sub/seven.txt": 7, "secret.txt": 6}
    assert left == wanted, f"on disk are {left}"
