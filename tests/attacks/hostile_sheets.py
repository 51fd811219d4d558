"""Sheets: contents and what stands around them, too much of it, or what makes no sense."""

from __future__ import annotations

import random

from attacks.hostile import (
    BOOK,
    ROW,
    SHEET,
    STRINGS,
    Parts,
    Spoil,
    add_behind,
    add_cell,
    add_rows,
    replace,
)
from xlsxattn.a1 import address


def cell_off_the_sheet(content: Parts, source: random.Random) -> None:
    place = source.choice(["XFE1", "A1048577", "ZZZ1", "AAAA1", "A0", "A-1", "1A", "",
                           "A9999999999", "XFD99999999999999999999", "Ä1", "R1C1"])  # fmt: skip
    add_rows(content, f'<row r="{ROW}"><c r="{place}"><v>1</v></c></row>')


def row_off_the_sheet(content: Parts, source: random.Random) -> None:
    number = source.choice(["0", "-1", "1048577", "x", "1e3", "1.5", "9" * 5000, "inf", "nan"])
    add_rows(content, f'<row r="{number}"><c><v>1</v></c></row>')


def far_apart(content: Parts, source: random.Random) -> None:
    """Few cells, as far apart as can be."""
    far = source.choice([20, 500])
    places = sorted(
        {(source.randrange(6000, 1048577), source.choice([1, 16384])) for _ in range(far)}
    )
    add_rows(content, "".join(
        f'<row r="{row}"><c r="{address(row, column)}"><v>1</v></c></row>' for row, column in places
    ) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')  # fmt: skip
    replace(content, SHEET, "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')


def merged_ranges(content: Parts, source: random.Random) -> None:
    count = source.choice([10_000, 19_000, 100_000])
    wide = source.random() < 0.5
    areas = (f"A{n}:{'XFD' if wide else 'B'}{n}" for n in range(6000, 6000 + count))
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    add_behind(content, f'<mergeCells count="{count}">{merged}</mergeCells>')


def many_sheets(content: Parts, source: random.Random) -> None:
    """One part that is thousands of sheets."""
    count = source.choice([1_000, 20_000])
    relation = (
        content[BOOK].decode().split('r:id="')[1].split('"')[0]
        if b'r:id="' in content[BOOK]
        else "rId1"
    )
    namespace = 'xmlns:q="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    more = "".join(
        f'<sheet {namespace} name="S{n}" sheetId="{n + 50}" q:id="{relation}"/>'
        for n in range(count)
    )
    replace(content, BOOK, "</sheets>", more + "</sheets>")


def odd_titles(content: Parts, source: random.Random) -> None:
    name = source.choice(["", "a" * 5000, "a!b", "'", "[1]a", "a:b", "\u202eabc", "&#10;x", "../x",
                          "&#27;[31m"])  # fmt: skip
    old = content[BOOK].decode().split("<sheet ")[1].split('name="')[1].split('"')[0]
    replace(content, BOOK, f'name="{old}"', f'name="{name}"')


def strings_out_of_range(content: Parts, source: random.Random) -> None:
    add_cell(
        content, f"<v>{source.choice(['0', '99999999', '-1', 'x', '1e400', ''])}</v>", ' t="s"'
    )
    if source.random() < 0.3:
        content.pop(STRINGS, None)


def styles_out_of_range(content: Parts, source: random.Random) -> None:
    number = source.choice(["99999999", "-1", "x", "9" * 5000])
    add_cell(content, "<v>1</v>", f' s="{number}"')


def hostile_styles(content: Parts, source: random.Random) -> None:
    name = "xl/styles.xml"
    count = source.choice([0, 200_000])
    formats = f'<xf numFmtId="{source.choice([0, 10**12])}" fontId="{source.choice([0, 10**9])}"/>'
    head, mark, tail = content[name].partition(b"</cellXfs>")
    content[name] = head + formats.encode() * max(1, count) + mark + tail


def odd_content(content: Parts, source: random.Random) -> None:
    """What cells may hold, right and wrong."""
    inside, kind = source.choice([
        ("<v>2024-02-30T99:00</v>", "d"), ("<v>2024-01-02</v>", "d"), ("<v>x</v>", "d"),
        ("<v>#DIV/0!</v>", "e"), ("<v>#WHAT</v>", "e"), ("<v>1</v>", "b"), ("<v>7</v>", "b"),
        ("<is><t>a&#x1F600;</t></is>", "inlineStr"), ("<is/>", "inlineStr"), ("<v>1</v>", "zz"),
        ("<v>1e999</v>", "n"), ("<v>nan</v>", "n"), ("<v>1_0</v>", "n"), ("<v>0x10</v>", "n"),
        (f"<v>{'9' * 100_000}</v>", "n"), ("<v>1,5</v>", "n"), ("<v></v>", "n"),
        ("<v> 1 </v>", "n"), ("<v><v>1</v></v>", "n"), ("<v>1</v><v>2</v>", "n"),
        (f"<v>{'a' * 3_000_000}</v>", "str"), ("<f>1</f><f>2</f><v>1</v>", "n"),
        ("<is><r><t>a</t></r></is>", "inlineStr"),
    ])  # fmt: skip
    add_cell(content, inside, f' t="{kind}"')


def typed_over(content: Parts, source: random.Random) -> None:
    """An odd content in a cell that was there."""
    inside, kind = source.choice([("<v>2024-01-02</v>", "d"), ("<v>#N/A</v>", "e"),
                                  ("<v>1</v>", "b"), ("<is><t>x</t></is>", "inlineStr"),
                                  ("<f>1/0</f>", "n"), ("<f>A1048576</f>", "n"),
                                  ("<v>1e308</v>", "n"), ("<v>-0</v>", "n")])  # fmt: skip
    cells = content[SHEET].decode().split("<c ")
    number = source.randrange(1, len(cells))
    place = cells[number].split('r="')[1].split('"')[0]
    end = (
        cells[number].split("</c>")[-1]
        if "</c>" in cells[number]
        else cells[number].split("/>", 1)[-1]
    )
    cells[number] = f'r="{place}" t="{kind}">{inside}</c>{end}'
    content[SHEET] = "<c ".join(cells).encode()


def twice_the_same_cell(content: Parts, source: random.Random) -> None:
    add_rows(content, '<row r="1"><c r="A1"><v>9</v></c><c r="A1"><v>8</v></c></row>'
             '<row r="7000"><c r="B7000"><v>1</v></c><c r="A7000"><v>2</v></c></row>')  # fmt: skip


def validations(content: Parts, source: random.Random) -> None:
    count = source.choice([2_000, 30_000])
    place = source.choice(["A1:XFD1048576", "A1 " * 200, "A1:B2:C3", "x", ""])
    one = (f'<dataValidation type="list" sqref="{place}"><formula1>"a,b"</formula1>'
           "</dataValidation>")  # fmt: skip
    add_behind(
        content, f"<dataValidations>{one * (count if len(place) < 20 else 300)}</dataValidations>"
    )


def formats_by_condition(content: Parts, source: random.Random) -> None:
    rule = ('<cfRule type="expression" priority="1">'
            "<formula>SUM($A$1:$XFD$1048576)&gt;0</formula></cfRule>")  # fmt: skip
    one = f'<conditionalFormatting sqref="A1:XFD1048576">{rule}</conditionalFormatting>'
    add_behind(content, one * source.choice([1, 20_000]))


def chart_points(content: Parts, source: random.Random) -> None:
    """A chart that says how many points it has, and where."""
    number = source.choice([10**6, 10**9, 10**30])
    chart = next((n for n in content if n.startswith("xl/charts/chart")), "xl/charts/chart1.xml")
    content[chart] = (
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart>'
        f'<c:ser><c:val><c:numRef><c:f>A1:XFD1048576</c:f><c:numCache><c:ptCount val="{number}"/>'
        f'<c:pt idx="{number}"><c:v>1</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>'
        "</c:chart></c:chartSpace>"
    ).encode()


def deep_xml(content: Parts, source: random.Random) -> None:
    depth = source.choice([2_000, 100_000, 1_000_000])
    deep = "<a>" * depth + "</a>" * depth
    where = source.choice([SHEET, BOOK, "xl/styles.xml", "docProps/core.xml", "cell", "lesson"])
    if where == "cell":
        add_cell(content, deep)
    elif where == "lesson":
        content["customXml/item9.xml"] = deep.encode()
    else:
        head, mark, tail = content[where].rpartition(b"</")
        content[where] = head + deep.encode() + mark + tail


def entities(content: Parts, source: random.Random) -> None:
    """Declarations that multiply, or that lead to a file."""
    laughs = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    declared = source.choice([
        f'<!DOCTYPE x [<!ENTITY b0 "ha">{laughs}]>', '<!DOCTYPE x [<!ENTITY b9 "1">]>',
        '<!DOCTYPE x [<!ENTITY b9 SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE worksheet>",
        f'<!DOCTYPE x [<!ENTITY b9 "{"a" * 100_000}">]>',
    ])  # fmt: skip
    part = source.choice([SHEET, BOOK, "xl/styles.xml", "[Content_Types].xml", "docProps/core.xml"])
    data = content[part].decode()
    head = data.partition("?>")[0] + "?>" if data.startswith("<?xml") else ""
    body = data[len(head) :]
    if part == SHEET:
        used = '<row r="8000"><c r="A8000" t="str"><v>&b9;</v></c></row></sheetData>'
        body = body.replace("</sheetData>", used if "ENTITY" in declared else "</sheetData>")
    if source.random() < 0.4:
        coding = source.choice(["utf-16", "cp037"])
        content[part] = f'<?xml version="1.0" encoding="{coding}"?>{declared}{body}'.encode(coding)
    else:
        content[part] = (head + declared + body).encode()


NEVER: list[Spoil] = [cell_off_the_sheet, row_off_the_sheet, merged_ranges, deep_xml, entities]
PERHAPS: list[Spoil] = [
    far_apart, many_sheets, odd_titles, strings_out_of_range, styles_out_of_range, hostile_styles,
    odd_content, typed_over, twice_the_same_cell, validations, formats_by_condition, chart_points,
]  # fmt: skip
