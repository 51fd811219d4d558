"""What goes wrong between `train` and `build` is one line; planted faults of training are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from peers.classify import FILE
from test_peers import error
from tools import plant_rule, replaced

from xlsxattn.cli import main
from xlsxattn.compose import compose
from xlsxattn.fitting import fit as fitting
from xlsxattn.fitting.start import load_unfitted, names_to_fit
from xlsxattn.gradient import gradients
from xlsxattn.lesson import find, load
from xlsxattn.new import LabelledDraft, LabelledRequest, new_classifier

SENTENCES = "a cat,x\na dog,x\nthe key,y\nthe cable,y\nmy cat,x,aside\n"


@pytest.fixture(autouse=True)
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A classifier of five sentences, in an empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    Path("sentences.csv").write_text(SENTENCES, encoding="utf-8")
    draft = LabelledDraft(LabelledRequest(Path("sentences.csv")), "my.toml")
    path = Path("my.toml")
    path.write_text(new_classifier(draft), encoding="utf-8")
    return path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


def files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def refused(*arguments: str) -> str:
    """The last line of a command that fails, after the epochs; every file is as it was."""
    before = files()
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    *epochs, line = result.stderr.splitlines()
    assert all(one.startswith("epoch ") for one in epochs if one)  # click ends the line of a ^C
    assert files() == before
    return str(line)


# --- one line, nothing half written -----------------------------------------------------


def test_a_rate_that_diverges(lesson: Path) -> None:
    text = replaced('learning_rate = 0.02', 'learning_rate = 10\noptimiser = "momentum"',
                    lesson.read_text(encoding="utf-8"))  # fmt: skip
    text = replaced("Targets * log_softmax(Logits_all) * Learned", "Logits_all ** 4", text)
    lesson.write_text(text, encoding="utf-8")
    line = refused("train", "my.toml")
    assert "fit.learning_rate: expected a loss that stays a number, got" in line
    assert line.endswith("try less than 10")


def test_interrupted_in_the_first_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C before there is anything to keep."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlsxattn.cli.training._show_epoch", stop)
    assert refused("train", "my.toml") == "xlsxattn: interrupted"


def test_interrupted_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C later keeps the best so far, which `build` reads."""

    def stop(epoch: int, _: float) -> None:
        if epoch == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr("xlsxattn.cli.training._show_epoch", stop)
    result = run("train", "my.toml")
    assert result.exit_code == 0
    assert "interrupted; loss" in result.stderr
    assert run("build", "my.toml").exit_code == 0


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flipped(path: Path) -> None:
    """A byte of the first array's numbers is another."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xFF
    path.write_bytes(content)


def foreign(path: Path) -> None:
    np.savez(path, other=np.ones((2, 2)))


def of_other_words(path: Path) -> None:
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    np.savez(path, **kept | {"Vocabulary": kept["Vocabulary"][:-1]})


def not_finite(path: Path) -> None:
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    np.savez(path, **kept | {"Question": kept["Question"] * np.nan})


WEIGHT_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "weights.Vocabulary: my.npz: expected a file of weights, got no such"),
    "damaged": (damaged, "weights.Vocabulary: my.npz: expected a .npz file of arrays, got"),
    "flipped": (flipped, "my.npz: expected a .npz file of arrays, got"),
    "foreign": (foreign, "my.npz: expected an array Vocabulary, got other"),
    "of other words": (of_other_words, "weights.Vocabulary: "),
    "not finite": (not_finite, "weights.Question: my.npz: expected"),
}


@pytest.mark.parametrize(("change", "message"), WEIGHT_FILES.values(), ids=WEIGHT_FILES)
def test_weight_files(change: Callable[[Path], object], message: str) -> None:
    """A file that is not what `train` wrote is named, and no workbook is written."""
    assert run("train", "my.toml").exit_code == 0
    change(Path("my.npz"))
    line = refused("build", "my.toml")
    assert line.startswith("xlsxattn: my.toml: ")
    assert message in line


def test_a_label_that_is_no_class(lesson: Path) -> None:
    text = lesson.read_text(encoding="utf-8")
    lesson.write_text(text.replace('label = "y"', 'label = "z"', 1), encoding="utf-8")
    for command in ("train", "build"):
        assert "examples.sentences[3].label: expected one of x, y, got 'z'" in refused(
            command, "my.toml"
        )


# --- planted faults ---------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["exp", "divide", "sqrt", "where"])
def test_a_wrong_gradient_rule_is_found(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With any one rule wrong, some gradient of `classify` is not PyTorch's."""
    from xlsxattn.expression import OPERATIONS

    true = OPERATIONS[operation].gradient
    assert true is not None
    nodes = compose(lesson_of := load(find("classify"), "en"), "en").nodes
    names = sorted(names_to_fit(lesson_of) & {*nodes})

    def wrong() -> list[str]:
        found = gradients(nodes["Loss"], [nodes[name] for name in names])
        with np.load(FILE) as known:
            return [
                name
                for name, one in zip(names, found, strict=True)
                if error(one.value, known[f"en.d_{name}"]) > 1e-9
            ]

    assert wrong() == []

    def doubled(f: Any, g: Any, *operands: Any) -> Any:
        return true(f, 2 * g, *operands)

    plant_rule(monkeypatch, operation, doubled)
    assert wrong()


def test_a_leaked_label_is_found(lesson: Path) -> None:
    """Were a sentence kept aside part of the loss, its label would move the weights."""
    leaky = replaced('"1 - Aside"', '"1 - 0 * Aside"', lesson.read_text(encoding="utf-8"))
    relabelled = 'words = "my cat", label = "x"', 'words = "my cat", label = "y"'

    def same_after_relabelling(text: str) -> bool:
        weights = []
        for one in (text, replaced(*relabelled, text)):
            lesson.write_text(one, encoding="utf-8")
            assert run("train", "my.toml", "--epochs", "3").exit_code == 0
            weights.append(Path("my.npz").read_bytes())
        return weights[0] == weights[1]

    text = lesson.read_text(encoding="utf-8")
    assert same_after_relabelling(text)
    assert not same_after_relabelling(leaky)


def test_epochs_of_a_wrong_gradient_end_higher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uphill instead of downhill: the loss that `train` reports says so."""
    start = load_unfitted(Path("my.toml"), "en")
    assert start.fit is not None
    outline = compose(start, "en")

    def losses() -> list[float]:
        assert start.fit is not None
        return fitting.fit(outline, names_to_fit(start), start.fit, lambda *_: None).losses

    assert losses()[-1] < losses()[0] / 5
    true = fitting.gradient
    monkeypatch.setattr(fitting, "gradient", lambda loss, of: [-one for one in true(loss, of)])
    assert losses()[-1] > losses()[0]
