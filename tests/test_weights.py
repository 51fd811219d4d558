"""Weights that a lesson draws or reads from a file, and what is wrong with such a file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tools import SMALL, replaced, values_of

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.errors import LessonError
from xlsxattn.lesson import WeightSource
from xlsxattn.lesson.weights import MAX_BYTES, numbers_of
from xlsxattn.saved import read

TYPED = "W_Q = [[1.0, 0.5], [0.0, 1.0]]"
W_Q = np.array([[0.25, -1.5], [2.0, 0.125]])


def lesson_with(weights: str, folder: Path) -> Path:
    path = folder / "lesson.toml"
    path.write_text(replaced(TYPED, weights), encoding="utf-8")
    return path


def refused(weights: str, folder: Path) -> str:
    """The message of a lesson that is refused, which is one line and names the weight."""
    with pytest.raises(LessonError) as caught:
        files.load(lesson_with(weights, folder), "en")
    message = str(caught.value)
    assert "\n" not in message and "weights.W_Q" in message
    return message


def test_drawn_weights(tmp_path: Path) -> None:
    """The same numbers for ever, of the scale that is wanted, with two decimals."""
    path = lesson_with("W_Q = { seed = 7, rows = 2, columns = 2, scale = 2.0 }", tmp_path)
    source = files.load(path, "en").weights["W_Q"]
    drawn = np.round(np.random.RandomState(7).standard_normal((2, 2)) * 2, 2)
    assert np.array_equal(numbers_of(source), drawn)


def test_weights_of_a_file(tmp_path: Path) -> None:
    """They stand in the cells; the workbook carries name, shape and digest, no numbers."""
    (tmp_path / "weights").mkdir()
    np.savez(tmp_path / "weights" / "w.npz", W_Q=W_Q.astype(np.float32), other=np.eye(3))
    path = lesson_with('W_Q = { file = "weights/w.npz" }', tmp_path)
    target = tmp_path / "built.xlsx"
    build(str(path), target)
    (tmp_path / "weights" / "w.npz").unlink()  # a workbook needs no file
    saved = read(target)
    stored = {title: sheet.values for title, sheet in saved.sheets.items()}
    assert values_of(stored, saved.names["W_Q"]) == W_Q.tolist()
    assert saved.carried is not None
    source = saved.carried.lessons[0].lesson.weights["W_Q"]
    assert isinstance(source, WeightSource)
    assert (source.file, source.rows, source.columns) == ("weights/w.npz", 2, 2)
    assert len(source.digest) == 16 and "0.125" not in saved.carried.canonical()
    report = check(target)
    assert report.problems == []


def test_another_array(tmp_path: Path) -> None:
    """A file may call the weight something else; shape and digest may be said, and then hold."""
    np.savez(tmp_path / "w.npz", query=W_Q)
    good = 'W_Q = { file = "w.npz", array = "query", rows = 2 }'
    source = files.load(lesson_with(good, tmp_path), "en").weights["W_Q"]
    assert isinstance(source, WeightSource)
    assert np.array_equal(numbers_of(source), W_Q)
    said = good.replace("rows = 2", f'digest = "{source.digest}"')
    files.load(lesson_with(said, tmp_path), "en")
    assert "expected rows 3, got 2" in refused(good.replace("rows = 2", "rows = 3"), tmp_path)
    other = good.replace("rows = 2", 'digest = "0123456789abcdef"')
    assert "expected the digest 0123456789abcdef, got " in refused(other, tmp_path)


def damaged(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 this is no archive")


def cut(path: Path) -> None:
    np.savez(path, W_Q=W_Q)
    path.write_bytes(path.read_bytes()[:-200])


def claiming(path: Path) -> None:
    """An array that says it is huge: its header is read, and nothing more."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W_Q.npy", b"\0" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "expected a file of weights, got no such file"),
        (damaged, "expected a .npz file of arrays, got "),
        (cut, "expected a .npz file of arrays, got "),
        (lambda path: path.mkdir(), "expected a .npz file of arrays, got "),
        (lambda path: np.savez(path, W_K=W_Q), "expected an array W_Q, got W_K"),
        (lambda path: np.savez(path, W_Q=W_Q[0]), "to be a matrix of numbers, got float64 of"),
        (lambda path: np.savez(path, W_Q=np.array([["a"]])), "a matrix of numbers, got <U1 of"),
        (lambda path: np.savez(path, W_Q=W_Q * np.inf), "expected finite numbers in W_Q"),
        (
            lambda path: np.savez(path, W_Q=np.array([[{}]], dtype=object)),
            "expected a .npz file of arrays, got Object arrays cannot be loaded",
        ),
        (claiming, "expected an array of at most"),
    ],
)
def test_bad_files(make: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    """A file that is missing, damaged, hostile or of other content gets one line."""
    make(tmp_path / "w.npz")
    assert message in refused('W_Q = { file = "w.npz" }', tmp_path)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("W_Q = {}", "expected a file or a seed, got neither"),
        ("W_Q = { seed = 1 }", "expected rows and columns beside a seed, got 0 and 0"),
        ('W_Q = { array = "a" }', "expected a file or a seed, got array without a file"),
        ('W_Q = { file = "../w.npz" }', "expected a .npz file in the lesson's folder"),
        ('W_Q = { file = "/elsewhere/w.npz" }', "expected a .npz file in the lesson's folder"),
        ('W_Q = { file = "w.txt" }', "expected a .npz file in the lesson's folder"),
    ],
)
def test_bad_sources(weights: str, message: str, tmp_path: Path) -> None:
    """What a lesson says of its weights is checked before any file is opened."""
    assert message in refused(weights, tmp_path)


def test_weights_of_another_shape(tmp_path: Path) -> None:
    """A matrix that does not fit is refused where it is used, and nothing is written."""
    np.savez(tmp_path / "w.npz", W_Q=np.ones((3, 2)))
    path = lesson_with('W_Q = { file = "w.npz" }', tmp_path)
    with pytest.raises(LessonError, match="expected a right operand of 2 rows, got 3"):
        build(str(path), tmp_path / "built.xlsx")
    assert not (tmp_path / "built.xlsx").exists()


def test_files_come_with_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`new --from` puts the files of a lesson beside its copy, and keeps those that are there."""
    templates = tmp_path / "templates"
    (templates / "weights").mkdir(parents=True)
    np.savez(templates / "weights" / "w.npz", W_Q=W_Q)
    lesson_with('W_Q = { file = "weights/w.npz" }', templates).rename(templates / "mine.toml")
    for module in ("xlsxattn.lesson.files", "xlsxattn.new.copied"):
        monkeypatch.setattr(f"{module}.template_folder", lambda: templates)
    monkeypatch.setattr("xlsxattn.new.copied.lesson_names", lambda: ["mine"])
    target = tmp_path / "copy" / "own.toml"
    for _ in range(2):
        target.unlink(missing_ok=True)
        result = CliRunner().invoke(main, ["new", "--from", "mine", "-o", str(target)])
        assert result.exit_code == 0, result.output
    copied = target.parent / "weights" / "w.npz"
    assert copied.read_bytes() == (templates / "weights" / "w.npz").read_bytes()
    build(str(target), tmp_path / "built.xlsx")
    assert "W_Q" in SMALL
