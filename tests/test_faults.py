"""A part of the faults that ``faults.py`` plants: of every kind one, into one lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults import Fault, Planter, found
from tools import SMALL, build_text, parts, write_parts

from xlsxattn.check import check


def one_of_each(path: Path, *, saved_since: bool) -> list[Fault]:
    faults = Planter(path, 7, saved_since=saved_since).faults()
    return list({fault.kind: fault for fault in faults}.values())


@pytest.mark.parametrize("saved_since", [False, True])
def test_every_kind_is_found(tmp_path: Path, saved_since: bool) -> None:
    """Whatever is changed is found, also after another program has saved the file."""
    small = build_text(SMALL, tmp_path / "small.xlsx")
    faults = one_of_each(small, saved_since=saved_since)
    assert len(faults) >= 12
    noted = check(small).notes
    assert not [one.what for one in faults if not found(one, tmp_path / "fault.xlsx", noted)]


def test_saved_since_is_no_fault(mouse: Path, tmp_path: Path) -> None:
    """A file that says another program has saved it is well as it is."""
    same = write_parts(tmp_path / "same.xlsx", Planter(mouse, 7, saved_since=True).parts)
    assert parts(same) != parts(mouse)
    assert check(same).ok
