"""The table of deliberate faults fits the code: `python tests/mutants.py` plants them."""

from __future__ import annotations

import sys
from pathlib import Path

import mutants
import pytest
from mutants import Fault, table

import xlsxattn

PACKAGE, TESTS = Path(xlsxattn.__file__).parent, Path(__file__).parent
#: The rooms, each with what the files of its faults begin with.
ROOMS = {
    "expression/": 6, "formula/": 8, "layout/": 12, "writer/": 8, "labels": 3, "gradient": 5,
    "lesson/": 4, "new/": 4, "check/": 5, "fitting/": 5,
}  # fmt: skip


@pytest.mark.parametrize("fault", table(), ids=lambda fault: fault.what)
def test_fault(fault: Fault) -> None:
    """The old text stands in the file once, Python reads the new one, and the tests exist."""
    code = (PACKAGE / fault.file).read_text(encoding="utf-8")
    planted = fault.planted(code)
    assert planted != code
    compile(planted, fault.file, "exec")
    assert fault.tests
    for name in fault.tests:
        assert (TESTS / f"test_{name}.py").is_file()


def test_every_room_has_faults() -> None:
    """Each room has some, and none is told twice."""
    faults = table()
    for room, least in ROOMS.items():
        assert sum(fault.file.startswith(room) for fault in faults) >= least, room
    assert len({fault.what for fault in faults}) == len(faults)
    assert len({(fault.file, fault.old, fault.new) for fault in faults}) == len(faults)


def test_old_text_must_be_there_once() -> None:
    """A text that is gone, or stands there twice, would plant nothing, or too much."""
    fault = Fault("", "a.py", "x", "y", ())
    assert fault.planted("a x b") == "a y b"
    for code in ("a b", "x x"):
        with pytest.raises(ValueError, match=r"a\.py: expected 'x' once, got it \d times"):
            fault.planted(code)


def project(folder: Path, body: str) -> Path:
    """A project of one function and its test."""
    for name, code in {
        "xlsxattn/__init__.py": "",
        "xlsxattn/sign.py": body,
        "tests/test_sign.py": "from xlsxattn.sign import sign\n\n\n"
        "def test_sign():\n    assert sign(-2) == -1\n",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return folder


def test_found_and_not_found(tmp_path: Path) -> None:
    """A fault that a test sees is found, another is not, and the code is as it was."""
    body = "def sign(x):\n    return -1 if x < 0 else 1\n"
    folder = project(tmp_path, body)
    seen = Fault("", "sign.py", "-1 if", "+1 if", ("sign",))
    unseen = Fault("", "sign.py", "else 1", "else 0", ("sign",))
    assert mutants.is_found(folder, seen)
    assert not mutants.is_found(folder, unseen)
    assert (folder / "xlsxattn" / "sign.py").read_text(encoding="utf-8") == body


def test_a_test_that_cannot_be_run(tmp_path: Path) -> None:
    """What is no failure of a test is not taken for one."""
    with pytest.raises(RuntimeError, match="missing"):
        mutants.passes(project(tmp_path, ""), ("missing",))


def test_faults_that_break_an_import(tmp_path: Path) -> None:
    """A module that can no longer be imported is found out, too."""
    folder = project(tmp_path, "def sign(x):\n    return -1 if x < 0 else 1\n")
    assert mutants.is_found(folder, Fault("", "sign.py", "def sign", "1 / 0\ndef sign", ("sign",)))


def test_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed, and the exit code: 1 for a fault unnoticed, 2 for tests that fail anyway."""
    faults = [Fault("one", "a.py", "", "", ("a",)), Fault("two", "b.py", "", "", ("b",))]
    monkeypatch.setattr(mutants, "COPIED", ())
    monkeypatch.setattr(mutants, "table", lambda: faults)
    monkeypatch.setattr(mutants, "is_found", lambda folder, fault: fault.what == "one")
    monkeypatch.setattr(mutants, "passes", lambda folder, tests: tests != ("c",))
    monkeypatch.setattr(sys, "argv", ["mutants.py"])
    assert mutants.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "found: a.py: one", "NOT FOUND: b.py: two", "2 faults, 1 found",
    ]  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["mutants.py", "a.py"])
    assert mutants.main() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 faults, 1 found"
    faults.append(Fault("three", "c.py", "", "", ("c",)))
    monkeypatch.setattr(sys, "argv", ["mutants.py"])
    assert mutants.main() == 2
    assert capsys.readouterr().out == "without any fault: failed c\n"
