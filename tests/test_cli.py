"""The command line: what it prints, where it writes, and its exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner
from tools import SMALL, need, replaced

import xlsxattn.build
from xlsxattn import __version__
from xlsxattn import lesson as files
from xlsxattn.cli import main
from xlsxattn.saved import read
from xlsxattn.texts import texts

README = Path(__file__).parents[1] / "README.md"
COMMANDS = sorted(main.commands)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "xlsxattn", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def written() -> list[str]:
    return sorted(p.as_posix() for p in Path().rglob("*") if p.is_file())


# --- wrong requests -------------------------------------------------------------------

WRONG = {
    "no such command": (["frobnicate"], "expected a command", "frobnicate"),
    "nothing at all": ([], "Missing command"),
    "build: output of nothing": (["build", "mouse", "-o", ""], "--output"),
    "build: a name too long": (["build", "a" * 300 + ".toml"], "usable path"),
    "build: a file name too long": (["build", "mouse", "-o", "a" * 300 + ".xlsx"], "usable path"),
    "no such option": (["--frobnicate"], "--frobnicate"),
    "list: an argument": (["list", "mouse"], "mouse"),
    "list: no such language": (["list", "--lang", "fr"], "--lang", "en or zh", "'fr'"),
    "build: nothing": (["build"], "expected a lesson", "--all"),
    "build: no such lesson": (["build", "moose"], "moose", "mouse"),
    "build: no such lesson at all": (["build", "qqqq"], "qqqq", "xlsxattn list"),
    "build: empty name": (["build", ""], "expected the name of a lesson"),
    "build: no such file": (["build", "none.toml"], "none.toml", "no such file"),
    "build: a folder": (["build", "lessons.toml"], "lessons.toml", "folder"),
    "build: a text": (["build", "note.toml"], "note.toml", "expected TOML"),
    "build: a wrong lesson": (["build", "wrong.toml"], "wrong.toml", "format", "got 9"),
    "build: no such language": (["build", "mouse", "--lang", "de"], "--lang", "'de'"),
    "build: language in capitals": (["build", "mouse", "--lang", "EN"], "--lang", "'EN'"),
    "build: no such option": (["build", "mouse", "--frobnicate"], "--frobnicate"),
    "build: option without value": (["build", "mouse", "-o"], "-o"),
    "build: not .xlsx": (["build", "mouse", "-o", "mouse.pdf"], ".xlsx", "mouse.pdf"),
    "build: all and one": (["build", "mouse", "--all"], "--all", "mouse"),
    "build: open several": (["build", "mouse", "cost", "--open"], "--open", "one lesson", "got 2"),
    "build: one twice": (["build", "mouse", "mouse"], "different names"),
    "build: two in one file": (["build", "mouse", "small.toml", "-o", "note.txt"], "folder"),
    "build: two in one book": (["build", "mouse", "cost", "-o", "x.xlsx"], "x.xlsx", "folder"),
    "build: all in one file": (["build", "--all", "-o", "note.txt"], "note.txt", "folder"),
    "build: the second is wrong": (["build", "small.toml", "wrong.toml"], "wrong.toml"),
    "build: the second is nowhere": (["build", "small.toml", "moose"], "moose"),
    "build: below a file": (["build", "mouse", "-o", "note.txt/m.xlsx"], "place to write"),
    "check: nothing": (["check"], "expected a workbook"),
    "check: no such file": (["check", "none.xlsx"], "none.xlsx", "no such file"),
    "check: a folder": (["check", "lessons.toml"], "lessons.toml"),
    "check: a text": (["check", "note.txt"], "note.txt", "expected an .xlsx workbook"),
    "check: a lesson": (["check", "note.toml"], "note.toml", "xlsxattn build"),
    "check: no workbook": (["check", "fake.xlsx"], "fake.xlsx", "expected an .xlsx workbook"),
    "check: no such engine": (["check", "fake.xlsx", "--engine", "excel"], "ironcalc", "'excel'"),
    "check: no such option": (["check", "fake.xlsx", "--frobnicate"], "--frobnicate"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_request(case: tuple[list[str], ...]) -> None:
    """Exit code 2, one line on stderr that says what is wrong, no traceback, nothing written."""
    arguments, *says = case
    Path("lessons.toml").mkdir()
    Path("note.toml").write_text("hello, world\n")
    Path("note.txt").write_text("hello, world\n")
    Path("fake.xlsx").write_text("hello, world\n")
    Path("wrong.toml").write_text(replaced("format = 1", "format = 9"), encoding="utf-8")
    Path("small.toml").write_text(SMALL, encoding="utf-8")
    before = written()
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("xlsxattn: ")
    for part in says:
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert written() == before


# --- help -----------------------------------------------------------------------------


def test_commands() -> None:
    """The commands are those of the contract."""
    assert {"build", "check", "list"} <= set(COMMANDS)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples(command: str, option: str) -> None:
    """Every command has help with examples, which begin as a user would type them."""
    result = CliRunner().invoke(main, [*([command] if command else []), option])
    assert result.exit_code == 0
    _, mark, examples = result.stdout.partition("Examples:\n")
    assert mark
    first = f"  xlsxattn {command}".rstrip()
    assert first in examples
    assert len(re.findall(r"^ +xlsxattn ", examples, re.MULTILINE)) >= 2
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_options_have_help(command: str) -> None:
    """Every option says what it does."""
    for parameter in main.commands[command].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_shows(command: str) -> None:
    """Every command is in the README, as a user would type it."""
    assert f"xlsxattn {command}" in README.read_text(encoding="utf-8")


def test_version() -> None:
    """--version prints the package's version."""
    for option in ("-V", "--version"):
        done = run(option)
        assert done.returncode == 0
        assert __version__ in done.stdout


