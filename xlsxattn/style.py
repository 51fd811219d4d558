"""How things look: colours, fonts, number formats, widths. No mathematics, no files.

A ``Role`` says what a cell is for; ``look`` says what that looks like. Colours are
chosen to stay apart in grey, and no meaning hangs on colour alone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import cache

from xlsxattn.widths import characters

TEXT_FONT, MATH_FONT, CODE_FONT = "Arial", "Cambria", "Consolas"

INK, MUTED, FAINT, LINE = "1F2937", "4B5563", "6B7280", "C7CCD4"
#: The dark border tells inputs from results where there is no colour.
INPUT_INK, INPUT_FILL, INPUT_LINE = "1D4ED8", "FEF9E7", "6B7280"
#: What stands in rows of cells stands on one line: centred, fonts of other heights, such as
#: those of Chinese words beside numbers, would be up to three pixels lower.
IN_CELLS = {
    "label", "word", "header", "caption", "input", "value", "side", "verdict", "tag", "text",
    "legend", "of",
}  # fmt: skip

#: For each tone: the colour of its words, of its band, and of its heat at the most.
TONES = {
    "neutral": ("374151", "EEF0F3", "C4CAD4"),
    "input": ("334155", "E8EDF3", "B8C4D6"),
    "query": ("1D4ED8", "E3EBFD", "93B4F8"),
    "key": ("B91C1C", "FCE6E6", "F3A5A5"),
    "value": ("166534", "E2F4E8", "8FD3A8"),
    "scores": ("6D28D9", "EEE7FC", "BBA2F2"),
    "output": ("92400E", "FDF0DC", "F5B95F"),
    "recurrent": ("4D7C0F", "EDF5DD", "B7D17F"),
    "head1": ("0F766E", "DDF3F0", "7FCDC3"),
    "head2": ("BE185D", "FCE4EF", "EFA0C4"),
    "head3": ("4338CA", "E4E6FC", "A5AAF0"),
    "head4": ("854D0E", "FBF3D5", "E3C65C"),
}
#: Numbers below this are scores that a mask took away, whatever they were divided by.
MASKED_BELOW = -1e25
#: The series of a chart, each darker than the one before, so that they differ in grey too.
SERIES = ("E5E8ED", "C3C9D3", "F0A030", "6D8F3A", "4C3BC2", "1F2937")

#: Sizes of type on the screen, in points. A page prints at ``LEAST_SCALE`` percent or more, so
#: that cells are 8 points high on paper, and the small type of labels and formulas 7 points.
TITLE_SIZE, HEADING_SIZE, SUBTITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 18, 11.5, 10.5, 10, 9
LONG_TITLE_SIZE, ARROW_SIZE = 13, 12
LEAST_SCALE = 80
#: What tells the lines of a chart apart without colour: how a line is dashed, and its marks.
LINES = (
    ("solid", "circle"), ("dash", "square"), ("sysDot", "triangle"), ("dashDot", "diamond"),
    ("lgDash", "x"), ("lgDashDot", "plus"),
)  # fmt: skip
#: Of ideas that several lessons draw, always the same ones.
TONE_LINES = {"scores": LINES[0], "recurrent": LINES[1], "value": LINES[2], "neutral": LINES[3]}
#: And how its bars are hatched, if they are.
PATTERNS = ("", "ltUpDiag", "", "wdUpDiag", "wdDnDiag", "")

#: Widths are in characters of the default font, heights in points.
MARGIN_WIDTH, GAP_WIDTH, VALUE_WIDTH = 1.0, 2.4, 6.2
#: The width of a value where there are more columns than that side by side.
NARROW_WIDTH, MANY_COLUMNS = 5.4, 14
LABEL_WIDTHS = (7.0, 16.0)
#: Whole pixels of a screen of 96 dots an inch, to which Excel rounds heights: 0.75 points each.
ROW_HEIGHT, TITLE_HEIGHT, HEADING_HEIGHT, FORMULA_HEIGHT, SPACE_HEIGHT = (
    14.25, 26.25, 18.0, 12.75, 7.5,
)  # fmt: skip
SHADE_HEIGHT = 12.75  # of rows of colours
UPRIGHT_HEIGHT = 51.0  # of labels that stand upright
CAPTION_LINE = 12.0  # of a caption that takes more lines than one

#: The papers that a workbook may be set up for, by their numbers in files; both hold its pages.
PAPERS = {"a4": 9, "letter": 1}
PAPER = "a4"
#: The margins of the printed page in inches: at the sides, over it, and under it for the footer.
SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 0.4, 0.5, 0.65
#: The printed page: narrower than A4, shorter than Letter, so that both hold it. Inches.
PAGE_WIDTH, PAGE_HEIGHT = 8.27 - 2 * SIDE_MARGIN, 11.0 - TOP_MARGIN - BOTTOM_MARGIN
LANDSCAPE_WIDTH, LANDSCAPE_HEIGHT = 11.0 - 2 * SIDE_MARGIN, 8.27 - TOP_MARGIN - BOTTOM_MARGIN
#: Engines differ a little in how wide a column comes out; stay inside by this much. Heights
#: are whole pixels, and come out alike.
PAGE_SAFETY, HEIGHT_SAFETY = 0.965, 0.985


@dataclass(frozen=True)
class Role:
    """What a cell is for: one of the kinds that ``look`` knows, and its variations."""

    kind: str
    tone: str = "neutral"
    decimals: int = 2
    signed: bool = False
    masked: bool = False
    wide: bool = False
    frame: str = ""  # the sides with a line in the tone: l, r, t, b
    live: bool = False  # a text that a formula gives: a cell of text format would stop it
    lines: bool = False  # a text that is too long for one line


@dataclass(frozen=True)
class Look:
    """What a cell looks like, in plain values that any writer can use."""

    size: float = TEXT_SIZE
    colour: str = INK
    bold: bool = False
    italic: bool = False
    font: str = TEXT_FONT
    fill: str = ""
    border: str = ""  # its colour
    frame: str = ""  # the sides where it is thick instead
    frame_colour: str = INK
    align: str = ""
    vertical: str = "center"
    number_format: str = "General"
    shrink: bool = False
    wrap: bool = False
    text_only: bool = False
    underline: bool = False
    upright: bool = False
    indent: int = 0


def number_format(
    decimals: int, signed: bool = False, masked: bool = False, wide: bool = False
) -> str:
    """Fixed decimals, aligned; a signed number shows its plus, a masked score a dash.

    Among ``wide`` numbers, small and large ones in one block, those from 1,000 on have none.
    """
    digits = "0." + "0" * decimals if decimals else "#,##0"
    if masked:
        return f'[<{MASKED_BELOW:.0E}]"–";[<0]"−"{digits};{digits}'
    if wide:
        return f'[>=1000]#,##0;[<0]"−"{digits};{digits}'
    return f'{"+" if signed else ""}{digits};"−"{digits};{digits}'


def unsigned_format(decimals: int) -> str:
    """The format of what rounds to zero: without a sign, whichever side of zero it is."""
    digits = "0." + "0" * decimals if decimals else "#,##0"
    return f"{digits};{digits};{digits}"


def rounds_to_zero(decimals: int) -> tuple[str, str]:
    """The numbers that show nothing but zeros: from which one, and up to which.

    Half a unit of the last decimal is shown as one; LibreOffice takes neighbours for equal.
    """
    limit = 0.5 * 10**-decimals * (1 - 1e-9)
    return repr(-limit), repr(limit)


@cache
def look(role: Role) -> Look:
    """The look of a role; KeyError for a kind that does not exist."""
    ink, band, _ = TONES[role.tone]
    digits = number_format(role.decimals, role.signed, role.masked, role.wide)
    looks = {
        "title": Look(TITLE_SIZE, INK, bold=True),
        "long_title": Look(LONG_TITLE_SIZE, INK, bold=True),
        "subtitle": Look(SUBTITLE_SIZE, MUTED),
        "heading": Look(HEADING_SIZE, ink, bold=True, fill=band),
        "heading_fill": Look(HEADING_SIZE, ink, fill=band),
        "mathematics": Look(HEADING_SIZE, ink, italic=True, font=MATH_FONT, fill=band,
                            align="right"),
        "note": Look(TEXT_SIZE, MUTED),
        "label": Look(TEXT_SIZE, INK, align="right", shrink=True, text_only=True),
        "word": Look(TEXT_SIZE, INPUT_INK, fill=INPUT_FILL, border=INPUT_LINE, align="right",
                     shrink=True, text_only=True),
        "header": Look(SMALL_SIZE, MUTED, align="center", shrink=True, text_only=True),
        "caption": Look(SMALL_SIZE, ink, italic=True, align="right", wrap=True, text_only=True,
                        indent=1),
        "input": Look(TEXT_SIZE, INPUT_INK, fill=INPUT_FILL, border=INPUT_LINE, align="center",
                      number_format=digits, shrink=True),
        "value": Look(TEXT_SIZE, INK, border=LINE, align="center", number_format=digits,
                      shrink=True),
        "shade": Look(SMALL_SIZE, INK, border=LINE, number_format=";;;"),
        "upright": Look(SMALL_SIZE, MUTED, align="center", text_only=True, upright=True),
        "typed": Look(HEADING_SIZE, INPUT_INK, fill=INPUT_FILL, border=INPUT_LINE, align="left",
                      wrap=True, text_only=True),
        "prose": Look(LONG_TITLE_SIZE, INK, fill=band, align="left", vertical="top", wrap=True,
                      indent=1),
        "side": Look(TEXT_SIZE, MUTED, italic=True, border=LINE, align="center",
                     number_format=digits, shrink=True),
        "formula": Look(SMALL_SIZE, FAINT, font=CODE_FONT, vertical="top", text_only=True),
        "arrow": Look(ARROW_SIZE, ink, bold=True, align="center", text_only=True),
        "worked": Look(SUBTITLE_SIZE, INK, bold=True, text_only=True),
        "sum": Look(TEXT_SIZE, INK, text_only=True),
        "verdict": Look(TEXT_SIZE, INK, bold=True, border=LINE, align="center"),
        "tag": Look(SMALL_SIZE, MUTED, italic=True, align="center", text_only=True),
        "text": Look(TEXT_SIZE, INK, text_only=True, align="left", indent=1),
        "legend": Look(TEXT_SIZE, MUTED, text_only=True, align="left", indent=1),
        "back": Look(TEXT_SIZE, INPUT_INK, underline=True, text_only=True, align="right"),
        "said": Look(SUBTITLE_SIZE, ink, bold=True, align="left"),
        "bar": Look(TEXT_SIZE, ink),
        "of": Look(TEXT_SIZE, INK, align="right", text_only=True),
        "tally": Look(SUBTITLE_SIZE, ink, bold=True, fill=band, align="right"),
        "station": Look(SMALL_SIZE, ink, fill=band, align="left", indent=1),
        "try": Look(SMALL_SIZE, INPUT_INK, text_only=True),
        "tag_link": Look(SMALL_SIZE, INPUT_INK, italic=True, underline=True, align="center",
                         text_only=True),
        "link": Look(TEXT_SIZE, INPUT_INK, underline=True, text_only=True),
    }  # fmt: skip
    found = looks[role.kind]
    if role.lines:
        found = replace(found, shrink=False, wrap=True)
    if role.kind in IN_CELLS:
        found = replace(found, vertical="bottom")
    if role.frame:
        found = replace(found, frame=role.frame, frame_colour=ink, bold=True)
    return replace(found, text_only=False) if role.live else found


def text_colour(tone: str) -> str:
    """The colour of a tone's words, dark enough to be seen in grey."""
    return TONES[tone][0]


