"""``check``: workbooks proved, and what is reported of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlsxattn.cli.group import examples, main
from xlsxattn.errors import XlsxattnError

if TYPE_CHECKING:
    from xlsxattn.check import Report


@main.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--engine", default="ironcalc", metavar="ENGINE",
    help="What recalculates: ironcalc (built in), libreoffice or gnumeric (installed).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a report for programs.")
@examples(
    "xlsxattn check output/mouse.xlsx",
    "xlsxattn check output/*.xlsx --engine libreoffice",
    "xlsxattn check output/mouse.xlsx --json",
)
def check(files: tuple[str, ...], engine: str, as_json: bool) -> None:
    """Prove workbooks: recalculate each FILE and compare every step with NumPy.

    Finds wrong formulas, constants where a formula belongs, stale values, error cells
    and claims that fail. Exit code 1 where it finds any.
    """
    import json

    from xlsxattn.check import check as check_one

    if not files:
        raise click.UsageError("expected a workbook, such as output/mouse.xlsx, got none")
    reports, failed = [], False
    for file in files:
        try:
            reports.append(check_one(Path(file), engine))
        except XlsxattnError as error:
            if len(files) == 1:
                raise
            failed = True  # and on with the other files
            click.echo(f"xlsxattn: {' '.join(str(error).split())}", err=True)
    if as_json:
        data = [report.data() for report in reports]
        click.echo(json.dumps(data[0] if len(files) == 1 else data, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            _print_report(report)
    if failed:
        sys.exit(2)
    if not all(report.ok for report in reports):
        sys.exit(1)


def _print_report(report: Report) -> None:
    click.echo(f"{report.file}: {report.lesson or 'no lesson'}, {report.engine} against "
               f"{report.reference}")  # fmt: skip
    width = max((len(step.name) for step in report.steps), default=0)
    for step in report.steps:
        error = "no value" if step.max_error is None else f"{step.max_error:.1e}"
        click.echo(f"  {step.name:<{width}}  {step.range:<10} {step.cells:>6} cells  {error}")
    for claim in report.claims:
        mark = {True: "✓", False: "✗", None: "–"}[claim.ok]
        click.echo(f"  {mark} {claim.name} ({claim.kind})")
    for problem in report.problems:
        place = f"{problem.sheet}!{problem.cell}" if problem.cell else problem.sheet
        click.echo(f"  {problem.kind}: {place}: {problem.message}")
    for note in report.notes:
        click.echo(f"  note: {note}")
    click.echo("  all well" if report.ok else f"  {_count(len(report.problems))}")


def _count(problems: int) -> str:
    return f"{problems} problem" + "s" * (problems != 1)