# --- list -----------------------------------------------------------------------------


def listed(text: str) -> dict[str, list[list[str]]]:
    """The words of each line of `list`, under the title of its chapter."""
    found: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("  "):
            found[list(found)[-1]].append(line.split())
        else:
            found[line] = []
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_list(language: str) -> None:
    """A line for each lesson under its chapter: its name, its minutes, what it shows."""
    done = run("list", "--lang", language)
    assert done.returncode == 0, done.stderr
    chapters = listed(done.stdout)
    said = texts(language)
    titles = [title for key, title in said["chapters"].items() if key not in ("models", "today")]
    alone = chapters.pop(said["course"]["alone"])
    assert [line[0] for line in alone] == files.names_alone()
    assert list(chapters) == [*titles, said["course"]["all"]]
    assert [line[0] for line in chapters[said["chapters"]["why"]]] == ["bottleneck", "lookup"]
    lines = [line for chapter in chapters.values() for line in chapter]
    assert [line[0] for line in lines] == [*files.template_names(), "course"]
    minutes = [int(line[1]) for line in lines]
    assert minutes[-1] == sum(minutes[:-1])
    assert min(minutes) >= 5
    if language == "zh":
        assert all(re.search(r"[\u4e00-\u9fff]", line) for line in done.stdout.splitlines())
    assert max(map(len, done.stdout.splitlines())) <= 120


# --- build ----------------------------------------------------------------------------


def test_build_default_path() -> None:
    """Without -o the workbook goes to output/, and its path is printed."""
    done = run("build", "mouse")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == Path("output/mouse.xlsx")
    assert written() == ["output/mouse.xlsx"]
    assert read(Path("output/mouse.xlsx")).names


def test_build_language() -> None:
    """--lang zh builds the Chinese page, beside the English one."""
    assert run("build", "mouse", "--lang", "zh").returncode == 0
    assert written() == ["output/mouse-zh.xlsx"]
    assert list(read(Path("output/mouse-zh.xlsx")).sheets) == ["一个词，两种语境", "一页小结"]


def test_build_for_a_paper() -> None:
    """--paper letter sets up every sheet for Letter; without it, they are set up for A4."""
    for options, number in (["--paper", "letter"], "1"), ([], "9"):
        assert run("build", "mouse", "-o", "mouse.xlsx", *options).returncode == 0
        book = openpyxl.load_workbook("mouse.xlsx")
        assert {str(sheet.page_setup.paperSize) for sheet in book} == {number}
    refused = run("build", "mouse", "--paper", "a3")
    assert refused.returncode == 2
    assert "a4" in refused.stderr and "letter" in refused.stderr


