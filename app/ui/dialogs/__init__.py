"""Dialogs: opened without blocking, heard by signals.

They know neither services nor files. Source: PITFALLS.md (qasync), EDITOR.md (pairing).
"""
