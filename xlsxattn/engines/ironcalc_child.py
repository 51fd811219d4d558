"""IronCalc in a process of its own, which a workbook may end without harm to anyone.

This file is run by itself: it needs nothing but the standard library and ``ironcalc``. A
request is a length of eight bytes and that many of ``marshal``: a path, its state (another one
means another content), the changed cells (sheet, row, column, content), the sheets that are
wanted with their last row and column (None: all) and what may be used, seconds of the processor
and bytes. The answer is in parts of the same form, so that neither process holds all of it: of
each sheet ``("sheet", title)``, of each of its rows ``("row", number, columns, numbers, others)``,
and at the end ``("end",)``, or, at any point, ``("error", reason)``.
"""

from __future__ import annotations

import marshal
import os
import re
import signal
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Any

#: A sheet of more cells than these, empty ones among them, is read by its list of cells.
MOST_SCANNED = 4_000_000
#: The last row and the last column that a sheet may have.
WHOLE = 1 << 20, 1 << 14
LENGTH = struct.Struct("<Q")

Place = tuple[int, int, int]


class Server:
    """The workbook that was asked for last, and what it shows after changes."""

    def __init__(self, ironcalc: Any) -> None:
        self.ironcalc = ironcalc
        self.known: tuple[Any, ...] = ()
        self.model: Any = None
        self.titles: list[str] = []

    def answer(
        self, path: str, state: tuple[int, ...], changes: list[tuple[str, int, int, Any]],
        wanted: dict[str, tuple[int, int]] | None,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        """Every sheet that is wanted after some changes, which are taken back, in parts."""
        self._load(path, state)
        model = self.model
        places = [(self.titles.index(sheet), row, column) for sheet, row, column, _ in changes]
        before = [self._content(*place)[0] for place in places]
        lost = any(self._is_lost(*pair) for pair in zip(places, before, strict=True))
        try:
            for place, change in zip(places, changes, strict=True):
                self._put(place, change[3])
            model.evaluate()
            for number, title in enumerate(self.titles):
                if wanted is None or title in wanted:
                    yield "sheet", title
                    yield from self._rows(number, *(WHOLE if wanted is None else wanted[title]))
        finally:  # the model is kept for the next changes
            if lost:
                self.known = ()
            for place, old in zip(places, before, strict=True):
                self._put(place, old)

    def _load(self, path: str, state: tuple[int, ...]) -> None:
        if self.known == (path, *state):
            return
        self.known, self.model = (), None
        self.model = self.ironcalc.load_from_xlsx(path, "en", "UTC", "en")
        self._quote_titles()
        self.titles = [sheet["name"] for sheet in self.model.get_worksheets_properties()]
        self.known = path, *state

    def _quote_titles(self) -> None:
        """Names and formulas have the titles of sheets in quotes.

        LibreOffice writes titles without, where it needs none itself, such as one with a
        full-width colon; IronCalc then knows no such name, and reads no such formula. Each name
        takes it as long as reading every formula again.
        """
        bare = set()
        for one in self.model.get_defined_name_list():
            title, mark, cells = one["formula"].rpartition("!")
            plain = title.replace(".", "").replace("_", "").isalnum()  # as IronCalc reads it
            known = plain or title.startswith("'") or one["name"].startswith("_xlnm.")
            if mark and not known:
                name, scope = one["name"], one["scope"]
                quoted = "'" + title.replace("'", "''") + "'!" + cells
                self.model.update_defined_name(name, scope, name, scope, quoted)
                bare.add(title)
        if bare:
            self._quote_in_formulas(bare)

    def _quote_in_formulas(self, titles: set[str]) -> None:
        """Where names have a title without quotes, so have formulas."""
        pattern = re.compile(rf"(?<![\w'])({'|'.join(map(re.escape, titles))})!")
        for place in self.model.get_all_cells():
            formula = self.model.get_cell_formula(*place) or ""
            quoted = pattern.sub(lambda m: "'" + m[1].replace("'", "''") + "'!", formula)
            if quoted != formula:
                with suppress(Exception):  # an array formula stays as it is
                    self.model.set_user_input(*place, quoted)

    def _is_lost(self, place: Place, content: Any) -> bool:
        """Whether what a cell held cannot be put back."""
        marked = isinstance(content, str) and content.startswith(("'", "#"))
        return marked or self.model.get_cell_formula(*place) is not None

    def _put(self, place: Place, content: Any) -> None:
        if content is None:
            self.model.range_clear_contents(*place, *place[1:])
        elif isinstance(content, bool):
            self.model.update_cell_with_bool(*place, content)
        elif isinstance(content, str):
            self.model.update_cell_with_text(*place, content)
        else:
            self.model.update_cell_with_number(*place, content)

    def _content(self, sheet: int, row: int, column: int) -> tuple[Any, bool]:
        """What a cell shows, and whether it is an error: told from the text that looks like it."""
        value = self.model.get_cell_value(sheet, row, column)
        looks_wrong = isinstance(value, str) and value.startswith("#")
        wrong = self.ironcalc.CellType.ErrorValue
        return value, looks_wrong and self.model.get_cell_type(sheet, row, column) == wrong

    def _rows(self, sheet: int, last: int, furthest: int) -> Iterator[tuple[Any, ...]]:
        """The rows: their numbers, each with its column, and what else there is.

        ``last`` is the last row that is read, ``furthest`` the last column.
        """
        read = self.model.get_cell_value
        for row, places in self._places(sheet, last, furthest):
            columns, numbers, others = array("I"), array("d"), []
            for column in places:
                value = read(sheet, row, column)
                if type(value) is float:
                    columns.append(column)
                    numbers.append(value)
                elif value is not None:
                    others.append((column, *self._content(sheet, row, column)))
            if columns or others:
                yield "row", row, columns.tobytes(), numbers.tobytes(), others

    def _places(self, sheet: int, last: int, furthest: int) -> Iterator[tuple[int, Iterable[int]]]:
        """The rows of a sheet that may hold something, with their columns."""
        top, bottom, left, right = self.model.get_sheet_dimensions(sheet)
        bottom, right = min(bottom, last), min(right, furthest)
        if (bottom - top + 1) * (right - left + 1) <= MOST_SCANNED:
            yield from ((row, range(left, right + 1)) for row in range(top, bottom + 1))
            return
        listed: dict[int, list[int]] = {}
        for number, row, column in self.model.get_all_cells():
            if number == sheet and row <= last and column <= furthest:
                listed.setdefault(row, []).append(column)
        yield from ((row, sorted(columns)) for row, columns in sorted(listed.items()))


def limit(seconds: float, size: int) -> None:
    """No more than this from now on, where the system can see to it; a signal ends the rest."""
    try:
        import resource
    except ImportError:  # Windows: the one who asks ends what takes too long
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            used = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or used + size <= hard:
            resource.setrlimit(resource.RLIMIT_AS, (used + size, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def main() -> None:
    """Answer until there is nothing more to read; nothing that IronCalc prints is seen."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    import ironcalc

    server = Server(ironcalc)
    while head := requests.read(LENGTH.size):
        *asked, seconds, size = marshal.loads(requests.read(*LENGTH.unpack(head)))
        limit(seconds, size)
        try:
            for part in server.answer(*asked):
                _write(answers, part)
            _write(answers, ("end",))
        except BaseException as error:  # it raises kinds of its own, and panics
            _write(answers, ("error", " ".join(str(error).split())[:200]))
        answers.flush()


def _write(answers: IO[bytes], part: tuple[Any, ...]) -> None:
    data = marshal.dumps(part)
    answers.write(LENGTH.pack(len(data)))
    answers.write(data)


if __name__ == "__main__":
    main()
