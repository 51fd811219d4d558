"""What a page is told with: inputs, steps cut into parts, claims and charts, in reading order.

Both doors lead here: a lesson file (``compose``) and Python (``api``).
"""

from xlsxattn.builder.builder import Builder, Look

__all__ = ["Builder", "Look"]
