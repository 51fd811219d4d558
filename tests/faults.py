"""Faults of every kind, planted one at a time into the built lessons; how many `check` finds.

Each is planted into the parts of the file; formulas and names are given the values that they
then have, as a program that saves the file would store them. All of them, with those that were
not found by name::

    python tests/faults.py                  # all lessons
    python tests/faults.py mouse heads      # some
    python tests/faults.py --saved-since    # as if Excel had saved the files before
    python tests/faults.py task --most 20   # of each lesson so many, any: a check may take long
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import Path

from tools import consistent, parts, write_parts

from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.errors import XlsxattnError
from xlsxattn.lesson import template_names
from xlsxattn.saved import read

#: How many of each kind are planted into each lesson, where it has as many.
EACH = 3
Parts = dict[str, bytes]

_FORMULA = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>([^<]*)</f><v>([^<]*)</v></c>')
_TEXT = re.compile(
    rb'(<c r="([A-Z]+[0-9]+)"[^>]*t="inlineStr"[^>]*><is>)(.*?)(</is></c>)', re.DOTALL
)


@dataclass(frozen=True)
class Fault:
    """What is planted, and where; ``settled`` with the values that formulas then give."""

    kind: str
    what: str
    parts: Parts
    settled: bool = False


class Planter:
    """Plants faults into one lesson's file.

    ``saved_since`` makes it a file that Excel has saved, which need not be as it was written.
    """

    def __init__(self, path: Path, seed: int, *, saved_since: bool = False) -> None:
        self.path, self.choose, self.parts = path, random.Random(seed), parts(path)
        if saved_since:
            application = re.compile(rb"<Application>[^<]*<")
            self.parts["docProps/app.xml"] = application.sub(
                b"<Application>Microsoft Excel<", self.parts["docProps/app.xml"]
            )
        saved = read(path)
        assert saved.carried is not None
        self.saved, self.sheet = saved, "xl/worksheets/sheet1.xml"
        self.inputs = {
            (area.sheet, row, column)
            for name, area in saved.names.items()
            if not any(cell in saved.sheets[area.sheet].formulas
                       for cell in [f"{_letters(area.column)}{area.row}"])
            for row, column in area.cells()
        }  # fmt: skip

    def faults(self) -> Iterator[Fault]:
        for plant in (
            self.formulas, self.constants, self.names, self.claims, self.labels, self.headings,
            self.lists, self.list_sources, self.charts, self.chart_titles, self.formats,
            self.cell_formats, self.colours, self.weights, self.fills, self.calculation, self.texts,
            self.signs, self.hidden, self.protected, self.switches,
        ):  # fmt: skip
            yield from plant()

    def some(self, found: list[re.Match[bytes]], count: int = EACH) -> list[re.Match[bytes]]:
        return self.choose.sample(found, min(count, len(found)))

    def with_part(self, name: str, content: bytes) -> Parts:
        return {**self.parts, name: content}

    def edited(self, kind: str, match: re.Match[bytes], new: bytes, **also: bool) -> Fault:
        sheet = self.parts[self.sheet]
        content = sheet[: match.start()] + new + sheet[match.end() :]
        what = f"{match[0][:60].decode(errors='replace')} → {new[:60].decode(errors='replace')}"
        return Fault(kind, what, self.with_part(self.sheet, content), **also)

    def formula_cells(self, unwanted: bytes = b"IFERROR(") -> list[re.Match[bytes]]:
        found = list(_FORMULA.finditer(self.parts[self.sheet]))
        return [one for one in found if not one[3].startswith(unwanted) and b"t=" not in one[2]]

    # --- formulas ---

    def formulas(self) -> Iterator[Fault]:
        """Another row, another sign, another factor."""
        for match in self.some(self.formula_cells(), 6):
            cell = re.search(rb"(?<![A-Za-z_!$])([A-Z]{1,2})(\d+)(?![\d(!])", match[3])
            if cell:
                moved = b"%s%d" % (cell[1], int(cell[2]) + 1)
                text = match[3][: cell.start()] + moved + match[3][cell.end() :]
            else:
                text = b"1.5*(" + match[3] + b")"
            new = match[0].replace(b"<f>" + match[3], b"<f>" + text)
            yield self.edited("formula", match, new, settled=True)

    def signs(self) -> Iterator[Fault]:
        for match in self.some(self.formula_cells(), 2):
            new = match[0].replace(b"<f>" + match[3], b"<f>0-(" + match[3] + b")")
            yield self.edited("sign", match, new, settled=True)

    def constants(self) -> Iterator[Fault]:
        """The value that is right at the moment, typed or dressed as a formula."""
        for match in self.some(self.formula_cells(), 3):
            new = match[0].replace(b"<f>" + match[3] + b"</f>", b"")
            yield self.edited("constant", match, new)
            new = match[0].replace(b"<f>" + match[3], b"<f>" + match[4])
            yield self.edited("constant", match, new)

    def claims(self) -> Iterator[Fault]:
        """Always true, another threshold, another relation, the other context."""
        verdicts = [
            one for one in _FORMULA.finditer(self.parts[self.sheet])
            if b'"\xe2\x9c\x93","\xe2\x9c\x97"' in one[3]
        ]  # fmt: skip
        for match in verdicts:
            always = 'IFERROR(IF(TRUE,"✓","✗"),"–")'.encode()
            new = match[0].replace(b"<f>" + match[3], b"<f>" + always)
            yield self.edited("claim always true", match, new)
        for match in self.some(verdicts, 2):
            number = re.search(rb"(?<![\w$.])(\d+(?:\.\d+)?(?:E-?\d+)?)(?=[,)])", match[3])
            if number and float(number[1]):
                other = repr(float(number[1]) * 1.07).upper().encode()
                text = match[3][: number.start()] + other + match[3][number.end() :]
                yield self.edited(
                    "threshold", match, match[0].replace(match[3], text), settled=True
                )
            for a, b in ((b"_cat", b"_keyboard"), (b"_one", b"_two"), (b"head1", b"head2")):
                if a in match[3]:
                    text = match[3].replace(a, b)
                    new = match[0].replace(match[3], text)
                    yield self.edited("other context", match, new, settled=True)

    # --- names ---

    def names(self) -> Iterator[Fault]:
        """A name one row or column further, or swapped with one of its size."""
        book = self.parts["xl/workbook.xml"]
        area = rb"\$([A-Z]+)\$(\d+)(:\$([A-Z]+)\$(\d+))?"
        pattern = rb'(<definedName name="(?!_xlnm)[^"]*">[^<]*!)' + area + rb"<"
        found = list(re.finditer(pattern, book))
        for match in self.some(found, 4):
            last = b":$%s$%d" % (match[5], int(match[6]) + 1) if match[4] else b""
            new = match[1] + b"$%s$%d" % (match[2], int(match[3]) + 1) + last + b"<"
            content = book[: match.start()] + new + book[match.end() :]
            what = new.decode()
            yield Fault("name", what, self.with_part("xl/workbook.xml", content), settled=True)

    # --- texts ---

    def text_cells(self, *, heading: bool) -> list[re.Match[bytes]]:
        found = []
        for match in _TEXT.finditer(self.parts[self.sheet]):
            place = re.fullmatch(rb"([A-Z]+)(\d+)", match[2])
            assert place
            own = (self.title, int(place[2]), _number(place[1].decode())) in self.inputs
            text = unescape(re.sub(rb"<[^>]*>", b"", match[3]).decode())
            if not own and text.strip() and (text[0].isdigit() or not heading):
                found.append(match)
        return found

    @property
    def title(self) -> str:
        return next(iter(self.saved.sheets))

    def labels(self) -> Iterator[Fault]:
        """A label that says what its neighbour says."""
        found = [m for m in self.text_cells(heading=False) if len(m[3]) < 60]
        for match in self.some(found, 4):
            new = match[1] + b"<t>other</t>" + match[4]
            yield self.edited("label", match, new)

    def headings(self) -> Iterator[Fault]:
        """Two headings that have changed places."""
        found = self.text_cells(heading=True)
        for first, second in pairwise(found[:3]):
            if first[3] == second[3]:
                continue
            sheet = self.parts[self.sheet]
            content = (
                sheet[: first.start(3)] + second[3] + sheet[first.end(3) : second.start(3)]
                + first[3] + sheet[second.end(3) :]
            )  # fmt: skip
            what = f"{first[2].decode()} and {second[2].decode()}"
            yield Fault("heading", what, self.with_part(self.sheet, content))

    def texts(self) -> Iterator[Fault]:
        """A sentence with a "not" in it, or without its last word."""
        found = [m for m in self.text_cells(heading=False) if len(m[3]) >= 60]
        for match in self.some(found, 3):
            texts = list(re.finditer(rb"<t[^>]*>([^<]+)</t>", match[3]))
            last = texts[-1]
            inner = match[3][: last.start(1)] + b"not " + match[3][last.start(1) :]
            yield self.edited("text", match, match[1] + inner + match[4])

    # --- what stands around the cells ---

    def in_sheet(self, kind: str, pattern: bytes, change: Callable[[re.Match[bytes]], bytes],
                 count: int = EACH) -> Iterator[Fault]:  # fmt: skip
        for match in self.some(list(re.finditer(pattern, self.parts[self.sheet])), count):
            yield self.edited(kind, match, change(match))

    def lists(self) -> Iterator[Fault]:
        """A list that is gone, or refuses nothing."""
        pattern = rb"<dataValidation [^>]*>(?:(?!</dataValidation>).)*</dataValidation>"
        yield from self.in_sheet("list", pattern, lambda m: b"", 2)
        pattern = rb'(<dataValidation [^>]*)showErrorMessage="1"'
        yield from self.in_sheet("list", pattern, lambda m: m[1] + b'showErrorMessage="0"', 2)

    def list_sources(self) -> Iterator[Fault]:
        """A list of one word less, a switch of one state less, another limit."""
        pattern = rb"<formula1>\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)</formula1>"
        new = b"<formula1>$%s$%s:$%s$%d</formula1>"
        yield from self.in_sheet(
            "list", pattern, lambda m: new % (m[1], m[2], m[3], int(m[4]) - 1), 2
        )
        pattern = rb"<formula1>\"[^<]*,([^<,]*)\"</formula1>"
        yield from self.in_sheet("switch", pattern, lambda m: b'<formula1>"0"</formula1>', 2)
        pattern = rb"<formula2>([^<]+)</formula2>"
        yield from self.in_sheet(
            "list", pattern, lambda m: b"<formula2>%d</formula2>" % (2 * float(m[1]) + 3), 1
        )

    def charts(self) -> Iterator[Fault]:
        """A series over one cell less, or over the cells below."""
        for name in [n for n in self.parts if re.fullmatch(r"xl/charts/chart\d+\.xml", n)][:2]:
            content = self.parts[name]
            pattern = rb"(<(?:\w+:)?f>[^<]*!\$[A-Z]+\$)(\d+)"
            for match in self.some(list(re.finditer(pattern, content)), 2):
                new = match[1] + b"%d" % (int(match[2]) + 1)
                changed = content[: match.start()] + new + content[match.end() :]
                yield Fault("chart", f"{name} {new.decode()}", self.with_part(name, changed))

    def chart_titles(self) -> Iterator[Fault]:
        for name in [n for n in self.parts if re.fullmatch(r"xl/charts/chart\d+\.xml", n)][:1]:
            content = self.parts[name]
            match = re.search(rb"<(?:a:)?t>([^<]+)</(?:a:)?t>", content)
            if match:
                changed = content[: match.start(1)] + b"Another" + content[match.end(1) :]
                yield Fault("chart", f"{name} title", self.with_part(name, changed))

    def formats(self) -> Iterator[Fault]:
        """A number format of the workbook that shows nothing, or other digits."""
        styles = self.parts["xl/styles.xml"]
        cell = styles.partition(b"<dxfs")[0]
        found = list(re.finditer(rb'formatCode="([^"]*0[^"]*)"', cell))
        for match in self.some(found, 2):
            for code in (b";;;", b"0"):
                content = styles[: match.start(1)] + code + styles[match.end(1) :]
                what = f"{match[1].decode()} → {code.decode()}"
                yield Fault("format", what, self.with_part("xl/styles.xml", content))

    def cell_formats(self) -> Iterator[Fault]:
        """One result that has the style of a heading, say."""
        for match in self.some(self.formula_cells(), 2):
            number = re.search(rb's="(\d+)"', match[2])
            if number:
                new = match[0].replace(number[0], b's="0"', 1)
                yield self.edited("format", match, new)

    def colours(self) -> Iterator[Fault]:
        """Letters that nobody sees."""
        for _, content in self.recoloured(b"fonts", b"color", b"FFFFFF", 1):
            yield Fault("format", "white letters", self.with_part("xl/styles.xml", content))

    def recoloured(
        self, part: bytes, element: bytes, new: bytes, count: int
    ) -> Iterator[tuple[str, bytes]]:
        """The styles with a colour of fonts or fills replaced, and which it was."""
        styles = self.parts["xl/styles.xml"]
        listed = re.search(rb"<%b.*?</%b>" % (part, part), styles, re.DOTALL)
        assert listed
        found = list(re.finditer(rb'<%b rgb="00([0-9A-F]{6})"' % element, listed[0]))
        for match in self.some(found, count):
            start = listed.start() + match.start(1)
            yield match[1].decode(), styles[:start] + new + styles[start + 6 :]

    def weights(self) -> Iterator[Fault]:
        """What is bold is so no more."""
        styles = self.parts["xl/styles.xml"]
        fonts = styles.partition(b"</fonts>")[0]
        for match in self.some(list(re.finditer(rb'<b val="1" />', fonts)), 1):
            content = styles[: match.start()] + styles[match.end() :]
            what = f"font {fonts[: match.start()].count(b'<font>') - 1} not bold"
            yield Fault("weight", what, self.with_part("xl/styles.xml", content))

    def fills(self) -> Iterator[Fault]:
        """Inputs that do not look like inputs, say."""
        for old, content in self.recoloured(b"fills", b"fgColor", b"FFFFFE", 2):
            yield Fault("fill", f"fill {old} → white", self.with_part("xl/styles.xml", content))

    def calculation(self) -> Iterator[Fault]:
        """Nothing follows an edit any more, or numbers are cut to what is shown."""
        book = self.parts["xl/workbook.xml"]
        for attribute in (b'calcMode="manual"', b'fullPrecision="0"'):
            content = book.replace(b"<calcPr ", b"<calcPr " + attribute + b" ")
            if content == book:
                content = re.sub(
                    rb"</definedNames>", b"</definedNames><calcPr %b/>" % attribute, book
                )
            what = attribute.decode()
            yield Fault("calculation", what, self.with_part("xl/workbook.xml", content))

    def hidden(self) -> Iterator[Fault]:
        """A row or a column that is hidden, or too narrow to show anything."""
        pattern = rb'<row r="(\d+)" '
        yield from self.in_sheet("hidden", pattern, lambda m: m[0] + b'hidden="1" ', 1)
        pattern = rb'(<row r="\d+" ht=")[^"]*"'
        yield from self.in_sheet("hidden", pattern, lambda m: m[1] + b'0"', 1)
        yield from self.in_sheet("hidden", rb"<col ", lambda m: m[0] + b'hidden="1" ', 1)
        pattern = rb'(<col width=")[^"]*"'
        yield from self.in_sheet("hidden", pattern, lambda m: m[1] + b'0.1"', 1)

    def protected(self) -> Iterator[Fault]:
        """Nothing can be typed."""
        new = b'</sheetData><sheetProtection sheet="1"/>'
        yield from self.in_sheet("protected", rb"</sheetData>", lambda m: new, 1)

    def switches(self) -> Iterator[Fault]:
        """A formula that forgets the last state of a switch."""
        area = self.saved.names.get("Mask_on")
        if area is None:
            return
        for match in self.some([m for m in self.formula_cells() if b"Mask_on=2" in m[3]], 2):
            new = match[0].replace(b"Mask_on=2", b"Mask_on=3")
            yield self.edited("switch", match, new)


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def found(fault: Fault, path: Path, noted: Collection[str] = ()) -> bool:
    """Whether `check` finds a planted fault: a problem, or a note that is not ``noted`` without."""
    write_parts(path, fault.parts)
    try:
        if fault.settled:
            consistent(path)
        report = check(path)
        return not report.ok or not {*report.notes} <= {*noted}
    except XlsxattnError:
        return True  # it is refused


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lessons", nargs="*", help="names; all where none is given")
    parser.add_argument("--saved-since", action="store_true", help="as if Excel had saved them")
    parser.add_argument("--most", type=int, default=1000, help="faults of each lesson")
    asked = parser.parse_args()
    tried: Counter[str] = Counter()
    missed: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seed, lesson in enumerate(asked.lessons or template_names()):
            build(lesson, folder / f"{lesson}.xlsx")
            planter = Planter(folder / f"{lesson}.xlsx", seed, saved_since=asked.saved_since)
            faults = list(planter.faults())
            noted = check(write_parts(folder / "sound.xlsx", planter.parts)).notes
            for fault in random.Random(seed).sample(faults, min(asked.most, len(faults))):
                tried[fault.kind] += 1
                if not found(fault, folder / "fault.xlsx", noted):
                    missed[fault.kind].append(f"{lesson}: {fault.what}")
            print(lesson, tried.total(), sum(map(len, missed.values())), flush=True)
    for kind, count in tried.items():
        print(f"{kind:<20} {count - len(missed[kind]):>4} of {count}")
        for one in missed[kind]:
            print(f"    missed: {one}")
    total = tried.total()
    print(f"found {total - sum(map(len, missed.values()))} of {total}")


if __name__ == "__main__":
    main()
