"""Lesson files: what is accepted, and how everything else is refused."""

from __future__ import annotations

import copy
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tools import SMALL, replaced

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.cli import main
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.texts import languages


@dataclass(frozen=True)
class Bad:
    """A lesson that is wrong, and what its message must contain."""

    name: str
    content: str | bytes
    says: tuple[str, ...]


def change(name: str, old: str, new: str, *says: str) -> Bad:
    """The small lesson with one passage replaced."""
    return Bad(name, replaced(old, new), says)


def added(name: str, text: str, *says: str) -> Bad:
    """The small lesson with something more at its end."""
    return Bad(name, SMALL + text, says)


STEP = '[[steps]]\nname = "Own"\nformula = "{}"\n'
CLAIM = '[[claims]]\nname = "own"\ntext = "t"\nholds = "{}"\n'

MISSPELT = [
    change("top", "subtitle =", "subtitel =", "'subtitle'", "'subtitel'"),
    change("vocabulary", "[vocabulary.words]", "[vocabulary.wrods]", "vocabulary", "'words'"),
    change("contexts", "\nwords = ", "\nword = ", "contexts", "'words'", "'word'"),
    change("attention", "temperature = 1", "temprature = 1", "attention", "'temperature'"),
    added(
        "inspector",
        '[attention.inspector]\nquery = "cat"\nkeyy = "cat"\n',
        "attention.inspector",
        "'key'",
    ),
    change("inputs", "\nchoices = ", "\nchoises = ", "inputs", "'choices'"),
    change("steps", "\nformula = ", "\nformla = ", "steps", "'formula'"),
    added(
        "rows",
        '[[steps]]\nname = "T"\nrows = [{ name = "A", formula = "X", lable = "x" }]\n',
        "steps",
        "rows",
        "'label'",
    ),
    change("chart", "\nalternative = ", "\nalternativ = ", "steps", "chart", "'alternative'"),
    change("claims", "\nholds = ", "\nhold = ", "claims", "'holds'"),
    added("notes", '[notes.Scores]\ntitel = "x"\n', "notes", "'title'"),
    change("far off", "subtitle =", "zzzzzzz =", "one of", "title", "'zzzzzzz'"),
]

