"""The mixture inspector: the output of a chosen word, taken apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tools import build_text, cell_of, parts, values_of

from xlsxattn.check import check
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.saved import read

TEA = """
format = 1
title = "Tea"
[vocabulary]
columns = { hot = "hot", sweet = "sweet", solid = "solid" }
[vocabulary.words]
tea = [1.0, 0.2, 0.0]
with = [0.2, -0.4, 0.1]
cake = [0.1, 1.0, 0.8]
[[contexts]]
id = "snack"
words = ["tea", "with", "cake"]
[attention]
mixture = "tea"
"""


def test_products_add_up(tmp_path: Path) -> None:
    """Weight times value, row by row, adds up to the output of the chosen word."""
    path = build_text(TEA, tmp_path / "tea.xlsx")
    assert check(path).problems == []
    book = read(path)
    values = engine("ironcalc")(path, [])

    def of(name: str) -> Any:
        return np.array(values_of(values, book.names[name]))

    assert of("Mixture_weights")[:, 0] == pytest.approx(of("Attention")[0])
    assert of("Mixture_products") == pytest.approx(of("Mixture_weights") * of("X"))
    assert of("Mixture_sum") == pytest.approx(of("Output")[:1])
    assert of("Mixture") == pytest.approx(
        np.block([[np.ones((1, 1)), of("Output")[:1]], [of("Mixture_weights"), of("X")]])
    )


def test_another_word(tmp_path: Path) -> None:
    """Another word is another mixture, and a word that is gone shows dashes."""
    path = build_text(TEA, tmp_path / "tea.xlsx")
    book = read(path)
    for word, row in (("cake", 2), ("with", 1)):
        values = engine("ironcalc")(path, [(*cell_of(path, "Mixed"), word)])
        changed = values_of(values, book.names["Mixture_sum"])
        assert np.array(changed) == pytest.approx(
            np.array(values_of(values, book.names["Output"]))[[row]]
        )


def test_bars(tmp_path: Path) -> None:
    """Shares are bars from 0 to 1 in their cells."""
    path = build_text(TEA, tmp_path / "tea.xlsx")
    area = read(path).names["Mixture_bars"]
    sheet = parts(path)["xl/worksheets/sheet1.xml"].decode()
    assert f'sqref="{area.relative}"><cfRule type="dataBar"' in sheet
    assert '<cfvo type="num" val="0" /><cfvo type="num" val="1" />' in sheet


def test_unknown_word(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=r"attention\.mixture: expected a word of the vocabulary"):
        build_text(TEA.replace('mixture = "tea"', 'mixture = "tee"'), tmp_path / "tea.xlsx")


def test_without_words(tmp_path: Path) -> None:
    """Queries that are no words have no word to choose."""
    text = """
format = 1
title = "Numbers"
[[inputs]]
name = "X"
values = [[1, 2], [3, 4]]
[attention]
mixture = "tea"
"""
    with pytest.raises(LessonError, match=r"attention\.mixture: expected words at Q, got none"):
        build_text(text, tmp_path / "numbers.xlsx")
