"""What several test modules share: programs, small lessons, and edits of saved files."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from xlsxattn.a1 import Area, address, parse_area
from xlsxattn.build import build
from xlsxattn.engines import Values
from xlsxattn.engines.ironcalc import recalculate
from xlsxattn.engines.uno_session import why_missing
from xlsxattn.expression import OPERATIONS
from xlsxattn.saved import ErrorValue, Saved, Value, read
from xlsxattn.writer import LESSON_PART

TOLERANCE = 1e-12

#: A whole lesson on few lines; the tests change one line of it at a time.
SMALL = """\
format = 1
title = { en = "Two words", zh = "两个词" }
subtitle = "one line"

[vocabulary.columns]
animal = { en = "animal", zh = "动物" }
device = { en = "device", zh = "设备" }

[vocabulary.words]
cat = [2.0, 0.0]
dog = [1.5, 0.25]
mouse = [1.0, 1.0]

[[contexts]]
id = "one"
words = ["cat", "dog", "mouse"]

[attention]
scores = "scaled-dot"
heads = 1
temperature = 1.0

[weights]
W_Q = [[1.0, 0.5], [0.0, 1.0]]

[[inputs]]
name = "rate"
values = [[0.5]]
choices = [0.5, 1.0]
title = "rate"

[[steps]]
name = "Twice"
formula = "Output * 2"
title = "Twice as much"
[steps.chart]
title = "Bars"
alternative = "Two bars."
columns = ["animal"]

[[claims]]
name = "sums"
text = "Rows sum to 1."
holds = "max(abs(Attention_sum - 1)) <= 1e-12"
"""

#: Training on few lines: other widths, two sentences of other lengths, few epochs.
TRAINING = """\
format = 1
title = "Few epochs"

[vocabulary.columns]
animal = "animal"
device = "device"
action = "action"

[vocabulary.words]
cat = [1.5, -0.5, 0.25]
dog = [1.0, -1.0, -0.5]
mouse = [0.5, 1.0, -0.75]
runs = [-0.5, 0.25, 1.5]

[[contexts]]
id = "one"
title = "cat runs"
words = ["cat", "runs"]

[[contexts]]
id = "two"
title = "dog mouse runs"
words = ["dog", "mouse", "runs"]

[attention]

[training]
epochs = 4
learning_rate = 0.25
optimiser = "gradient-descent"

[weights]
W_Q = [[0.5, -0.25], [0.25, 0.5], [0.0, 0.75]]
W_K = [[0.75, 0.25], [-0.5, 0.5], [0.25, -0.25]]
W_V = [[0.5, 0.0], [-0.25, 0.5], [0.25, 0.5]]
W_out = [[0.5, -0.25, 0.25], [0.25, 0.5, -0.5]]
"""

#: Two layers of other kinds, a step between them, two sentences of other lengths.
LAYERS = """\
format = 1
title = { en = "Two layers", zh = "两层" }

[vocabulary]
columns = { a = "a", b = "b", c = "c", d = "d" }
[vocabulary.words]
cat = [1.5, 0.2, -0.5, 0.3]
and = [0.1, 0.4, 0.2, -0.3]
mouse = [1.0, 1.0, 0.3, 0.6]
keyboard = [0.2, 1.6, -0.2, 0.1]

[[contexts]]
id = "cat"
title = "cat and mouse"
words = ["cat", "and", "mouse"]

[[contexts]]
id = "board"
title = "keyboard and mouse cat"
words = ["keyboard", "and", "mouse", "cat"]

[[attention]]
heads = 2
mask = "causal"
bias = "alibi"

[[steps]]
name = "Layer_1_cat"
formula = "X_cat + Output_cat"
title = "Add"

[[steps]]
name = "Layer_1_board"
formula = "X_board + Output_board"
next_to = "Layer_1_cat"

[[steps]]
name = "After_cat"
formula = "Layer_1_cat + Output_layer2_cat"
title = "After"

[[attention]]
name = "Layer_2"
title = { en = "layer 2", zh = "第 2 层" }
from = "Layer_1"
heads = 4
key_heads = 2
positions = "rotary"
temperature = 0.5
mask = "window"