WRONG = [
    # what was meant
    added("equal with one sign", CLAIM.format("Output = 0"), "claims.own.holds", "written =="),
    added("arrow", CLAIM.format("max(Output) => 0"), "claims.own.holds", ">= and <="),
    added("near name", CLAIM.format("Outptu == 0"), "got Outptu; did you mean Output?"),
    added(
        "name without its context",
        '[[contexts]]\nid = "two"\nwords = ["cat"]\n' + CLAIM.format("max(Output) > 0"),
        "got Output; did you mean Output_one?",
    ),
    added(
        "near place",
        '[[claims]]\nname = "own"\ntext = "t"\nchange = { Temprature = 1 }\nthen = "1 > 0"\n',
        "claims.own.change",
        "got Temprature; did you mean Temperature?",
    ),
    added(
        "lines over nothing",
        STEP.format("X") + '[steps.chart]\ntitle = "t"\nalternative = "a"\nkind = "line"\n'
        'series = ["Own"]\n',
        "steps.Own.chart.x: expected the name of a column, got none",
    ),
    added(
        "bars that are no neighbours",
        STEP.format("beside(X, X)") + 'columns = { a = "a", b = "b", c = "c", d = "d" }\n'
        '[steps.chart]\ntitle = "t"\nalternative = "a"\ncolumns = ["a", "c"]\n',
        "steps.Own.chart.columns: expected neighbours among a, b, c, d, got a, c",
    ),
    # the file
    Bad("empty", "", ("format", "no such key")),
    Bad("not TOML", "format = = 1", ("expected TOML", "line 1")),
    Bad("unclosed", 'format = 1\ntitle = "x', ("expected TOML",)),
    Bad("curly quotes", "format = 1\ntitle = “x”\n", ("line 2", 'write " in place of “')),
    Bad("Chinese comma", 'format = 1\na = ["，x"， "y"]\n', ("line 2", "write , in place of ，")),
    Bad("Chinese comma before", "a = [1，\n2]\n", ("line 1", "write , in place of ，")),
    Bad("no comma", "format = 1\na = [[1, 2]\n[3, 4]]\n", ("line 3", "a comma or a ] is missing")),
    Bad(
        "commas in a text",
        'format = 1\na = "“，”" x\n',
        ("after a statement (at line 2, column 11)",),
    ),
    Bad("key twice", "format = 1\nformat = 1\n", ("expected TOML",)),
    Bad("not UTF-8", "format = 1\ntitle = 'café'\n".encode("latin-1"), ("UTF-8",)),
    Bad("UTF-16", SMALL.encode("utf-16"), ("UTF-8",)),
    Bad("binary", b"PK\x03\x04\x14\x00\x00", ("expected TOML",)),
    Bad("deep", "format = " + "[" * 3000, ("expected TOML",)),
    # format and language
    change("newer format", "format = 1", "format = 2", "format", "expected 1", "got 2"),
    change("format as text", "format = 1", 'format = "1"', "format", "expected 1", "'1'"),
    change("format as bool", "format = 1", "format = true", "format", "a whole number", "true"),
    change("no format", "format = 1\n", "", "format", "no such key"),
    change("no title", 'title = { en = "Two words", zh = "两个词" }', "", "title", "no such key"),
    change(
        "no English", '{ en = "Two words", zh = "两个词" }', '{ zh = "词" }', "title", "'en'", "zh"
    ),
    change("no language", '{ en = "Two words", zh = "两个词" }', "{}", "title", "'en'", "none"),
    change("label without language", '{ en = "animal", zh = "动物" }', '{ zh = "动物" }', "animal"),
    change("title as number", '"one line"', "3", "subtitle", "a text", "got 3"),
    change("title as date", '"one line"', "2020-01-01", "subtitle", "got 2020-01-01"),
    change("odd language", 'zh = "两个词"', '"English!" = "x"', "title", "'English!'"),
    # texts
    change("bell", '"one line"', '"a\\u0007b"', "subtitle", "control", "'\\x07'"),
    change("line break", '"one line"', '"a\\nb"', "subtitle", "control"),
    change("long text", '"one line"', '"' + "x" * 1001 + '"', "subtitle", "1000", "1001"),
    change("bell in a word", "\ncat = ", '\n"c\\u0007t" = ', "vocabulary.words", "control"),
    # vocabulary
    change("unequal rows", "[1.5, 0.25]", "[1.5]", "vocabulary.words.dog", "2", "got 1"),
    change("no words", "cat = [2.0, 0.0]\ndog = [1.5, 0.25]\nmouse = [1.0, 1.0]\n", "", "words"),
    change("empty word", "\ndog = ", '\n" " = ', "vocabulary.words", "1 to 255"),
    change("long word", "\ndog = ", "\n" + "d" * 256 + " = ", "vocabulary.words", "1 to 255"),
    change("pattern", "\ndog = ", '\n"d*g" = ', "vocabulary.words", "without * ? ~", "d*g"),
    change("case", "\ndog = ", "\nCat = ", "vocabulary.words.Cat", "case", "'cat'"),
    change("nan", "[1.5, 0.25]", "[nan, 0.25]", "dog", "finite", "nan"),
    change("inf", "[1.5, 0.25]", "[inf, 0.25]", "dog", "finite", "inf"),
    change("huge", "[1.5, 0.25]", "[1e300, 0.25]", "dog", "finite", "1e+300"),
    change("beyond a double", "[1.5, 0.25]", "[1e400, 0.25]", "dog", "finite", "inf"),
    change(
        "number as text",
        "[1.5, 0.25]",
        '["1.5", 0.25]',
        "words",
        "a number, without quotes",
        "'1.5'",
    ),
    change("bool as number", "[1.5, 0.25]", "[true, 0.25]", "words", "a number", "true"),
    change("column no identifier", "\ndevice = ", '\n"2 d" = ', "columns"),
    # contexts
    change(
        "missing word",
        '["cat", "dog", "mouse"]',
        '["cat", "mose"]',
        "contexts.one",
        "'mose'",
        "'mouse'",
    ),
    change("no word", '["cat", "dog", "mouse"]', "[]", "contexts.one.words", "at least one"),
    change("word as number", '["cat", "dog", "mouse"]', '["cat", 1]', "text, in quotes", "got 1"),
    change("id no identifier", 'id = "one"', 'id = "o n e"', "contexts", "id"),
    added("id twice", '[[contexts]]\nid = "One"\nwords = ["cat"]\n', "contexts", "twice"),
    # attention
    change("no such scores", '"scaled-dot"', '"cosine"', "attention.scores", "cosine"),
    change("heads that do not divide", "heads = 1", "heads = 3", "attention.heads", "3", "2"),
    change("no heads", "heads = 1", "heads = 0", "attention.heads", "1 to 16"),
    change("many heads", "heads = 1", "heads = 17", "attention.heads", "1 to 16"),
    change("heads as float", "heads = 1", "heads = 1.5", "attention.heads", "whole number"),
    change(
        "cold",
        "temperature = 1.0",
        "temperature = 0.0",
        "attention.temperature",
        "a number from 0.01 to 100, got 0.0",
    ),
    change("hot", "temperature = 1.0", "temperature = 101", "attention.temperature", "to 100"),
    change("infinite heat", "temperature = 1.0", "temperature = inf", "attention.temperature"),
    change("nan heat", "temperature = 1.0", "temperature = nan", "attention.temperature"),
    change("additive without weights", '"scaled-dot"', '"additive"', "W_query"),
    change("Q of no name", "heads = 1", 'Q = "Nope @ X"', "attention.Q", "Nope"),
    change("Q of wrong shape", "heads = 1", 'Q = "X @ X"', "attention.Q"),
    # weights
    change("weight of wrong shape", "[[1.0, 0.5], [0.0, 1.0]]", "[[1.0]]", "attention", "2", "1"),
    change("weight with unequal rows", "[0.0, 1.0]]", "[0.0]]", "weights.W_Q", "2", "1"),
    change("weight empty", "[[1.0, 0.5], [0.0, 1.0]]", "[]", "weights.W_Q", "at least one"),
    change("weight empty row", "[[1.0, 0.5], [0.0, 1.0]]", "[[]]", "weights.W_Q", "at least one"),
    change("weight flat", "[[1.0, 0.5], [0.0, 1.0]]", "[1.0]", "weights", "a list", "got 1.0"),
    change("weight nan", "[[1.0, 0.5]", "[[nan, 0.5]", "weights.W_Q", "finite", "nan"),
    change("address Q1", "W_Q =", "Q1 =", "Q1", "address"),
    change("address L1", "W_Q =", "L1 =", "weights.L1", "'L1', which is the address of a cell"),
    change("address XFD9", "W_Q =", "XFD9 =", "XFD9", "address"),
    change("address R", "W_Q =", "R =", "address", "'R'"),
    change("address R1C1", "W_Q =", "R1C1 =", "address", "'R1C1'"),
    change("name not ASCII", "W_Q =", '"权" =', "weights"),
    # inputs
    change("name twice", 'name = "rate"', 'name = "W_Q"', "inputs.W_Q", "taken"),
    change("name twice, other case", 'name = "rate"', 'name = "w_q"', "inputs.w_q", "taken"),
    change("name of another", 'name = "rate"', 'name = "Temperature"', "Temperature"),
    change(
        "limits reversed",
        "choices = [0.5, 1.0]",
        "limits = [1, 0]",
        "inputs.rate.limits",
        "the least and the largest number, got 1, 0",
    ),
    change("three limits", "choices = [0.5, 1.0]", "limits = [0, 1, 2]", "inputs.rate.limits"),
    change("no limit", "choices = [0.5, 1.0]", "limits = [0, inf]", "inputs.rate.limits", "finite"),
    change(
        "outside its limits",
        "choices = [0.5, 1.0]",
        "limits = [1, 2.5]",
        "inputs.rate: expected a number from 1 to 2.5, got 0.5",
    ),
    change(
        "above its limits",
        "choices = [0.5, 1.0]",
        "limits = [0, 0.25]",
        "inputs.rate: expected a number from 0 to 0.25, got 0.5",
    ),
    change(
        "limits and choices",
        "choices = [0.5, 1.0]",
        "choices = [0.5]\nlimits = [0, 1]",
        "inputs.rate.limits",
        "either choices or limits",
    ),
    change(
        "limits of a matrix",
        "[[0.5]]\nchoices = [0.5, 1.0]",
        "[[0.5, 1.0]]\nlimits = [0, 1]",
        "inputs.rate.limits",
        "one number",
    ),
    change("switch of a matrix", "[[0.5]]", "[[0.5, 1.0]]", "inputs.rate.choices", "one number"),
    change("labels too few", 'title = "rate"', 'columns = ["a", "b"]', "inputs.rate.columns", "2"),
    change("decimals", 'title = "rate"', "decimals = 13", "inputs", "decimals", "0 to 12"),
    # steps
    change("step of no name", "Output * 2", "Outputs * 2", "steps.Twice.formula", "Outputs"),
    change("step, broken", "Output * 2", "Output * ", "steps.Twice.formula", "Output *"),
    change(
        "step, both",
        'formula = "Output * 2"',
        'formula = "X"\nrows = [{ name = "A", formula = "X", label = "a" }]',
        "steps.Twice",
        "both",
    ),
    change("step, neither", 'formula = "Output * 2"\n', "", "steps.Twice", "neither"),
    change("step, taken", 'name = "Twice"', 'name = "Scores"', "Scores", "taken"),
    change("step, own name", 'name = "Twice"', 'name = "C2"', "C2", "address"),
    change(
        "chart column", 'columns = ["animal"]', 'columns = ["plant"]', "chart", "animal", "plant"
    ),
    added("before itself", STEP.format("Own + 1"), "steps.Own.formula", "Own"),
    added("shapes", STEP.format("X @ X"), "steps.Own.formula", "X @ X"),
    added("broadcast", STEP.format("X + W_Q[0:1, 0:1] @ X"), "steps.Own.formula"),
    added("beyond", STEP.format("X[5]"), "steps.Own.formula", "X[5]", "got 5"),
    added("empty slice", STEP.format("X[1:1]"), "steps.Own.formula", "X[1:1]"),
    added("no column", STEP.format("X[:, 'plant']"), "steps.Own.formula", "plant", "animal"),
    added("no function", STEP.format("soft(X)"), "steps.Own.formula", "soft", "mean softmax?"),
    added("operands", STEP.format("exp(X, X)"), "steps.Own.formula", "exp", "got 2"),
    added("code", STEP.format("__import__('os').getcwd()"), "steps.Own.formula"),
    added("lambda", STEP.format("lambda: 1"), "steps.Own.formula"),
    added("or", STEP.format("X > 1 or X < 0"), "steps.Own.formula", "`and`"),
    added("beside nothing", STEP.format("X") + 'beside = "Nope"\n', "steps.Own.beside", "Nope"),
    added("after nothing", STEP.format("X") + 'after = "Nope"\n', "steps.Own.after", "Nope"),
    # claims
    added("claim, name", CLAIM.format("Nope == 1"), "claims.own.holds", "Nope"),
    added("claim, grammar", CLAIM.format("X =="), "claims.own.holds", "X =="),
    added("claim, matrix", CLAIM.format("X > 0"), "claims.own", "one truth value"),
    added(
        "claim, when", CLAIM.format("X[0, 0] > 0") + 'when = "Nope"\n', "claims.own.when", "Nope"
    ),
    added("claim twice", CLAIM.format("X[0, 0] > 0") * 2, "claims", "twice"),
    added("claim, neither", '[[claims]]\nname = "own"\ntext = "t"\n', "claims.own", "neither"),
    added(
        "claim, both",
        CLAIM.format("X[0, 0] > 0") + 'then = "X[0, 0] > 0"\n',
        "claims.own",
        "holds, then",
    ),
    added(
        "claim, no then",
        '[[claims]]\nname = "own"\ntext = "t"\nchange = { Temperature = 2.0 }\n',
        "claims.own",
        "got change",
    ),
    added(
        "claim, then's grammar",
        '[[claims]]\nname = "own"\ntext = "t"\nchange = { Temperature = 2.0 }\nthen = "(("\n',
        "claims.own.then",
        "((",
    ),
    added(
        "claim, change by a date",
        '[[claims]]\nname = "own"\ntext = "t"\nchange = { rate = 2020-01-01 }\nthen = "X"\n',
        "claims",
        "2020-01-01",
    ),
]


