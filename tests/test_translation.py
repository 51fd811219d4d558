"""Words of a lesson by language."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import build_text, values_of

from xlsxattn.check import check
from xlsxattn.errors import LessonError
from xlsxattn.saved import read

ORDER = """
format = 1
title = "Order"
focus = "猫"
[vocabulary]
columns = { animal = "animal", action = "action" }
[vocabulary.words]
"猫" = [1.5, 0.1]
"吃" = [0.2, 1.4]
[vocabulary.translations]
en = { "猫" = "cat", "吃" = "eats" }
[[contexts]]
id = "one"
words = ["猫", "吃"]
[attention]
inspector = { query = "猫", key = "吃" }
mixture = "猫"
[[claims]]
name = "cat"
text = "The cat looks at itself."
holds = 'Attention["猫", "猫"] > Attention["猫", "吃"]'
[[claims]]
name = "twice"
text = "Two cats."
change = { 'Words["吃"]' = "猫" }
then = 'abs(Attention[0, 0] - 1 / 2) < 0.001'
"""


@pytest.mark.parametrize(("language", "words"), [("en", ["cat", "eats"]), ("zh", ["猫", "吃"])])
def test_words_of_the_language(language: str, words: list[str], tmp_path: Path) -> None:
    """Sentences, formulas, inspectors and what-ifs have the words of the page."""
    path = build_text(ORDER, tmp_path / "order.xlsx", language)
    report = check(path)
    assert report.problems == []
    assert [claim.ok for claim in report.claims] == [True, True]
    saved = read(path)
    values = {title: sheet.values for title, sheet in saved.sheets.items()}
    for name in ("Words", "Vocabulary_words"):
        assert [row[0] for row in values_of(values, saved.names[name])] == words


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('{ "狗" = "dog" }', "translations.en: expected words of the vocabulary, got '狗'"),
        ('{ "猫" = "吃" }', "translations.en: expected words that differ, got '吃' twice"),
    ],
)
def test_refused(given: str, says: str, tmp_path: Path) -> None:
    text = ORDER.replace('{ "猫" = "cat", "吃" = "eats" }', given)
    with pytest.raises(LessonError) as caught:
        build_text(text, tmp_path / "order.xlsx")
    assert says in str(caught.value)
