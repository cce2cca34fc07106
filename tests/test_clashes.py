"""`harness.clashes`: files that two packages bring."""

from __future__ import annotations

from pathlib import Path

from harness.measure import clashes


def record(venv: Path, package: str, *lines: str) -> None:
    folder = venv / "lib" / "python3.12" / "site-packages" / f"{package}.dist-info"
    folder.mkdir(parents=True)
    (folder / "RECORD").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_packages_with_files_of_their_own_do_not_fight(tmp_path: Path) -> None:
    record(tmp_path, "one-1.0", "one/__init__.py,sha256=a,1", "one-1.0.dist-info/RECORD,,")
    record(tmp_path, "two-1.0", "two/__init__.py,sha256=b,1", "two-1.0.dist-info/RECORD,,")
    assert clashes.found(tmp_path) == ()


def test_the_same_file_in_both_is_no_fight(tmp_path: Path) -> None:
    record(tmp_path, "one-1.0", "shared/__init__.py,sha256=a,1")
    record(tmp_path, "two-1.0", "shared/__init__.py,sha256=a,1")
    assert clashes.found(tmp_path) == ()


def test_what_is_no_module_does_not_count(tmp_path: Path) -> None:
    for package, digest in (("one-1.0", "a"), ("two-1.0", "b")):
        files = ("LICENSE", "../../../bin/run.py")
        record(tmp_path, package, *(f"{file},sha256={digest},1" for file in files))
    assert clashes.found(tmp_path) == ()


def test_a_fight_names_the_owners_and_counts_the_files(tmp_path: Path) -> None:
    for package, digest in (("Flask_Thing-1.0", "a"), ("fork-2.1", "b")):
        lines = (f"thing/{name}.py,sha256={digest},1" for name in ("core", "__init__"))
        record(tmp_path, package, *lines)

    (found,) = clashes.found(tmp_path)

    assert found.names == {"flask-thing", "fork"}
    assert found.told == (
        "flask-thing 1.0 and fork 2.1 both bring thing/__init__.py (and 1 more files):"
        " which of them is there is luck"
    )


def test_a_record_that_is_damaged_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    record(tmp_path, "one-1.0", "", "x.py", "x.py,sha256=a,1")
    record(tmp_path, "two-1.0", "x.py,sha256=b,1")
    assert len(clashes.found(tmp_path)) == 1