def test_small_lesson_is_right(tmp_path: Path) -> None:
    """The lesson that the tests below spoil builds as it stands, in both languages."""
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    for language in languages():
        build(str(tmp_path / "small.toml"), tmp_path / f"{language}.xlsx", language)
        assert (tmp_path / f"{language}.xlsx").is_file()


WHAT_IF = '[[claims]]\nname = "w"\ntext = "t"\nchange = {}\nthen = "{}"\n'
WRONG += [
    added("then of no step", WHAT_IF.format("{ Temperature = 2 }", "Nope > 1"), "then", "Nope"),
    added("then of no shape", WHAT_IF.format("{ Temperature = 2 }", "Output > 1"), "one truth"),
    added(
        "change of no input", WHAT_IF.format("{ Nope = 2 }", "Temperature > 1"), "change", "Nope"
    ),
    added("change of a step", WHAT_IF.format("{ Output = 2 }", "Temperature > 1"), "an input"),
    added("change outside", WHAT_IF.format("{ 'Vocabulary[99, 0]' = 2 }", "1 > 0"), "99"),
    added(
        "change beyond a limit",
        WHAT_IF.format("{ Temperature = 0 }", "1 > 0"),
        "expected a number from 0.01 to 100, got 0.0",
    ),
    added("change to nan", WHAT_IF.format("{ Temperature = nan }", "1 > 0"), "finite"),
    added("change nowhere", WHAT_IF.format("{ 'f(1)' = 2 }", "1 > 0"), "expected a place"),
    added("notes misspelt", '[notes.Scoers]\ntitle = "s"\n', "notes", "'Scores'", "'Scoers'"),
    change("weights unused", "\nW_Q = ", "\nW_O = ", "weights.W_O", "uses"),
    added("a taken name", '[[inputs]]\nname = "Scores"\nvalues = [[1, 2]]\n', "Scores", "twice"),
    added("not a number", STEP.format("sqrt(0 - X - 1)"), "Own", "finite"),
    added("division by zero", STEP.format("X / 0"), "Own", "finite"),
    added("an entry too far", STEP.format("Attention[9, 'cat']"), "9"),
    added("words added up", STEP.format("Words + 1"), "numbers", "Words"),
    added("a word unknown", STEP.format("X['nope']"), "nope"),
    added("a word in capitals", STEP.format("X['CAT']"), "'cat'", "'CAT'"),
    change("no such choice", '"scaled-dot"', '"scaled"', "'scaled-dot'", "'scaled'"),
]


