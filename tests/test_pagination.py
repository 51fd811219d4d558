"""What does not fit on a page: lanes wrapped, large blocks on sheets of their own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import assert_recalculated, build_text, need

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.expression import Input, Texts
from xlsxattn.layout import lay_out
from xlsxattn.layout.breaks import Unit, page_starts
from xlsxattn.layout.pagination import fits, paginate
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Lane,
    Outline,
    Series,
    Setting,
    Settings,
    SheetPlan,
)
from xlsxattn.saved import read
from xlsxattn.style import LEAST_SCALE, ROW_HEIGHT, page_points
from xlsxattn.texts import texts


def lane(name: str, rows: int, columns: int) -> Lane:
    """A lane of one block with labels all around."""
    down, across = (Texts.of(f"{p}{i}" for i in range(n)) for p, n in (("r", rows), ("c", columns)))
    node = Input(name, np.zeros((rows, columns)), down, across)
    return [Block(node, down.texts, across.texts)]


def outline(*bands: Band) -> Outline:
    return Outline(None, "en", "A title", "", list(bands), [], {}, texts("en"))


def band(key: str, *lanes: Lane) -> Band:
    return Band(key, f"Title of {key}", "A sentence.", "", list(lanes))


def test_what_fits_stays() -> None:
    """Two lanes of a usual size are left as they are."""
    content = outline(band("A", lane("A_one", 5, 5), lane("A_two", 5, 6)))
    assert paginate(content).bands == content.bands
    assert paginate(content).plans == {"": SheetPlan(printed=True)}


def test_a_wide_table_turns_the_page() -> None:
    """Twenty words by twenty lie on a turned page; two such lanes stand one under another."""
    content = paginate(outline(band("A", lane("A_one", 20, 20), lane("A_two", 20, 20))))
    assert content.plans == {"": SheetPlan(printed=True, landscape=True)}
    assert [len(each.lanes) for each in content.bands] == [1, 1]


def test_lanes_are_wrapped() -> None:
    """Four lanes that are too wide together stand two and two; the heading is said once."""
    lanes = [lane(f"A_{i}", 5, 9) for i in range(4)]
    first, second = paginate(outline(band("A", *lanes))).bands
    assert [first.lanes, second.lanes] == [lanes[:2], lanes[2:]]
    assert (first.title, second.title, second.note) == ("Title of A", "", "")


def test_the_chart_of_a_wrapped_band() -> None:
    """It stands with the last of the lanes, and is drawn once."""
    lanes = [lane(f"A_{i}", 5, 9) for i in range(4)]
    node = lanes[0][0].node  # type: ignore[union-attr]
    chart = Chart("lines", "A chart", "Lines.", [Series("y", node)], Series("x", node))
    first, second = paginate(outline(replace(band("A", *lanes), chart=chart))).bands
    assert (first.chart, second.chart) == (None, chart)


def test_the_page_is_turned_only_for_lanes_side_by_side() -> None:
    """Two lanes that not even a turned page holds stand one under another on an upright one."""
    content = paginate(outline(band("A", lane("A_one", 5, 12), lane("A_two", 5, 12))))
    assert [len(each.lanes) for each in content.bands] == [1, 1]
    assert content.plans == {"": SheetPlan(printed=True)}


def test_what_comes_out_stays_beside_single_lanes() -> None:
    """Where no two lanes go side by side, the outcome finds room in what the inputs leave free."""
    content = paginate(compose(files.load(files.find("translate"), "en"), "en"))
    first = next(band for band in content.bands if band.second is not None)
    assert (len(first.lanes), first.inset) == (2, True)
    assert {len(each.lanes) for each in content.bands if not each.sheet and each is not first} == {
        1
    }


def test_all_bands_wrap_alike() -> None:
    """A word stays in its column: the narrow band is wrapped as the wide one is."""
    wide = band("A", *(lane(f"A_{i}", 5, 9) for i in range(4)))
    narrow = band("B", *(lane(f"B_{i}", 5, 2) for i in range(4)))
    assert [len(b.lanes) for b in paginate(outline(wide, narrow)).bands] == [2, 2, 2, 2]


def test_small_bands_stand_side_by_side() -> None:
    """Each keeps its number, its sentence and its mathematics, over its own half."""
    bands = [band(key, lane(f"{key}_one", 5, 5)) for key in "ABC"]
    content = outline(*bands)
    first, last = paginate(content).bands
    assert [len(first.lanes), len(last.lanes)] == [2, 1]
    assert first.second is not None
    assert (first.second.title, first.second.note) == ("Title of B", "A sentence.")
    sheet = lay_out(content).sheets[0]
    headings = [run for run in sheet.runs if run.role.kind == "heading"]
    assert [run.values[0, 0][0] for run in headings] == list("①②③")
    assert headings[0].area.row == headings[1].area.row < headings[2].area.row
    notes = [run.area.column for run in sheet.runs if run.role.kind == "note"]
    assert notes[:2] == [run.area.column for run in headings[:2]]


def test_what_needs_the_width_stands_alone() -> None:
    """A band with a long heading, two lanes, or what goes on under its heading."""
    long = replace(band("A", lane("A_one", 5, 5)), title="Quite a long title " * 3)
    wide = band("B", lane("B_one", 5, 5), lane("B_two", 5, 5))
    goes_on = [band("C", lane("C_one", 5, 5)), band("D", lane("D_one", 5, 5))]
    after = replace(band("E", lane("E_one", 5, 5)), title="", note="")
    bands = [long, wide, *goes_on, after]
    assert paginate(outline(*bands)).bands == bands


def test_a_wide_page_is_turned() -> None:
    """Lanes that fit side by side on turned paper alone stay together there."""
    content = outline(band("A", lane("A_one", 5, 9), lane("A_two", 5, 9)))
    assert len(paginate(content).bands[0].lanes) == 2
    sheet = lay_out(content).sheets[0]
    assert sheet.landscape
    assert sheet.scale >= LEAST_SCALE


def starts(heights: str, room: float, claims: int = 0, joined: str = "") -> list[int]:
    """Where pages start, of units of some heights, the last of which are claims."""
    sizes = [float(height) for height in heights.split()]
    first = len(sizes) - claims
    units = [Unit(i, str(i) in joined, i >= first) for i in range(len(sizes))]
    return page_starts(units, sizes, room)[1]


def test_pages_are_even() -> None:
    """As few pages as there can be, as even as they can be; what fits on none has its own."""
    assert starts("3 3 3", 10) == [0]
    assert starts("3 3 3 3", 10) == [0, 2]
    assert starts("1 6 3 5", 10) == [0, 2]
    assert starts("4 20 4", 10) == [0, 1, 2]


def test_claims_are_not_alone() -> None:
    """The band before them goes to their page, unless it does not fit there."""
    assert starts("4 5 5", 10) == [0, 2]
    assert starts("4 5 5", 10, claims=1) == [0, 1]
    assert starts("5 9 3", 10, claims=1) == [0, 1, 2]


def test_what_is_joined_stays_together() -> None:
    """A page ends rather before a heading than between the rows under one."""
    assert starts("4 3 3 4", 10) == [0, 2]
    assert starts("4 3 3 4", 10, joined="2") == [0, 1]


units = st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=1, max_size=7)


@given(units, st.integers(0, 7))
def test_pages_are_the_best_there_are(made: list[tuple[int, bool]], claims: int) -> None:
    """Of all ways to break, none has fewer pages of claims alone, or as many and fewer pages."""
    room, count = 10, len(made)
    heights = [float(height) for height, _ in made]
    units = [Unit(i, joined, i >= count - claims) for i, (_, joined) in enumerate(made)]
    cost, found = page_starts(units, heights, room)
    ways = []
    for cuts in product((False, True), repeat=count - 1):
        starts = [0, *(i for i, cut in enumerate(cuts, 1) if cut)]
        pages = [range(*pair) for pair in pairwise([*starts, count])]
        if all(sum(heights[i] for i in page) <= room for page in pages):
            lonely = sum(all(units[i].claim for i in page) for page in pages)
            ways.append((lonely, len(pages), starts))
    assert cost[:2] == min(way[:2] for way in ways)
    assert (*cost[:2], found) in ways


@pytest.mark.parametrize(("rows", "columns"), [(5, 40), (70, 4), (70, 70)])
def test_large_blocks_have_their_own_sheets(rows: int, columns: int) -> None:
    """The page keeps the heading and a link; each large block has a sheet."""
    page, *sheets = paginate(
        outline(band("A", lane("A_one", rows, columns), lane("A_two", 5, 5)))
    ).bands
    assert (page.sheet, page.lanes, page.links) == ("", [], ["A_one", "A_two"])
    assert [sheet.sheet for sheet in sheets] == ["A_one", "A_two"]


def test_the_tallest_block_that_stays() -> None:
    """A block stays while it takes no more than nine tenths of an upright page."""
    fitting = [rows for rows in range(20, 90) if fits(lane("A", rows, 4))]
    scale = lay_out(outline(band("A", lane("A", 20, 4)))).sheets[0].scale
    tallest = int(0.9 * page_points(scale) / ROW_HEIGHT) - 1  # beside the row of column labels
    assert fitting == list(range(20, tallest + 1))


def test_breaks_stand_before_bands() -> None:
    """Each page but the first begins with a heading; the row over it ends the one before."""
    content = outline(*(band(key, lane(f"{key}_one", 30, 9)) for key in "ABC"))
    sheet = lay_out(content).sheets[0]
    headings = [run.area.row for run in sheet.runs if run.role.kind == "heading"]
    assert sheet.breaks == [row - 1 for row in headings[1:]]


def test_no_page_is_smaller_than_can_be_read() -> None:
    """Where a page is saved by a smaller scale, that is no smaller than the least one."""
    scales = set()
    for rows in range(20, 34):
        content = outline(*(band(key, lane(f"{key}_one", rows, 9)) for key in "AB"))
        scales.add(lay_out(content).sheets[0].scale)
    assert min(scales) >= LEAST_SCALE
    assert len(scales) > 2  # some of them are smaller than the page is wide


def test_panels_stay_on_the_page() -> None:
    """A panel of settings, or an outcome, does not move with a large first block."""
    panel: Lane = [Settings([Setting(Input("t", [[1.0]]), "t")])]
    page, sheet = paginate(outline(band("A", lane("A_one", 80, 4), panel))).bands
    assert page.lanes == [panel]
    assert sheet.lanes[0][0].node.name == "A_one"  # type: ignore[union-attr]


def test_labels_stay_in_sight() -> None:
    """Rows and columns of labels are frozen on the screen and repeated on paper."""
    layout = lay_out(outline(band("A", lane("A_one", 70, 70))))
    page, sheet = layout.sheets
    area = layout.names["A_one"]
    assert (sheet.frozen_rows, sheet.frozen_columns) == (area.row - 1, area.column - 1)
    assert sheet.repeated_row == area.row - 1
    assert sheet.breaks == []
    assert [link.target.sheet for link in page.links] == [sheet.title]


def large(words: int, dimensions: int, contexts: int = 1) -> str:
    """A lesson of a certain size, its numbers drawn."""
    random = np.random.RandomState(words)
    lines = ['format = 1\ntitle = "Large"\n[vocabulary.columns]']
    lines += [f'd_{i} = "d{i}"' for i in range(dimensions)]
    lines += ["[vocabulary.words]"]
    drawn = np.round(random.standard_normal((words, dimensions)), 2) + 0.0
    lines += [f"w{i} = {row.tolist()}" for i, row in enumerate(drawn)]
    for context in range(contexts):
        listed = [f"w{(i + context) % words}" for i in range(words)]
        lines += [f'[[contexts]]\nid = "c_{context}"\nwords = {listed}']
    return "\n".join([*lines, "[attention]"])


@pytest.fixture(scope="module")
def sixty_four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.xlsx"
    return build_text(large(64, 64), path)


@pytest.mark.parametrize(
    ("name", "program"), [("ironcalc", ""), ("libreoffice", "soffice"), ("gnumeric", "ssconvert")]
)
def test_a_large_lesson_recalculates(name: str, program: str, sixty_four: Path) -> None:
    """64 words of 64 dimensions, over several sheets, in every engine."""
    if program:
        need(program)
    assert_recalculated(read(sixty_four), engine(name)(sixty_four, []))


def test_a_large_lesson_prints_with_its_labels(sixty_four: Path) -> None:
    """Each sheet of a large block repeats its labels on every page."""
    book = openpyxl.load_workbook(sixty_four)
    assert "Scores" in book.sheetnames
    sheet = book["Scores"]
    row, column = read(sixty_four).names["Scores"].row, read(sixty_four).names["Scores"].column
    assert sheet.print_title_rows == f"${row - 1}:${row - 1}"
    assert sheet.print_title_cols == "$A:$B"
    assert sheet.freeze_panes == sheet.cell(row, column).coordinate


def test_four_contexts(tmp_path: Path) -> None:
    """Four contexts of nine words: everything stands on one page in width."""
    path = build_text(large(9, 4, contexts=4), tmp_path / "four.xlsx")
    saved = read(path)
    assert list(saved.sheets) == ["Large", "On one page"]
    assert_recalculated(saved, engine("ironcalc")(path, []))
    assert saved.names["Scores_c_2"].column == saved.names["Scores_c_0"].column
