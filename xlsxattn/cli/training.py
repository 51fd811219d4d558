"""``train``: weights that are fitted to a lesson's loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xlsxattn.cli.group import examples, main, require_language
from xlsxattn.texts import languages


@main.command()
@click.argument("lesson")
@click.option("-o", "--output", metavar="FILE", help="The lesson file to write.")
@click.option("--epochs", type=click.IntRange(1, 100_000), metavar="NUMBER", help="How many.")
@click.option("--learning-rate", type=click.FloatRange(0, 10), metavar="NUMBER", help="Its size.")
@click.option("--weight-decay", type=click.FloatRange(0, 1), metavar="NUMBER", help="Its size.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="NUMBER", help="Where it starts."
)
@click.option(
    "--lang", metavar="LANGUAGE",
    help=f"Language: {', '.join(languages())}; else the lesson's own.",
)  # fmt: skip
@examples("xlsxattn train my-lesson.toml", "xlsxattn train my-lesson.toml --epochs 500 --seed 7")
def train(lesson: str, output: str | None, lang: str | None, **wish: Any) -> None:
    """Fit the weights of a lesson that names its loss under [fit].

    Writes a file of weights beside the lesson, which names it from then on, so that
    `build` needs no training. Ctrl-C keeps the best so far.
    """
    from xlsxattn import lesson as files
    from xlsxattn.fitting.lesson import Wish
    from xlsxattn.fitting.lesson import train as fit
    from xlsxattn.new.text import build_command

    language = files.language_of(lesson) if lang is None else lang
    require_language(language)
    target = None if output is None else Path(output)
    trained = fit(files.find(lesson), language, target, Wish(**wish), _show_epoch)
    fitted = trained.fitted
    ended = "interrupted; " if fitted.interrupted else ""
    click.echo(
        f"{ended}loss {fitted.losses[0]:.4g} → {fitted.loss:.4g} with the weights rounded, "
        f"{len(fitted.losses)} epochs", err=True,
    )  # fmt: skip
    click.echo(f"{trained.weights}")
    click.echo(f"{trained.lesson}")
    click.echo(f"Now build it: {build_command(str(trained.lesson))}", err=True)


def _show_epoch(epoch: int, loss: float) -> None:
    """A line for the first ten epochs' ends and then ever fewer."""
    if epoch in (1, 2, 5) or epoch % 10 ** (len(str(epoch)) - 1) == 0:
        click.echo(f"epoch {epoch}: loss {loss:.6g}", err=True)
