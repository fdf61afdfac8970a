"""Which languages the syntax process reads; the ids are those of `app.model.languages`.

Knows no grammar: the app asks here without loading one.
"""

SYNTAX_LANGUAGES = frozenset(("javascript", "python"))
"""The ids of the languages that have colours."""
