"""The program: its help, its errors in one line, and what several commands share."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from xlsxattn import __version__
from xlsxattn.errors import XlsxattnError
from xlsxattn.texts import languages

#: What shells say of a program that a signal ended.
_BY_SIGNAL = 128
_STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Group(click.Group):
    """Turns every error into one line and exit code 2, in one place."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a console that has no ✓ shows a ?
                stream.reconfigure(errors="replace")
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _end)
        try:
            with _while_read():
                code = super().main(*args, **kwargs)
                sys.stdout.flush()
            sys.exit(code)
        except click.ClickException as error:
            _fail(error.format_message())
        except XlsxattnError as error:
            _fail(str(error))
        except MemoryError:
            _fail("expected enough memory for this lesson, got none left")
        except OSError as error:
            if error.filename is not None:
                _fail(f"{error.filename}: expected a usable path, got {error.strerror}")
            _discard_output()
            _fail(f"standard output: expected to write there, got {error.strerror}")
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted")

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _while_read():  # before click, which would say 1 of it
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _while_read():
            return super().invoke(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"expected a command ({known}), got {args[0]!r}") from None


def _fail(message: str) -> NoReturn:
    click.echo(f"xlsxattn: {plain(' '.join(message.split()))}", err=True)
    sys.exit(2)


def _end(number: int, frame: object) -> NoReturn:
    """Leave as after an error, so that no temporary file or child stays behind."""
    sys.exit(_BY_SIGNAL + number)


@contextlib.contextmanager
def _while_read() -> Iterator[None]:
    """Where nobody reads on, as after ``| head``, an end without a word and without a verdict."""
    try:
        yield
    except BrokenPipeError:
        _discard_output()
        sys.exit(_BY_SIGNAL + getattr(signal, "SIGPIPE", 13))


def _discard_output() -> None:
    """What is still buffered goes nowhere, or Python would try to print it when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def plain(text: str) -> str:
    """A text in which what could steer a terminal, or turn its direction, is spelled out."""
    return _STEERING.sub(lambda found: repr(found.group())[1:-1], text)


def examples(*lines: str) -> Callable[[Any], Any]:
    """Add examples to a command's help, one a line."""

    def add(function: Any) -> Any:
        shown = "\n".join(f"  {line}" for line in lines)
        said = inspect.cleandoc(function.__doc__ or "")  # `python -OO` leaves none
        function.__doc__ = f"{said}\n\n\b\nExamples:\n{shown}\n"
        return function

    return add


@click.group(
    cls=_Group, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", prog_name="xlsxattn")
@examples(
    "xlsxattn list",
    "xlsxattn build mouse",
    'xlsxattn new "cat and mouse are friends" "keyboard and mouse are useful"',
    "xlsxattn check output/mouse.xlsx",
)
def main() -> None:
    """Write .xlsx workbooks that explain attention with live formulas.

    Open them in Excel or LibreOffice: click a cell and see the arithmetic, change a
    number on cream and watch the meaning move.
    """


def require_language(language: str) -> None:
    if language not in languages():
        known = " or ".join(languages())
        raise click.UsageError(f"--lang: expected {known}, got {language!r}")


def quoted(path: Path | str) -> str:
    """A path as one types it in a command."""
    return f'"{path}"' if " " in str(path) else f"{path}"
