"""What the editor is about, in plain Python: texts, edits, people, the state of a connection.

Knows no Qt, no network, no disk and no CRDT. Every offset says its unit in its name: `_utf16` is
Qt's and the wire's, `_utf8` is pycrdt's, and a Python `str` counts code points.
"""
