"""Workbooks that explain attention: every step a live formula."""

__version__ = "0.1.0"
