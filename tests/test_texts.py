"""The words that do not come from a lesson, in every language."""

from __future__ import annotations

import re
import string

import pytest

from xlsxattn.texts import DEFAULT, languages, texts

LANGUAGES = languages()


def flat(language: str) -> dict[str, str]:
    """Every text by its dotted key."""
    found: dict[str, str] = {}

    def walk(value: object, place: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{place}.{key}".lstrip("."))
        else:
            assert isinstance(value, str), place
            found[place] = value

    walk(texts(language), "")
    return found


def test_languages() -> None:
    """English is the model of every other language; Chinese is one of them."""
    assert {DEFAULT, "zh"} <= set(LANGUAGES)
    assert DEFAULT == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_complete(language: str) -> None:
    """Every language has the same keys, and no text is empty."""
    assert set(flat(language)) == set(flat("en"))
    assert [key for key, text in flat(language).items() if not text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_clean(language: str) -> None:
    """No control characters, no space at an end, no double space."""
    for key, text in flat(language).items():
        assert text == text.strip(), key
        assert "  " not in text, key
        assert not re.search(r"[\x00-\x1f\x7f]", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_numbers(language: str) -> None:
    """The footer has the page and the number of pages, in Excel's codes."""
    page = flat(language)["interface.page"]
    assert page.count("&P") == page.count("&N") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_steps_have_title_and_note(language: str) -> None:
    """Each standard step has a title and a sentence, which ends as sentences do."""
    for name, step in texts(language)["steps"].items():
        assert set(step) == {"title", "note"}, name
        assert step["note"][-1] in ".。", name
        assert step["title"][-1] not in ".。", name


def test_refusals_fit() -> None:
    """Excel shows titles of at most 32 characters and messages of at most 255."""
    for language in languages():
        for key, text in flat(language).items():
            if key.startswith("refusals."):
                longest = 32 if key == "refusals.title" else 255 - 2 * 20
                assert len(text) <= longest, (language, key)


def test_same_notation() -> None:
    """Symbols and numbers of a sentence are the same in every language."""
    symbols = set("√Σ✗−") | set(string.digits)
    for key, text in flat("en").items():
        assert set(text) & symbols == set(flat("zh")[key]) & symbols, key


def test_chinese_is_chinese() -> None:
    """Chinese texts have no English but notation, and no half-width punctuation."""
    allowed = {"softmax", "tanh", "EXP", "ln", "NumPy", "Excel", "pos", "LibreOffice", "Gnumeric",
               "Transformer"}  # fmt: skip
    for key, text in flat("zh").items():
        plain = re.sub(r"&[PN]|d_k|W_class|ALiBi|\{+[^{}]*\}+", "", text)
        assert set(re.findall(r"[A-Za-z]{2,}", plain)) <= allowed, f"{key}: {text}"
        assert not re.search(r"[\u4e00-\u9fff][,;:!?]", text), f"{key}: {text}"


def test_english_is_english() -> None:
    """English texts have no Chinese characters."""
    for key, text in flat("en").items():
        assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text), key


def test_every_setting_has_a_name() -> None:
    """The switches that attention brings have a text in every language."""
    for language in LANGUAGES:
        names = set(texts(language)["settings"])
        assert {"Temperature", "d_k", "Mask_on", "Window", "Positions_on"} <= names