CONTEXT = '[[contexts]]\nid = "c{}"\nwords = ["cat"]\n'
MANY = "X[0, 0]" + ",1" * 255
NESTED = "sin(" * 65 + "X" + ")" * 65
WRONG += [
    # what Excel cannot hold
    added("five contexts", "".join(map(CONTEXT.format, range(4))), "contexts", "at most 4", "5"),
    change("escape in a text", '"one line"', '"a _x0041_ b"', "subtitle", "_x0041_"),
    change("escape in a word", "\ndog = ", "\nd_x0041_g = ", "vocabulary.words", "_x0041_"),
    change("escape in a name", 'name = "rate"', 'name = "r_x00e9_"', "_x00e9_"),
    change("a reserved name", 'name = "rate"', 'name = "Print_Area"', "Print_Area", "keep"),
    added("operands too many", STEP.format(f"max({MANY})"), "Own", "255"),
    added("nested too deep", STEP.format(NESTED), "Own", "at most 60"),
    added("series too many", STEP.format("X") + "[steps.chart]\ntitle = 'c'\nalternative = 'c'\n"
          f"kind = 'line'\nx = 'X'\nseries = {['X'] * 256}\n", "chart.series", "255", "256"),
    added("bars too many", "[[inputs]]\nname = 'Big'\ncolumns = ['a']\n"
          "sample = {rows = 256, columns = 1, seed = 1}\n" + STEP.format("Big + 1")
          + "[steps.chart]\ntitle = 'c'\nalternative = 'c'\n", "chart", "255", "256"),
    change("a long sentence", '["cat", "dog", "mouse"]', str(["cat"] * 1025), "words", "1024"),
    added("a typed pattern", '[[words]]\nname = "W"\nword = "a*"\ntitle = "t"\n', "words.W", "a*"),
    added("a long literal", '[[words]]\nname = "W"\nword = "a"\ntitle = "t"\n'
          + CLAIM.format(f"W == '{'a' * 256}'"), "Claim_own", "255"),
    added("a long name", CLAIM.format("X[0, 0] > 0").replace("own", "o" * 250), "expected a name"),
]  # fmt: skip


