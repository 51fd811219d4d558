"""How things look: roles, number formats, widths, and lines that fit."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsxattn.style import (
    FAINT,
    INK,
    INPUT_FILL,
    INPUT_INK,
    LINES,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SERIES,
    TONE_LINES,
    TONES,
    Role,
    characters,
    heat_colour,
    look,
    number_format,
    page_points,
    pixels,
    print_scale,
    rounds_to_zero,
    unsigned_format,
    wrapped,
)

KINDS = (
    "title", "subtitle", "heading", "heading_fill", "mathematics", "note", "label", "word",
    "header", "caption", "input", "value", "side", "formula", "verdict", "tag", "text", "legend",
    "link",
)  # fmt: skip


def luminance(colour: str) -> float:
    """How light a colour is, from 0 to 1, as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """How well one colour is read on another, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


# --- looks ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_look(kind):
    """Each kind has a size that can be read, and colours of six digits."""
    found = look(Role(kind))
    assert 7 <= found.size <= 20
    assert re.fullmatch("[0-9A-F]{6}", found.colour)
    assert re.fullmatch("([0-9A-F]{6})?", found.fill)


def test_unknown_kinds_and_tones():
    """A kind or a tone that does not exist is an error, not a plain cell."""
    with pytest.raises(KeyError):
        look(Role("headline"))
    with pytest.raises(KeyError):
        look(Role("heading", tone="pink"))


def test_inputs_look_typed():
    """Blue on cream is what can be changed, and nothing else is."""
    cream = {kind for kind in KINDS if look(Role(kind)).fill == INPUT_FILL}
    assert cream == {"input", "word"}
    assert {look(Role(kind)).colour for kind in cream} == {INPUT_INK}


def test_texts_stay_texts():
    """Words and printed formulas are text cells, so that `=C5/2` is not computed."""
    for kind in ("word", "label", "header", "formula", "text"):
        assert look(Role(kind)).text_only
    for kind in ("input", "value", "side", "verdict"):
        assert not look(Role(kind)).text_only


def test_heading_has_the_colour_of_its_tone():
    """A step's band is coloured by what it shows."""
    for tone, (ink, band, heat) in TONES.items():
        found = look(Role("heading", tone))
        assert (found.colour, found.fill) == (ink, band)
        assert heat_colour(tone) == heat


def test_queries_keys_and_values_differ():
    """No two tones share the colour of their words or of their heat."""
    assert len({ink for ink, _, _ in TONES.values()}) == len(TONES)
    assert len({heat for _, _, heat in TONES.values()}) == len(TONES)


@pytest.mark.parametrize("tone", TONES)
def test_colours_can_be_read(tone):
    """Words stand out from their band, and numbers from the strongest heat."""
    ink, band, heat = TONES[tone]
    assert contrast(ink, band) >= 4
    assert contrast(MUTED, band) >= 4
    assert contrast(INK, heat) >= 4


def test_plain_colours_can_be_read():
    """Even the faintest text is read on white; inputs are read on cream."""
    for colour in (INK, MUTED, FAINT):
        assert contrast(colour, "FFFFFF") >= 4.5
    assert contrast(INPUT_INK, INPUT_FILL) >= 4.5


def test_an_idea_keeps_its_sign():
    """Lines differ without colour, and those of one idea are alike in all charts."""
    assert len(set(LINES)) == len(LINES)
    assert set(TONE_LINES) <= set(TONES)
    assert len(set(TONE_LINES.values())) == len(TONE_LINES)


def test_inputs_are_known_in_grey():
    """The border of what is typed is darker than any other."""
    borders = {kind: look(Role(kind)).border for kind in KINDS}
    lines = {kind: luminance(colour) for kind, colour in borders.items() if colour}
    typed = {lines.pop("input"), lines.pop("word")}
    assert max(typed) < 0.5 * min(lines.values())


def test_zero_has_no_sign():
    """What rounds to zero is shown so, up to half a unit of the last decimal."""
    least, most = map(float, rounds_to_zero(2))
    assert -0.005 < least < -0.00499 and most == -least
    assert "−" not in unsigned_format(2)


def test_wide_and_masked_numbers():
    """Large numbers need no decimals; a score that a mask took away is a dash."""
    assert number_format(4, wide=True).startswith("[>=1000]#,##0;")
    assert number_format(2, masked=True).startswith('[<-1E+25]"–";')