[weights]
W_Q = { seed = 1, rows = 4, columns = 4 }
b_Q = [[0.1, 0.2, 0.3, 0.4]]
W_K = { seed = 2, rows = 4, columns = 4 }
W_V = { seed = 3, rows = 4, columns = 4 }
W_O = { seed = 4, rows = 4, columns = 4 }
b_O = [[0.5, -0.5, 0.25, 0]]
W_Q_layer2 = { seed = 5, rows = 4, columns = 8 }
b_Q_layer2 = { seed = 15, rows = 1, columns = 8 }
W_K_layer2_head1 = { seed = 6, rows = 4, columns = 2 }
W_K_layer2_head2 = { seed = 7, rows = 4, columns = 2 }
b_K_layer2_head1 = [[1, 2]]
b_K_layer2_head2 = [[-1, 2]]
W_V_layer2 = { seed = 8, rows = 4, columns = 4 }
b_V_layer2 = [[-1, 2, 0, 1]]
W_O_layer2 = { seed = 9, rows = 8, columns = 4 }
"""

OPTIMISERS = ("gradient-descent", "momentum", "adam")


def trained_by(optimiser: str) -> str:
    """The lesson of few epochs with another optimiser."""
    return replaced('"gradient-descent"', f'"{optimiser}"', TRAINING)


def need(program: str) -> None:
    """Skip the test where a program is not installed; where CI is set, that is an error."""
    if not shutil.which(program):
        _skip(f"{program} is not installed")


def need_uno() -> None:
    """Likewise for LibreOffice under the control of another program."""
    reason = why_missing()
    if reason:
        _skip(reason)


def _skip(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI is set")
    pytest.skip(reason)


def replaced(old: str, new: str, text: str = SMALL) -> str:
    """The text with one passage replaced, which must be there exactly once."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def build_text(text: str, path: Path, language: str = "en") -> Path:
    """Build a lesson given as text; the lesson file stands beside the workbook."""
    source = path.with_suffix(".toml")
    source.write_text(text, encoding="utf-8")
    build(str(source), path, language)
    return path


# --- what is in a file ----------------------------------------------------------------


