"""Every lesson that comes with the package, in every language, as a reader gets it."""

from __future__ import annotations

import re
import subprocess
import unicodedata
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import pytest
from conftest import ENGINE_PAIRS, PAIRS, Pair, Validate, Values, Workbooks
from tools import (
    TOLERANCE,
    assert_recalculated,
    computed_cells,
    need,
    parts,
    typed_cells,
    values_of,
)

from xlsxattn import lesson as files
from xlsxattn.a1 import address, parse_address
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.expression import Input, Words
from xlsxattn.layout import Layout, lay_out
from xlsxattn.outline import Outline
from xlsxattn.saved import ErrorValue, Saved, Value
from xlsxattn.style import page_points
from xlsxattn.texts import languages

every = pytest.mark.parametrize(("lesson", "language"), PAIRS)
every_engine_pair = pytest.mark.parametrize(("lesson", "language"), ENGINE_PAIRS)


@cache
def planned(lesson: str, language: str) -> tuple[Outline, Layout]:
    """What the package means to show, before any file."""
    content = compose(files.load(files.find(lesson), language), language)
    return content, lay_out(content)


def test_there_are_lessons() -> None:
    """The parametrized tests of this file have something to run on."""
    assert ("mouse", "en") in PAIRS
    assert ("mouse", "zh") in PAIRS


# --- three engines --------------------------------------------------------------------

# Who judges what: `check`, below, has IronCalc recompute every workbook and compares it with
# what is stored and with NumPy. Here each of three engines computes what is stored from a
# copy in which that is wrong. That the formulas are attention, the derivations by hand judge
# (test_by_hand.py); that nothing is stale after an edit, LibreOffice (test_fresh.py).


@every_engine_pair
def test_ironcalc_agrees(lesson: str, language: str, workbooks: Workbooks) -> None:
    """IronCalc computes every stored value from a file whose stored results are wrong."""
    values = engine("ironcalc")(workbooks.poisoned(lesson, language), [])
    assert_recalculated(workbooks.saved(lesson, language), values)


@every_engine_pair
def test_gnumeric_agrees(lesson: str, language: str, workbooks: Workbooks) -> None:
    """Gnumeric computes every stored value from a file whose stored results are wrong."""
    need("ssconvert")
    values = engine("gnumeric")(workbooks.poisoned(lesson, language), [])
    assert_recalculated(workbooks.saved(lesson, language), values)


@every_engine_pair
def test_libreoffice_agrees(
    lesson: str, language: str, workbooks: Workbooks, libreoffice_values: dict[Pair, Values]
) -> None:
    """LibreOffice computes every stored value from a file whose stored results are wrong."""
    saved = workbooks.saved(lesson, language)
    assert_recalculated(saved, libreoffice_values[lesson, language])


# --- check ----------------------------------------------------------------------------


@every
def test_check_is_well(lesson: str, language: str, workbooks: Workbooks) -> None:
    """`check` finds nothing, and NumPy agrees with every step to 1e-12."""
    report = workbooks.report(lesson, language)
    assert report.problems == []
    assert report.reference == "numpy"
    assert report.steps
    far = [s for s in report.steps if s.max_error is None or not s.max_error <= TOLERANCE]
    assert not far


@every
def test_check_covers_every_name(lesson: str, language: str, workbooks: Workbooks) -> None:
    """Every named matrix with a formula is compared, and every claim is judged."""
    report = workbooks.report(lesson, language)
    covered = {step.name for step in report.steps}
    covered |= {f"Claim_{claim.name}" for claim in report.claims}
    assert names_with_formulas(workbooks.saved(lesson, language)) <= covered
    claims = {claim.name: claim.ok for claim in report.claims}
    assert set(claims) == {claim.name for claim in planned(lesson, language)[0].lesson.claims}
    assert False not in claims.values()


def names_with_formulas(saved: Saved) -> set[str]:
    """The defined names of areas in which a formula stands."""
    computed = {title: set(sheet.computed) for title, sheet in saved.sheets.items()}
    return {
        name
        for name, area in saved.names.items()
        if any(address(*cell) in computed[area.sheet] for cell in area.cells())
    }


