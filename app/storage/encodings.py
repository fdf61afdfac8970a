"""The encodings that a file can be read and written in, and which of them fits some bytes.

UTF-8 is tried first and strictly; everything else is only suggested, and a person chooses. Knows no
file. Source: EDITOR.md (files); https://docs.python.org/3/library/codecs.html#standard-encodings
"""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

UTF8 = "utf-8"

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Western (Windows-1252)",
    "iso8859-15": "Western (ISO 8859-15)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp1257": "Baltic (Windows-1257)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC-JP)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
    "cp437": "DOS (Code page 437)",
}
"""What can be chosen, by its id, in the order of a menu."""

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
"""The byte order marks of the encodings that have one."""

_SAMPLE_BYTES = 64 * 1024
_LATIN = {"cp1250", "cp1252", "cp1254", "cp1257", "iso8859-2", "iso8859-15"}
_ALIKE = 0.02  # of charset-normalizer's measure of disorder


def encoding_name(encoding: str) -> str:
    """Return how people call an encoding."""
    return ENCODING_NAMES.get(encoding, encoding)


def suggested_encoding(raw: bytes) -> str:
    """Return the id of the encoding that bytes which are not UTF-8 seem to be in; empty for none.

    By their mark, else by what charset-normalizer thinks of their beginning; only an encoding that
    all of them are valid in.
    """
    for encoding in ("utf-16-le", "utf-16-be"):
        if raw.startswith(MARKS[encoding]):
            return encoding if _is_valid(raw, encoding) else ""
    guessed = _guessed(raw[:_SAMPLE_BYTES])
    # Windows-1252 last: nearly everything is valid in it.
    fitting = [each for each in (*guessed, "cp1252") if _is_valid(raw, each)]
    return fitting[0] if fitting else ""


def _guessed(sample: bytes) -> list[str]:
    """Return the ids of what a sample may be in, the best first.

    Among the encodings of Latin letters the commonest one goes first when it is about as good.
    """
    wanted = [encoding for encoding in ENCODING_NAMES if not encoding.startswith("utf")]
    ids = {codecs.lookup(encoding).name: encoding for encoding in wanted}
    matches = list(from_bytes(sample, cp_isolation=wanted)) if sample else []
    found = [
        (ids[codecs.lookup(name).name], match.chaos)
        for match in matches
        for name in match.could_be_from_charset
        if codecs.lookup(name).name in ids
    ]
    if found and found[0][0] in _LATIN:
        best = found[0][1]
        if any(each == "cp1252" and chaos <= best + _ALIKE for each, chaos in found):
            return ["cp1252", *[each for each, _ in found]]
    return [each for each, _ in found]


def _is_valid(raw: bytes, encoding: str) -> bool:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\0" not in text