def parts(path: Path) -> dict[str, bytes]:
    """Every part of a package by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def without_lesson(content: dict[str, bytes], kind: str = "python") -> dict[str, bytes]:
    """The parts of a package that carries no lesson, and says that it is of a kind."""
    pattern = rb'<property name="xlsxattn lesson.*?</property>'
    properties = re.sub(pattern, b"", content["docProps/custom.xml"])
    assert properties != content["docProps/custom.xml"]
    properties = properties.replace(b">lesson<", b">%b<" % kind.encode())
    return {
        name: properties if name == "docProps/custom.xml" else data
        for name, data in content.items()
        if name != LESSON_PART
    }


def write_parts(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def computed_cells(saved: Saved) -> list[tuple[str, str]]:
    """Sheet and address of every cell that a formula fills."""
    return [(title, cell) for title, sheet in saved.sheets.items() for cell in sheet.computed]


def typed_cells(saved: Saved) -> dict[tuple[str, str], Value]:
    """What no formula gives, by sheet and address."""
    computed = set(computed_cells(saved))
    return {
        (title, cell): value
        for title, sheet in saved.sheets.items()
        for cell, value in sheet.values.items()
        if (title, cell) not in computed
    }


def cell_of(path: Path, name: str, row: int = 0, column: int = 0) -> tuple[str, str]:
    """Sheet and address of an element (from 0) of a named matrix."""
    area = read(path).names[name]
    return area.sheet, address(area.row + row, area.column + column)


def values_of(values: dict[str, dict[str, Value]], area: Area) -> list[list[Value]]:
    """The values of an area, row by row."""
    return [
        [
            values[area.sheet].get(address(area.row + row, area.column + column))
            for column in range(area.columns)
        ]
        for row in range(area.rows)
    ]


def same(a: Value, b: Value) -> bool:
    """Whether two contents agree: numbers to 1e-12, relative above 1; anything else exactly."""
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= TOLERANCE * max(1.0, abs(b))
    return type(a) is type(b) and a == b


def assert_recalculated(saved: Saved, values: dict[str, dict[str, Value]]) -> None:
    """Every computed cell has the stored value again, and no cell shows an error."""
    cells = computed_cells(saved)
    assert cells
    wrong = [
        (sheet, cell, saved.sheets[sheet].values.get(cell), values[sheet].get(cell))
        for sheet, cell in cells
        if not same(values[sheet].get(cell), saved.sheets[sheet].values.get(cell))
    ]
    assert not wrong
    errors = [v for sheet in values.values() for v in sheet.values() if isinstance(v, ErrorValue)]
    assert not errors


def errors_in(values: Values) -> list[tuple[str, str, Value]]:
    """Every cell that shows an error, by sheet and address."""
    return [
        (sheet, cell, value)
        for sheet, cells in values.items()
        for cell, value in cells.items()
        if isinstance(value, ErrorValue)
    ]


# --- planting faults ------------------------------------------------------------------

_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
Rewrite = Callable[[str, str, str, str], tuple[str, str] | None]


def rewrite_cells(source: Path, target: Path, rewrite: Rewrite) -> Path:
    """A copy whose cells are rewritten.

    ``rewrite(sheet, cell, attributes, inside)`` gives new attributes and inside, or None.
    """
    content = parts(source)
    titles = openpyxl.load_workbook(source, read_only=True).sheetnames
    for number, title in enumerate(titles, start=1):
        name = f"xl/worksheets/sheet{number}.xml"

        def one(match: re.Match[str], title: str = title) -> str:
            new = rewrite(title, match[1], match[2], match[3] or "")
            return match[0] if new is None else f'<c r="{match[1]}"{new[0]}>{new[1]}</c>'

        content[name] = _CELL.sub(one, content[name].decode()).encode()
    return write_parts(target, content)


def plant(source: Path, target: Path, place: tuple[str, str], inside: str, kind: str = "") -> Path:
    """A copy with another content in one cell: its XML, and its type ``t``."""
    found = []

    def rewrite(sheet: str, cell: str, attributes: str, _: str) -> tuple[str, str] | None:
        if (sheet, cell) != place:
            return None
        found.append(cell)
        bare = re.sub(r' t="\w+"', "", attributes)
        return bare + (f' t="{kind}"' if kind else ""), inside

    rewrite_cells(source, target, rewrite)
    assert found, f"no cell {place}"
    return target


def poison(source: Path, target: Path, saved: Saved | None = None) -> Path:
    """A copy in which every stored result is wrong, of ordinary formulas and of arrays."""
    computed = set(computed_cells(saved or read(source)))

    def rewrite(sheet: str, cell: str, attributes: str, inside: str) -> tuple[str, str] | None:
        if (sheet, cell) not in computed:
            return None
        wrong = "poison" if 't="str"' in attributes else "98765.4321"
        return attributes, re.sub(r"<v>.*?</v>", f"<v>{wrong}</v>", inside)

    return rewrite_cells(source, target, rewrite)


def consistent(path: Path) -> Path:
    """The file with the values stored that its formulas, right or wrong, really give."""
    values, computed = recalculate(path, []), set(computed_cells(read(path)))

    def rewrite(sheet: str, cell: str, attributes: str, inside: str) -> tuple[str, str] | None:
        if (sheet, cell) not in computed:
            return None
        value = values[sheet][cell]
        attributes = re.sub(r' t="\w+"', "", attributes)
        kind = ' t="str"' if isinstance(value, str) else ""
        return attributes + kind, re.sub(r"<v>.*?</v>", f"<v>{value}</v>", inside)

    return rewrite_cells(path, path, rewrite)


def by_hand(
    path: Path,
    sheets: dict[str, dict[str, Any]],
    arrays: dict[str, tuple[str, str]] | None = None,
    names: dict[str, str] | None = None,
) -> Path:
    """A workbook of given cells whose formulas have their values stored.

    ``arrays`` are area and formula of array formulas, by the title of their sheet.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets.items():
        worksheet = book.create_sheet(title)
        for cell, content in cells.items():
            worksheet[cell] = content
    for title, (area, formula) in (arrays or {}).items():
        for row, column in parse_area(f"{title}!{area}").cells():
            book[title].cell(row, column, 0.0)
        first = area.partition(":")[0]
        book[title][first] = ArrayFormula(area, formula)
    for name, text in (names or {}).items():
        book.defined_names[name] = DefinedName(name, attr_text=text)
    book.save(path)
    values, computed = recalculate(path, []), set(computed_cells(read(path)))

    def store(sheet: str, cell: str, attributes: str, inside: str) -> tuple[str, str] | None:
        if (sheet, cell) not in computed:
            return None
        value, formula = values[sheet][cell], re.sub(r"<v ?/>|<v>.*?</v>", "", inside)
        kind = ""
        if isinstance(value, bool):
            kind, value = ' t="b"', "01"[value]
        elif isinstance(value, str):
            kind = ' t="e"' if isinstance(value, ErrorValue) else ' t="str"'
        return re.sub(r' t="\w+"', "", attributes) + kind, f"{formula}<v>{value}</v>"

    return rewrite_cells(path, path, store)


# --- LibreOffice, many files in one start ---------------------------------------------

_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def convert(files: Iterable[Path], to: str, folder: Path) -> Path:
    """Convert files with one start of LibreOffice, made to recalculate; the folder of results."""
    need("soffice")
    profile, out = folder / "profile", folder / "converted"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATE, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += ["--convert-to", to, "--outdir", str(out), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert out.is_dir(), done.stderr
    return out


# --- wrong gradient rules -------------------------------------------------------------


def plant_rule(patch: pytest.MonkeyPatch, operation: str, rule: Callable[..., object]) -> None:
    """Give an elementwise operation another gradient rule while a test runs."""
    wrong = dataclasses.replace(OPERATIONS[operation], gradient=rule)
    patch.setitem(OPERATIONS, operation, wrong)
