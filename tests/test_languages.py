"""A third language is one file away: made here, built, and refused where it is incomplete."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tools import replaced

from xlsxattn import lesson as files
from xlsxattn import texts as module
from xlsxattn.cli import main
from xlsxattn.errors import LessonError
from xlsxattn.saved import read
from xlsxattn.texts import DEFAULT, languages, texts

#: How the invented language is told from any other.
MARK = "ÿ"
ENGLISH = tomllib.loads((module.FOLDER / f"{DEFAULT}.toml").read_text("utf-8"))


def translated(content: Any, mark: str = MARK) -> Any:
    """Every text of a table in the invented language."""
    if isinstance(content, dict):
        return {key: translated(value, mark) for key, value in content.items()}
    return f"{mark}{content}"


def as_toml(content: dict[str, Any], place: str = "") -> str:
    """Tables of texts as TOML."""
    plain = {key: value for key, value in content.items() if isinstance(value, str)}
    text = f"[{place}]\n" if plain else ""
    text += "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in plain.items())
    for key, value in content.items():
        if isinstance(value, dict):
            text += as_toml(value, f"{place}.{key}".lstrip("."))
    return text


@pytest.fixture
def third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The texts in a folder of the test's own, with a file of an invented language."""
    folder = tmp_path / "texts"
    folder.mkdir()
    for language in languages():
        text = (module.FOLDER / f"{language}.toml").read_text("utf-8")
        (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    (folder / "xx.toml").write_text(as_toml(translated(ENGLISH)), encoding="utf-8")
    monkeypatch.setattr(module, "FOLDER", folder)
    monkeypatch.chdir(tmp_path)
    texts.cache_clear()
    yield folder
    texts.cache_clear()


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


LESSON = replaced('zh = "两个词" }', f'zh = "两个词", xx = "{MARK}Two words" }}')
LESSON = replaced('zh = "动物" }', f'zh = "动物", xx = "{MARK}animal" }}', LESSON)
LESSON = replaced('zh = "设备" }', f'zh = "设备", xx = "{MARK}device" }}', LESSON)


def test_third_language(third: Path) -> None:
    """One file of texts and one translated lesson: the whole page is in the third language."""
    assert "xx" in languages()
    Path("small.toml").write_text(LESSON, encoding="utf-8")
    done = run("build", "small.toml", "--lang", "xx")
    assert done.exit_code == 0, done.stderr
    assert Path(done.stdout.strip()) == Path("output/small-xx.xlsx")
    saved = read(Path("output/small-xx.xlsx"))
    title, one_page = saved.sheets
    assert (title, one_page) == (f"{MARK}Two words", f"{MARK}On one page")
    sheets = saved.sheets.values()
    shown = {value for one in sheets for value in one.values.values() if isinstance(value, str)}
    ours = [text for text in flat(ENGLISH) if text in shown and len(text) > 3]
    assert ours == []  # no English sentence of the package is left
    english = flat({key: ENGLISH["steps"][key] for key in ("Vocabulary", "X", "Scores", "Output")})
    printed = " ".join(sorted(shown))
    assert all(f"{MARK}{text.split()[0]}" in printed for text in english)
    assert run("check", "output/small-xx.xlsx").exit_code == 0


def flat(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [text for value in content.values() for text in flat(value)]
    return [content]


def test_all_builds_every_language(third: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--all takes its languages from the files of texts."""
    lessons = Path("templates")
    lessons.mkdir()
    summary = 'subtitle = "one line"\nsummary = "short"'
    text = replaced('subtitle = "one line"', summary, LESSON)
    (lessons / "small.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("xlsxattn.lesson.files.PACKAGE", Path.cwd())
    done = run("build", "--all", "-o", "books/")
    assert done.exit_code == 0, done.stderr
    expected = [f"{n}{t}.xlsx" for n in ("small", "course") for t in ("", "-xx", "-zh")]
    assert sorted(path.name for path in Path("books").iterdir()) == sorted(expected)


def test_new_in_the_third_language(third: Path) -> None:
    """A new lesson builds in a language that did not exist when the program was made."""
    assert run("new", "a b", "b c", "-o", "my.toml", "--lang", "xx").exit_code == 0
    assert f'text = "{MARK}' in Path("my.toml").read_text(encoding="utf-8")
    assert run("build", "my.toml", "--lang", "xx").exit_code == 0


def test_options_know_the_third_language(third: Path) -> None:
    """What is refused names the languages that there are."""
    assert run("list", "--lang", "qq").stderr.count("en or xx or zh") == 1


BROKEN = {
    "a key that is missing": ('title = "ÿQueries"\n', "", "xx.toml: steps.Q.title", "none"),
    "a key too many": ("[interface]\n", '[interface]\nmore = "x"\n', "xx.toml", "interface.more"),
    "no place for a word": ("ÿhead {}", "ÿhead", "xx.toml: interface.head", "1 of {}"),
    "a number": ('"ÿΣ"', "1", "xx.toml: interface.sum", "got 1"),
    "no TOML": ("[interface]\n", "[interface\n", "xx.toml", "expected TOML"),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_incomplete_texts_are_refused(case: tuple[str, str, str, str], third: Path) -> None:
    """A file of texts that is not like the English one gets one line, and nothing is built."""
    old, new, *says = case
    path = third / "xx.toml"
    path.write_text(replaced(old, new, path.read_text(encoding="utf-8")), encoding="utf-8")
    Path("small.toml").write_text(LESSON, encoding="utf-8")
    done = run("build", "small.toml", "--lang", "xx")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    for part in says:
        assert part in done.stderr
    assert not Path("output").exists()


def test_a_lesson_without_the_language_is_refused(third: Path) -> None:
    """A template that has no text in the third language says which text."""
    done = run("build", "mouse", "--lang", "xx")
    assert done.exit_code == 2
    assert "title: expected a text in 'xx', got en, zh" in done.stderr


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", files.template_names())
def test_templates_have_every_language(name: str, language: str) -> None:
    """No text of a template lacks a language, and none is the same in two that it names."""
    files.load(files.find(name), language)
    text = files.find(name).read_text(encoding="utf-8")
    for language_texts in re.findall(r"\{ ((?!of = )[a-z]{2} = \"[^}]*\") \}", text):
        assert set(re.findall(r"(?:^|\", )([a-z]{2}) = ", language_texts)) == set(languages())


@pytest.mark.parametrize("language", languages())
def test_a_missing_text_is_found(language: str) -> None:
    """The test above can fail: a lesson without one text is refused."""
    lesson = files.parse(tomllib.loads(files.find("mouse").read_text(encoding="utf-8")))
    assert isinstance(lesson.subtitle, dict)
    del lesson.subtitle[language]
    with pytest.raises(LessonError, match=rf"subtitle: expected a text in '{language}'"):
        files.validate(lesson, language)