@pytest.mark.parametrize("bad", MISSPELT + WRONG, ids=lambda bad: bad.name)
def test_refused(bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong lesson: exit 2, one line with file, place and reason, and nothing written."""
    monkeypatch.chdir(tmp_path)
    content = bad.content.encode() if isinstance(bad.content, str) else bad.content
    Path("bad.toml").write_bytes(content)
    result = CliRunner().invoke(main, ["build", "bad.toml"])
    assert result.exit_code == 2, result.exception
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("xlsxattn: bad.toml: ")
    for part in bad.says:
        assert part in lines[0]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.toml"]


def test_there_are_enough_kinds() -> None:
    """No kind of mistake is listed twice under one name."""
    names = [bad.name for bad in MISSPELT + WRONG]
    assert len(names) == len(set(names)) >= 40


LIST = "choices = [0.5" + ", 1" * 125 + "{}]"
LIMITS = {
    "claims": (SMALL + "".join(CLAIM.format("1 < 2").replace("own", f"c{n}") for n in range(99)),
               CLAIM.format("1 < 2"), "claims: expected at most 100 in a lesson, got 101"),
    "choices": (replaced("choices = [0.5, 1.0]", LIST.format(", 1")), "", ""),
    "choices too long": (replaced("choices = [0.5, 1.0]", LIST.format("")),
                         '''[[inputs]]\nname = "more"\nvalues = [[1]]\n''' + LIST.format(", 11"),
                         "inputs.more.choices: expected a list of at most 255 characters"),
    "word": (replaced("dog = ", "d" * 255 + " = ").replace('"dog"', f'"{"d" * 255}"'), "", ""),
    "text": (replaced('"one line"', f'"{"x" * 1000}"'), "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("right", "more", "says"), LIMITS.values(), ids=LIMITS)
def test_limits(right: str, more: str, says: str) -> None:
    """As much as a limit says is accepted, and the least bit more is refused."""
    files.validate(files.parse(tomllib.loads(right)), "en")
    if more:
        with pytest.raises(LessonError, match=says):
            files.validate(files.parse(tomllib.loads(f"{right}\n{more}")), "en")


def test_no_such_file(tmp_path: Path) -> None:
    """A path that is not there is named."""
    with pytest.raises(LessonError, match=r"nothing\.toml: expected a lesson file, got no such"):
        files.load(tmp_path / "nothing.toml", "en")


def test_folder(tmp_path: Path) -> None:
    """A folder is no lesson, whatever its name."""
    (tmp_path / "lesson.toml").mkdir()
    with pytest.raises(LessonError, match="expected a lesson file, got a folder"):
        files.find(str(tmp_path / "lesson.toml"))


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file as Windows' editor saves it is read."""
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode().replace(b"\n", b"\r\n"))
    assert files.load(path, "en").focus == ""