def test_build_to_a_file() -> None:
    """-o names the file; missing folders are made."""
    assert run("build", "mouse", "-o", "new/folder/Handout.XLSX").returncode == 0
    assert written() == ["new/folder/Handout.XLSX"]


def test_build_to_a_folder() -> None:
    """-o with a slash at its end, or a folder that is there, is a folder."""
    Path("there.xlsx").mkdir()
    assert run("build", "mouse", "-o", "new/").returncode == 0
    assert run("build", "mouse", "-o", "there.xlsx").returncode == 0
    assert written() == ["new/mouse.xlsx", "there.xlsx/mouse.xlsx"]


def test_build_several() -> None:
    """Templates and files of one's own, each in a workbook of its name."""
    Path("small.toml").write_text(SMALL, encoding="utf-8")
    done = run("build", "mouse", "./small.toml", "-o", "books")
    assert done.returncode == 0, done.stderr
    assert [Path(line) for line in done.stdout.splitlines()] == [
        Path("books/mouse.xlsx"),
        Path("books/small.xlsx"),
    ]
    assert written() == ["books/mouse.xlsx", "books/small.xlsx", "small.toml"]


def test_build_says_what_next() -> None:
    """The files on stdout, and on stderr one line: open it, and the command that proves it."""
    done = run("build", "mouse", "-o", "my books/")
    what = Path("my books/mouse.xlsx")
    assert done.stdout == f"{what}\n"
    assert done.stderr == f'Open it in Excel or LibreOffice; prove it: xlsxattn check "{what}"\n'
    done = run("build", "mouse", "lookup", "-o", "books")
    assert done.stderr.endswith(f"prove them: xlsxattn check {Path('books/*.xlsx')}\n")