#: What the names of a use of a block have more than those of the block.
USE = r"_(layer|all)[12]|_(encoder|sofar|decoder)(all)?"


@every
def test_headings_speak_of_what_is_there(lesson: str, language: str) -> None:
    """A name in the mathematics of a heading, typed by hand or not, is one of the lesson's."""
    content, _ = planned(lesson, language)
    known = set(content.nodes)
    for name in content.nodes:  # of a head, of a context, of an epoch
        known |= {name[: found.start()] for found in re.finditer("_", name)}
        known.add(re.sub(USE, "", name))
    for band in content.bands:
        named = re.findall(r"[A-Z][A-Za-z]*_[A-Za-z0-9_]+", band.mathematics)
        assert [name for name in named if name not in known] == [], band.key


@every
def test_every_node_is_named(lesson: str, language: str, workbooks: Workbooks) -> None:
    """Every input and step of a lesson has a defined name of its shape; steps are formulas."""
    saved = workbooks.saved(lesson, language)
    formulas = names_with_formulas(saved)
    for name, node in planned(lesson, language)[0].nodes.items():
        assert saved.names[name].shape == node.shape, name
        assert (name in formulas) != isinstance(node, (Input, Words)), name


# --- the file -------------------------------------------------------------------------


@every_engine_pair
def test_valid(lesson: str, language: str, workbooks: Workbooks, validate: Validate) -> None:
    """Microsoft's Open XML validator finds nothing.

    The sheets of the other language it sees in the course (test_build.py).
    """
    assert validate([workbooks.path(lesson, language)]) == [[]]


@every
def test_one_content_a_cell(lesson: str, language: str, workbooks: Workbooks) -> None:
    """No address stands twice in a sheet, which the validator does not notice."""
    for name, content in parts(workbooks.path(lesson, language)).items():
        if name.startswith("xl/worksheets/sheet"):
            cells = re.findall(rb'<c r="([A-Z]+[0-9]+)"', content)
            assert len(cells) == len(set(cells))


@every
def test_true_before_it_is_opened(lesson: str, language: str, workbooks: Workbooks) -> None:
    """Every formula cell has a stored value, an empty text where it says so, and no error."""
    saved = workbooks.saved(lesson, language)
    for sheet, cell in computed_cells(saved):
        value = saved.sheets[sheet].values.get(cell)
        assert value is not None and not isinstance(value, ErrorValue), cell
        assert value != "" or '""' in saved.sheets[sheet].computed[cell], cell


@every
def test_no_number_is_typed_but_inputs(lesson: str, language: str, workbooks: Workbooks) -> None:
    """The only typed numbers are those of the named inputs."""
    saved = workbooks.saved(lesson, language)
    nodes = planned(lesson, language)[0].nodes
    inputs = {
        (saved.names[name].sheet, cell)
        for name, node in nodes.items()
        if isinstance(node, Input)
        for cell in saved.names[name].cells()
    }
    typed = {
        (title, parse_address(cell))
        for (title, cell), value in typed_cells(saved).items()
        if isinstance(value, float)
    }
    assert typed <= inputs


@every
def test_no_new_functions(lesson: str, language: str, workbooks: Workbooks) -> None:
    """No formula uses what Excel 2010 does not have."""
    saved = workbooks.saved(lesson, language)
    for sheet in saved.sheets.values():
        for cell, formula in sheet.formulas.items():
            assert not re.search(
                r"_xlfn|_xlws|LAMBDA|LET\(|SEQUENCE|HSTACK|VSTACK|#(?!N/A)|@", formula
            ), f"{cell}: {formula}"


# --- print ----------------------------------------------------------------------------