def test_languages_other_than_ours(tmp_path: Path) -> None:
    """A lesson may have texts in more languages than the package."""
    path = tmp_path / "more.toml"
    path.write_text(replaced('zh = "两个词"', 'zh = "两个词", pt-BR = "Duas"'), encoding="utf-8")
    assert files.text(files.load(path, "zh").title, "zh") == "两个词"


def test_find_suggests_the_nearest() -> None:
    """A misspelt template brings the one that is meant."""
    assert files.find("mouse").name == "mouse.toml"
    with pytest.raises(LessonError, match=r"moose: expected .*; did you mean mouse"):
        files.find("moose")
    with pytest.raises(LessonError, match="xlsxattn list"):
        files.find("zzzz")


def test_templates_in_order() -> None:
    """Templates are listed in the course's order, chapter by chapter, each once."""
    names = files.template_names()
    known = [name for name in files.ORDER if name in names]
    assert names[: len(known)] == known
    assert names[:3] == ["bottleneck", "lookup", "mouse"]
    assert len(names) == len(set(names))


def test_carried_is_one_line_and_reads_back(tmp_path: Path) -> None:
    """What a workbook carries is the whole lesson, on one line."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    lesson = files.load(path, "en")
    carried = files.Carried("两个词", "zh", [files.CarriedLesson(["Page", "Data"], lesson)])
    canonical = carried.canonical()
    assert "\n" not in canonical
    assert files.parse_carried(canonical) == carried


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"language": "en"}', '{"lesson": 3}'])
def test_carried_damaged(damaged: str) -> None:
    """A damaged lesson in a workbook is a LessonError."""
    with pytest.raises(LessonError, match="the lesson in the workbook"):
        files.parse_carried(damaged)


# --- mutations ------------------------------------------------------------------------

JUNK = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["X", "Words", "Output[0]", "X @ X", "cat", "en", "R", "A1", "dot", "sqrt(-X)"]
    ),
    st.lists(st.floats(-10, 10), max_size=3),
    st.lists(st.lists(st.floats(-10, 10), max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
    st.just([]),
    st.just({}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested tables and lists."""
    found = [path] if path else []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        items = []
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """The small lesson with one to three things replaced, removed, renamed or repeated."""
    content = copy.deepcopy(tomllib.loads(SMALL))
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(places(content)))
        owner: Any = content
        for key in parents:
            owner = owner[key]
        action = draw(st.sampled_from(["replace", "remove", "rename", "repeat"]))
        if action == "replace":
            owner[last] = draw(JUNK)
        elif action == "remove":
            del owner[last]
        elif isinstance(owner, list):
            owner.append(copy.deepcopy(owner[last]))
        elif action == "rename":
            owner[draw(st.text(max_size=6))] = owner.pop(last)
        if not places(content):
            break
    return content


