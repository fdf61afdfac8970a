"""From the UTF-8 columns of one line to its UTF-16 columns."""

from __future__ import annotations


class Columns:
    """Counts in one line."""

    def __init__(self, line: str) -> None:
        self._source = None if line.isascii() else line.encode()
        self.length_utf16 = len(line) if self._source is None else self.utf16(len(self._source))

    def utf16(self, column_utf8: int) -> int:
        """Return how many UTF-16 units stand in front of a byte."""
        if self._source is None:
            return column_utf8
        return len(self._source[:column_utf8].decode("utf-8", "ignore").encode("utf-16-le")) // 2