def test_frames():
    """A frame has the colour of its tone, on the sides that are named."""
    found = look(Role("value", "key", frame="lt"))
    assert (found.frame, found.frame_colour, found.bold) == ("lt", TONES["key"][0], True)


def test_series_have_colours_of_their_own():
    """No two series of a chart are equally light."""
    greys = [round(luminance(colour), 3) for colour in SERIES]
    assert len(set(greys)) == len(SERIES)


def test_decimals_of_a_role():
    """A role's decimals and signs become its number format."""
    assert look(Role("value", decimals=4)).number_format == number_format(4)
    assert look(Role("value", signed=True)).number_format == number_format(2, signed=True)
    assert look(Role("title")).number_format == "General"


@pytest.mark.parametrize(
    ("decimals", "signed", "expected"),
    [
        (2, False, '0.00;"−"0.00;0.00'),
        (0, False, '#,##0;"−"#,##0;#,##0'),
        (3, True, '+0.000;"−"0.000;0.000'),
        (0, True, '+#,##0;"−"#,##0;#,##0'),
    ],
)
def test_number_format(decimals, signed, expected):
    """Decimals are fixed, minus is a true minus, and only a signed number shows its plus."""
    assert number_format(decimals, signed) == expected


# --- widths ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("mouse", 5),
        ("语境", 4.3),
        ("a语", 3.15),
        ("“语”", 6.45),
        ("“a”", 3),
        ("e\u0301", 1),
    ],
)
def test_characters(text, width):
    """A Chinese character is about two wide, an accent that combines nothing."""
    assert characters(text) == pytest.approx(width)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("one two three", 8, ["one two", "three"]),
        ("one two three", 3, ["one", "two", "three"]),
        ("unbreakable", 4, ["unbreakable"]),
        ("an unbreakable word", 4, ["an", "unbreakable", "word"]),
        ("一二三四五六", 9, ["一二三四", "五六"]),
        ("一二三四，五六", 9, ["一二三", "四，五六"]),
    ],
)
def test_wrapped(text, width, lines):
    """Lines break after a space and between Chinese characters, never before a comma."""
    assert wrapped(text, width, size=11) == lines


def test_wrapped_in_small_type():
    """Smaller type holds more in the same width."""
    text = "one two three four"
    assert wrapped(text, 9, size=11) == ["one two", "three", "four"]
    assert wrapped(text, 9, size=5.5) == [text]


words = st.lists(st.text("abcdefghij", min_size=1, max_size=8), min_size=1, max_size=20)


@given(words, st.integers(8, 30))
def test_wrapped_lines_fit(words, width):
    """No line is wider than the room, and no word is lost or cut."""
    lines = wrapped(" ".join(words), width, size=11)
    assert all(characters(line) <= width for line in lines)
    assert " ".join(lines).split(" ") == words


@given(st.text("一二三四五六，。、", min_size=1, max_size=60), st.integers(10, 30))
def test_wrapped_chinese_keeps_every_character(text, width):
    """Breaking a Chinese text adds and drops nothing."""
    assert "".join(wrapped(text, width, size=11)) == text


def test_pixels():
    """A column's width is in digits of the default font, plus its padding."""
    assert (pixels(0), pixels(1), pixels(6.8)) == (5, 12, 52)


# --- the page -------------------------------------------------------------------------


def test_page_holds_both_papers():
    """The printed area fits A4, which is narrower, and Letter, which is shorter."""
    assert PAGE_WIDTH < 8.27
    assert PAGE_HEIGHT < 11.0


@given(st.lists(st.floats(1, 15), min_size=1, max_size=60))
def test_print_scale_fits_the_width(widths):
    """At its scale a sheet is no wider than the page, and never enlarged."""
    scale = print_scale(widths)
    inches = sum(pixels(width) for width in widths) / 96
    assert 10 <= scale <= 100
    if scale > 10:
        assert inches * scale / 100 <= PAGE_WIDTH


def test_print_scale():
    """Few columns print at full size, many at as much as fits, and none below a tenth."""
    assert print_scale([7.0] * 5) == 100
    assert 30 < print_scale([7.0] * 30) < 50
    assert print_scale([7.0] * 1000) == 10


def test_page_points():
    """Half the scale holds twice the rows, and full scale no more than the paper."""
    assert page_points(50) == pytest.approx(2 * page_points(100))
    assert page_points(100) <= PAGE_HEIGHT * 72