def band_colour(tone: str) -> str:
    """The colour of a tone's headings, light enough for numbers to stand on."""
    return TONES[tone][1]


def heat_colour(tone: str) -> str:
    """The colour of the largest value of a heat map."""
    return TONES[tone][2]


def wrapped(text: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """The text in lines of at most ``width`` characters of the default font (11 points)."""
    room = width * 11 / size
    if characters(text) <= room:
        return [text] if text else []
    lines, line = [], ""
    for word in _pieces(text.strip()):
        if line and characters(line + word.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line.strip() else lines


OPENERS = "（“《"


def _pieces(text: str) -> list[str]:
    """Where a line may break: after a space, and between Chinese characters."""
    pieces: list[str] = []
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        opens, after_opener = character in OPENERS, bool(pieces) and pieces[-1][-1] in OPENERS
        breaks = pieces and (pieces[-1].endswith(" ") or (wide and character.isalnum()) or opens)
        if pieces and (not breaks or after_opener):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def pixels(width: float) -> int:
    """The width of a column on a screen of 96 dots an inch."""
    return int(width * 7 + 5)


def print_scale(widths: list[float], landscape: bool = False) -> int:
    """The scale, in percent, at which columns of these widths fill the page's width."""
    inches = sum(pixels(width) for width in widths) / 96
    width = LANDSCAPE_WIDTH if landscape else PAGE_WIDTH
    return max(10, min(100, int(100 * PAGE_SAFETY * width / inches)))


def page_width_points(scale: int, landscape: bool = False) -> float:
    """How many points of columns a printed page holds at a scale in percent."""
    width = LANDSCAPE_WIDTH if landscape else PAGE_WIDTH
    return PAGE_SAFETY * width * 72 * 100 / scale


def page_points(scale: int, landscape: bool = False) -> float:
    """How many points of rows a printed page holds at a scale in percent."""
    height = LANDSCAPE_HEIGHT if landscape else PAGE_HEIGHT
    return HEIGHT_SAFETY * height * 72 * 100 / scale
