"""The command line: options, printing, exit codes. Nothing else in the package prints.

Exit code 0: all well; 1: a check found a mismatch; 2: the request or the lesson is wrong.
Heavy modules are imported where they are used, so that ``--help`` and ``list`` are quick.
``group`` turns errors into one line; the commands are in ``lessons``, ``proof``,
``authoring`` and ``training``.
"""

from xlsxattn.cli import authoring, lessons, proof, training
from xlsxattn.cli.group import main

__all__ = ["authoring", "lessons", "main", "proof", "training"]