@every
def test_pages(lesson: str, language: str, pdfs: dict[Pair, Path]) -> None:
    """LibreOffice prints as many A4 pages as are designed."""
    need("pdfinfo")
    said = subprocess.run(
        ["pdfinfo", str(pdfs[lesson, language])], capture_output=True, text=True, check=True
    ).stdout
    pages = re.search(r"^Pages:\s+(\d+)$", said, re.MULTILINE)
    size = re.search(r"^Page size:\s+([\d.]+) x ([\d.]+) pts", said, re.MULTILINE)
    assert pages and size
    sheets = [sheet for sheet in planned(lesson, language)[1].sheets if sheet.printed]
    designed = sum(len(sheet.breaks) + 1 for sheet in sheets)
    assert int(pages[1]) == designed
    paper = (842, 595) if sheets[0].landscape else (595, 842)
    assert (float(size[1]), float(size[2])) == pytest.approx(paper, abs=1)


@pytest.mark.parametrize("language", languages())
def test_one_epoch_is_printed(language: str, pdfs: dict[Pair, Path]) -> None:
    """Of the epochs of training only the first is in the PDF."""
    need("pdftotext")
    command = ["pdftotext", "-raw", str(pdfs["training", language]), "-"]
    printed = squeezed(subprocess.run(command, capture_output=True, check=True).stdout.decode())
    heading = planned("training", language)[0].texts["interface"]["epoch"]
    assert squeezed(heading.format(1)) in printed
    assert not [n for n in range(2, 31) if squeezed(heading.format(n)) in printed]


@every
def test_all_is_printed(lesson: str, language: str, pdfs: dict[Pair, Path]) -> None:
    """Every title, sentence and formula text of the pages can be read in the PDF."""
    need("pdftotext")
    said = subprocess.run(
        ["pdftotext", "-raw", str(pdfs[lesson, language]), "-"], capture_output=True, check=True
    ).stdout.decode()
    printed = squeezed(said)
    assert printed
    kinds = ("title", "subtitle", "heading", "mathematics", "note", "text", "formula")
    wanted = [
        text
        for sheet in planned(lesson, language)[1].sheets
        if sheet.printed
        for run in sheet.runs
        if run.formula is None and run.role.kind in kinds
        if run.area.column <= sheet.print_columns
        for text in run.values.ravel().tolist()
        if text
    ]
    assert [text for text in wanted if squeezed(text) not in printed] == []


def squeezed(text: str) -> str:
    """Letters, digits and Chinese characters alone: a symbol from another font may move.

    A PDF gives some Chinese characters as the radicals that look the same (⻚ for 页).
    """
    radicals = str.maketrans("⻚⻅⻓⻆⻔⻢⻛⻋⻉⻝⻩⻬⻮⻰", "页见长角门马风车贝食黄齐齿龙")
    plain = "".join(
        c if c.isascii() else unicodedata.normalize("NFKC", c)
        for c in text.translate(radicals)
        if c.isascii() or ord(c) > 0x2E00
    )
    return "".join(re.findall(r"[0-9A-Za-z\u4e00-\u9fff]", plain))


@every
def test_no_table_is_cut(lesson: str, language: str) -> None:
    """No page break goes through a block or between a heading and its block."""
    for sheet in planned(lesson, language)[1].sheets:
        assert sheet.breaks == sorted(set(sheet.breaks))
        for run in sheet.runs:
            for row in sheet.breaks:
                assert not run.area.row <= row < run.area.last_row, run.area.relative
                assert not (run.role.kind == "heading" and run.area.row == row)


@every
def test_pages_hold_their_rows(lesson: str, language: str) -> None:
    """The rows of each page are not higher than the page."""
    for sheet in planned(lesson, language)[1].sheets:
        if not sheet.printed:
            continue
        ends = [*sheet.breaks, sheet.last_row]
        for first, last in zip([1, *(row + 1 for row in sheet.breaks)], ends, strict=True):
            height = sum(sheet.heights.get(row, 14.0) for row in range(first, last + 1))
            assert height <= page_points(sheet.scale), f"rows {first} to {last}"


# --- the language ---------------------------------------------------------------------

