"""A text that can be edited and measured in three units at once, at any size.

It stands between Qt (UTF-16 units), pycrdt (UTF-8 bytes) and Python (code points), and knows none
of them. A keystroke in a file of 5 MB costs as much as in a small one, because the text is kept in
chunks of a few thousand characters::

    chunks   "import a…"   "def main(…"   "…"
    utf16        4096          4101       1530     one PrefixSums each
    utf8         4096          4180       1530

Inside a chunk an offset is converted by encoding that chunk, and not even that where it is ASCII.
Source: EDITOR.md, binding rules 2 and 9; PITFALLS on the unit of pycrdt's offsets.
"""

from __future__ import annotations

from typing import NamedTuple

from app.model.prefix_sums import PrefixSums
from app.model.text_edit import PositionError, TextEdit, length_utf16

_CHUNK = 2048  # code points in a fresh chunk
_LARGEST = 2 * _CHUNK  # a chunk that grows beyond this is cut up
_SMALLEST = _CHUNK // 8  # one that shrinks below this joins a neighbour


class Replaced(NamedTuple):
    """What a replacement meant in UTF-8 bytes, in the text before it."""

    at_utf8: int
    removed_utf8: int
    removed_text: str


class ShadowText:
    """A text in chunks.

    Invariant: both tables of lengths describe `_chunks`, no chunk is empty unless the text is, and
    no position inside a character is ever accepted.
    """

    def __init__(self, text: str = "") -> None:
        self._chunks = _cut(text)
        self._utf16 = PrefixSums([length_utf16(chunk) for chunk in self._chunks])
        self._utf8 = PrefixSums([_utf8_size(chunk) for chunk in self._chunks])

    def __str__(self) -> str:
        return "".join(self._chunks)

    @property
    def length_utf16(self) -> int:
        """The text's length in UTF-16 units."""
        return self._utf16.total

    @property
    def length_utf8(self) -> int:
        """The text's length in UTF-8 bytes."""
        return self._utf8.total

    def utf8_at(self, at_utf16: int) -> int:
        """Return the position in UTF-8 bytes.

        Raises:
            PositionError: it lies outside the text or inside a character.
        """
        index, inside = self._find_utf16(at_utf16)
        return self._utf8.before(index) + _utf8_length(self._chunks[index], inside)

    def utf16_at(self, at_utf8: int) -> int:
        """Return the position in UTF-16 units.

        Raises:
            PositionError: it lies outside the text or inside a character.
        """
        index, inside = self._find_utf8(at_utf8)
        chunk = self._chunks[index]
        before = self._utf16.before(index)
        return before + (inside if chunk.isascii() else length_utf16(chunk[:inside]))

    def slice(self, from_utf16: int, to_utf16: int) -> str:
        """Return a part of the text.

        Raises:
            PositionError: an end lies outside the text or inside a character, or they are swapped.
        """
        first, start = self._find_utf16(from_utf16)
        last, stop = self._find_utf16(to_utf16)
        if from_utf16 > to_utf16:
            raise PositionError("a range that ends before it begins")
        return self._between(first, start, last, stop)

    def whole_character_at(self, at_utf16: int) -> int:
        """Return the position, brought into the text and in front of a character it falls into."""
        at_utf16 = max(0, min(at_utf16, self.length_utf16))
        index, inside = self._utf16.find(at_utf16)
        try:
            _characters(self._chunks[index], inside)
        except PositionError:
            return at_utf16 - 1
        return at_utf16

    def replace(self, from_utf16: int, to_utf16: int, text: str) -> Replaced:
        """Replace a range by a text without lone surrogates.

        Raises:
            PositionError: an end lies outside the text or inside a character; nothing has changed.
        """
        first, start = self._find_utf16(from_utf16)
        last, stop = (first, start) if from_utf16 == to_utf16 else self._find_utf16(to_utf16)
        if from_utf16 > to_utf16:
            raise PositionError("a range that ends before it begins")
        removed = self._between(first, start, last, stop)
        at_utf8 = self._utf8.before(first) + _utf8_length(self._chunks[first], start)
        self._splice(first, start, last, stop, removed, text)
        return Replaced(at_utf8, _utf8_size(removed), removed)

    def replace_utf8(self, at_utf8: int, removed_utf8: int, text: str) -> TextEdit:
        """Replace a range that is given in UTF-8 bytes, and tell the edit in UTF-16 units.

        Raises:
            PositionError: an end lies outside the text or inside a character; nothing has changed.
        """
        first, start = self._find_utf8(at_utf8)
        last, stop = self._find_utf8(at_utf8 + removed_utf8) if removed_utf8 else (first, start)
        removed = self._between(first, start, last, stop)
        chunk = self._chunks[first]
        inside_utf16 = start if chunk.isascii() else length_utf16(chunk[:start])
        at_utf16 = self._utf16.before(first) + inside_utf16
        self._splice(first, start, last, stop, removed, text)
        return TextEdit(at_utf16, length_utf16(removed), text)

    def _find_utf16(self, at_utf16: int) -> tuple[int, int]:
        """Return the chunk that a position is in, and the code points in front of it there."""
        if not 0 <= at_utf16 <= self._utf16.total:
            raise PositionError("a position outside the text")
        index, inside = self._utf16.find(at_utf16)
        return index, _characters(self._chunks[index], inside)

    def _find_utf8(self, at_utf8: int) -> tuple[int, int]:
        if not 0 <= at_utf8 <= self._utf8.total:
            raise PositionError("a position outside the text")
        index, inside = self._utf8.find(at_utf8)
        chunk = self._chunks[index]
        if chunk.isascii():
            return index, inside
        try:
            return index, len(chunk.encode()[:inside].decode())
        except UnicodeDecodeError as error:
            raise PositionError("a position inside a character") from error

    def _between(self, first: int, start: int, last: int, stop: int) -> str:
        if first == last:
            return self._chunks[first][start:stop]
        between = self._chunks[first + 1 : last]
        return "".join([self._chunks[first][start:], *between, self._chunks[last][:stop]])

    def _splice(
        self, first: int, start: int, last: int, stop: int, removed: str, text: str
    ) -> None:
        """Put `text` where `removed` was: in place where a chunk stays a chunk, else cut anew."""
        chunks = self._chunks
        chunk = chunks[first][:start] + text + chunks[last][stop:]
        size = len(chunk)
        fits = size <= _LARGEST and (size >= _SMALLEST or len(chunks) == 1)
        if first == last and fits:
            chunks[first] = chunk
            if text.isascii() and removed.isascii():
                self._utf16.add(first, len(text) - len(removed))
                self._utf8.add(first, len(text) - len(removed))
            else:
                self._utf16.add(first, length_utf16(text) - length_utf16(removed))
                self._utf8.add(first, _utf8_size(text) - _utf8_size(removed))
            return
        if size < _SMALLEST and last + 1 < len(chunks):
            last += 1
            chunk += chunks[last]
        elif size < _SMALLEST and first > 0:
            first -= 1
            chunk = chunks[first] + chunk
        pieces = _cut(chunk)
        chunks[first : last + 1] = pieces
        self._utf16.replace(first, last + 1, [length_utf16(piece) for piece in pieces])
        self._utf8.replace(first, last + 1, [_utf8_size(piece) for piece in pieces])


def _cut(text: str) -> list[str]:
    if len(text) <= _LARGEST:
        return [text]
    return [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]


def _characters(chunk: str, inside_utf16: int) -> int:
    """Return how many code points the first UTF-16 units of a chunk are."""
    if chunk.isascii():
        return inside_utf16
    units = chunk.encode("utf-16-le")
    if len(units) == 2 * len(chunk):
        return inside_utf16
    try:
        return len(units[: 2 * inside_utf16].decode("utf-16-le"))
    except UnicodeDecodeError as error:
        raise PositionError("a position inside a character") from error


def _utf8_length(chunk: str, characters: int) -> int:
    return characters if chunk.isascii() else len(chunk[:characters].encode())


def _utf8_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