def test_build_in_the_language_of_the_file() -> None:
    """A file that says its language is built in it; another one goes into the file's name."""
    Path("my.toml").write_text(f'language = "zh"\n{SMALL}', encoding="utf-8")
    assert run("build", "my.toml").stdout.split() == [str(Path("output/my.xlsx"))]
    assert list(read(Path("output/my.xlsx")).sheets) == ["两个词", "一页小结"]
    done = run("build", "my.toml", "--lang", "en")
    assert done.stdout.split() == [str(Path("output/my-en.xlsx"))]
    assert list(read(Path("output/my-en.xlsx")).sheets) == ["Two words", "On one page"]
    Path("my.toml").write_text(f'language = "qq"\n{SMALL}', encoding="utf-8")
    done = run("build", "my.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "xlsxattn: my.toml: language: expected en or zh, got 'qq'\n"


def program(folder: Path, name: str, script: str) -> None:
    """A program on the search path, which has no other."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is of Linux")
def test_build_and_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--open hands the workbook to the system; what that cannot do is one line."""
    programs = tmp_path / "programs"
    monkeypatch.setenv("PATH", str(programs))
    done = CliRunner().invoke(main, ["build", "lookup", "--open"])
    assert done.exit_code == 2
    assert Path("output/lookup.xlsx").is_file()
    assert done.stderr.splitlines()[1:] == [
        f"xlsxattn: {Path('output/lookup.xlsx')}: expected a program to open it, got no 'xdg-open'"
    ]
    program(programs, "xdg-open", f'echo "$1" > "{tmp_path}/opened"')
    assert CliRunner().invoke(main, ["build", "lookup", "--open"]).exit_code == 0
    opened = (tmp_path / "opened").read_text().strip()
    assert Path(opened) == (tmp_path / "output/lookup.xlsx").resolve()
    program(programs, "xdg-open", "exit 3")
    done = CliRunner().invoke(main, ["build", "lookup", "--open"])
    assert (done.exit_code, "got none from 'xdg-open'" in done.stderr) == (2, True)
    monkeypatch.setattr("xlsxattn.desktop.PATIENCE", 0.05)
    program(programs, "xdg-open", "exec /bin/sleep 1")  # a program that stays open
    assert CliRunner().invoke(main, ["build", "lookup", "--open"]).exit_code == 0


def test_build_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--pdf puts a PDF beside each workbook; without LibreOffice nothing is written."""
    monkeypatch.setattr("xlsxattn.engines.soffice.PLACES", ())
    with monkeypatch.context() as alone:
        alone.setenv("PATH", str(tmp_path / "none"))
        done = CliRunner().invoke(main, ["build", "lookup", "--pdf"])
    assert (done.exit_code, done.stdout, written()) == (2, "", [])
    assert done.stderr == (
        "xlsxattn: --pdf: expected LibreOffice to be installed, got no 'soffice'\n"
    )
    need("soffice")
    done = CliRunner().invoke(main, ["build", "lookup", "mouse", "--pdf", "-o", "two/"])
    assert done.exit_code == 0, done.stderr
    names = ["lookup.xlsx", "mouse.xlsx", "lookup.pdf", "mouse.pdf"]
    assert done.stdout.splitlines() == [str(Path("two") / name) for name in names]
    assert all(Path("two", name).read_bytes().startswith(b"%PDF") for name in names[2:])


def test_libreoffice_that_makes_no_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What LibreOffice says is in one line, and no PDF is left half written."""
    program(tmp_path / "programs", "soffice", "echo out of paper >&2")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    done = CliRunner().invoke(main, ["build", "lookup", "--pdf", "-o", "a.xlsx"])
    assert done.exit_code == 2
    last = "xlsxattn: a.xlsx: expected a PDF from LibreOffice, got out of paper"
    assert done.stderr.splitlines()[-1] == last
    assert not list(Path().glob("*.pdf"))


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Lesson, language and file of what would be built; that all can be, other tests show."""
    jobs: list[tuple[str, str, str]] = []
    monkeypatch.setattr(xlsxattn.build, "prepare", lambda *job: job[:2])
    monkeypatch.setattr(
        xlsxattn.build, "write", lambda job, path, paper: jobs.append((*job, path.as_posix()))
    )
    return jobs


def test_build_all(built: list[tuple[str, str, str]]) -> None:
    """--all builds every lesson that is listed, and the course, in every language."""
    done = CliRunner().invoke(main, ["build", "--all", "-o", "books/"])
    assert done.exit_code == 0, done.stderr
    names = [*files.lesson_names(), "course"]
    assert built == [
        (name, language, f"books/{name}{tail}.xlsx")
        for language, tail in (("en", ""), ("zh", "-zh"))
        for name in names
    ]
    assert done.stdout.splitlines() == [str(Path(file)) for _, _, file in built]


def test_build_all_of_one_language(built: list[tuple[str, str, str]]) -> None:
    """--all with a language builds that language alone."""
    done = CliRunner().invoke(main, ["build", "--all", "--lang", "zh", "-o", "books/"])
    assert done.exit_code == 0, done.stderr
    names = [*files.lesson_names(), "course"]
    assert built == [(name, "zh", f"books/{name}-zh.xlsx") for name in names]


def test_build_replaces() -> None:
    """An older workbook of the same name is replaced."""
    Path("mouse.xlsx").write_text("old")
    assert run("build", "mouse", "-o", "mouse.xlsx").returncode == 0
    assert read(Path("mouse.xlsx")).names


# --- exit codes -----------------------------------------------------------------------


def test_check_exit_codes(mouse: Path) -> None:
    """0 where all is well, 1 where a workbook is not, with the report on stdout."""
    done = run("check", str(mouse))
    assert (done.returncode, done.stderr) == (0, "")
    text = replaced("max(abs(Attention_sum - 1)) <= 1e-12", "Temperature > 5")
    Path("small.toml").write_text(text, encoding="utf-8")
    assert run("build", "small.toml", "-o", "small.xlsx").returncode == 0
    done = run("check", "small.xlsx", str(mouse))
    assert (done.returncode, done.stderr) == (1, "")
    assert "sums does not hold" in done.stdout
    assert done.stdout.count("all well") == 1
    assert "  1 problem\n" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["list"]])
def test_commands_import_little(arguments: list[str]) -> None:
    """Help and list need neither NumPy nor openpyxl, so that they are quick."""
    command = [sys.executable, "-X", "importtime", "-m", "xlsxattn", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not {"numpy", "openpyxl", "ironcalc"} & imported