@given(mutated())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_mutations_are_refused_or_read(content: dict[str, Any]) -> None:
    """Whatever is changed in a lesson, it is accepted or refused by a LessonError."""
    try:
        files.validate(files.parse(content), "en")
    except LessonError as error:
        assert str(error).strip()
        assert "\n" not in str(error)


@given(st.data())
@settings(
    max_examples=200, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@example(data=None)
def test_typing_errors_are_refused_or_built(data: st.DataObject | None) -> None:
    """A slip of the keyboard anywhere in a file: a workbook, or one error, never a crash."""
    text = SMALL
    if data is not None:
        start = data.draw(st.integers(0, len(SMALL)))
        length = data.draw(st.integers(0, 6))
        slip = data.draw(st.text(st.sampled_from("\"'[]{}=.,#\n\\ab1-é*@"), max_size=3))
        text = SMALL[:start] + slip + SMALL[start + length :]
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "typo.toml", Path(name) / "typo.xlsx"
        source.write_text(text, encoding="utf-8")
        try:
            build(str(source), target)
        except XlsxattnError as error:
            assert "\n" not in str(error)
            assert str(source) in str(error)
            assert not target.exists()
        else:
            assert target.is_file()
        assert len(list(Path(name).iterdir())) == 1 + target.exists()