#: English that stays in a Chinese workbook: notation of papers and of spreadsheets.
NOTATION = {
    *(
        "softmax",
        *(
            "where",
            "relu",
            "columns",
            "causal",
            "var",
            "dk",
            "WQ",
            "WK",
            "WV",
            "WO",
        ),  # as headings have them
        "exp",
        "sqrt",
        "tanh",
        "sin",
        "cos",
        "ln",
        "log",
        "max",
        "mean",
        "sum",
        "pos",
        "divisor",
    ),
    *("head", "query", "key", "score", "source", "model", "Scaled", "Concatenated", "Attention"),
    *("EXP", "SQRT", "MMULT", "TRANSPOSE", "SUM", "MAX", "IF", "INDEX", "MATCH", "MOD", "AND"),
    *("NumPy", "Excel", "LibreOffice", "Gnumeric", "RoPE", "GPT", "BERT", "ReLU", "MHA", "GQA"),
    *("np", "array", "scores", "scaled", "axis", "keepdims", "True", "output", "print"),
    *("LSTM", "sigmoid", "attention", "causal"),
    *("MQA", "KV", "cache", "token", "tokens", "Transformer", "FLOP", "FLOPs", "GB", "MB", "KB"),
}


@pytest.mark.parametrize("name", files.template_names())
def test_chinese_is_chinese(name: str, workbooks: Workbooks) -> None:
    """A Chinese workbook has no English but notation, names, formulas and the lesson's words."""
    path = workbooks.path(name, "zh")
    content, _ = planned(name, "zh")
    lesson = content.lesson
    own = list(lesson.vocabulary.words) if lesson.vocabulary else []
    own += [word for c in lesson.contexts for word in [c.id, *c.words, *c.keys]]
    own += [lesson.focus, *(word.word for word in lesson.words)]
    own += [label for m in lesson.inputs for of in (m.rows, m.columns) for label in plain(of)]
    allowed = {
        piece
        for word in NOTATION | {*own, *content.nodes}
        for shown in (word, word.replace("_", "", 1))  # an index is lowered
        for piece in pieces(shown)
    }
    texts = [v for v in typed_cells(workbooks.saved(name, "zh")).values() if isinstance(v, str)]
    texts = [t for t in texts if not t.startswith(("=", "{=", " "))]  # formulas in two lines, too
    texts = [text for text in texts if ": =" not in text and ": {=" not in text]
    foreign = {
        piece: text
        for text in texts + chart_texts(path)
        for piece in pieces(text)
        if piece not in allowed
    }
    assert foreign == {}


def plain(labels: list[object] | dict[str, object]) -> list[str]:
    """Labels that are the same in every language, as words of a lesson are."""
    return [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []


def pieces(text: str) -> list[str]:
    """The runs of at least two Latin letters in a text."""
    return re.findall(r"[A-Za-z]{2,}", text)


def chart_texts(path: Path) -> list[str]:
    """Titles and alternative texts of the charts."""
    found = []
    for name, content in parts(path).items():
        if name.startswith("xl/charts/chart"):
            tree = ElementTree.fromstring(content)
            tag = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
            found += [node.text or "" for node in tree.iter(tag)]
        if name.startswith("xl/drawings/drawing"):
            found += [
                node.get("descr") or ""
                for node in ElementTree.fromstring(content).iter()
                if node.tag.endswith("}cNvPr")
            ]
    return found


#: Each of their editions has sentences, and so weights, of its own.
TRAINED = ("classify", "next-word")


@pytest.mark.parametrize("lesson", [n for n in files.template_names() if n not in TRAINED])
def test_languages_compute_the_same(lesson: str, workbooks: Workbooks) -> None:
    """The numbers of a lesson do not depend on its language."""
    english, chinese = (workbooks.saved(lesson, language) for language in ("en", "zh"))
    assert set(english.names) == set(chinese.names)
    for name, area in english.names.items():
        other = chinese.names[name]
        assert area.shape == other.shape
        ours, theirs = values_of(stored(english), area), values_of(stored(chinese), other)
        assert numbers_of(ours) == numbers_of(theirs), name


def numbers_of(rows: list[list[Value]]) -> list[list[Value]]:
    """The numbers among some values; words may be those of the language."""
    return [["" if isinstance(value, str) else value for value in row] for row in rows]


def stored(saved: Saved) -> Values:
    return {title: sheet.values for title, sheet in saved.sheets.items()}
