"""``python -m xlsxattn``."""

from xlsxattn.cli import main

main(prog_name="xlsxattn")
