"""Which language a file is written in, guessed from its name.

Knows no file and no grammar. The ids are the ones that VS Code and the language server protocol
use, so a manifest says the same to every editor.
"""

from __future__ import annotations

from pathlib import PurePosixPath

PLAIN_TEXT = "plaintext"

LANGUAGE_NAMES = {
    "c": "C",
    "cpp": "C++",
    "csharp": "C#",
    "css": "CSS",
    "go": "Go",
    "html": "HTML",
    "java": "Java",
    "javascript": "JavaScript",
    "json": "JSON",
    "markdown": "Markdown",
    "php": "PHP",
    "plaintext": "Plain text",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "shellscript": "Shell",
    "sql": "SQL",
    "typescript": "TypeScript",
    "yaml": "YAML",
}

_BY_SUFFIX = {
    ".bash": "shellscript",
    ".c": "c",
    ".cc": "cpp",
    ".cjs": "javascript",
    ".cpp": "cpp",
    ".cs": "csharp",
    ".css": "css",
    ".cxx": "cpp",
    ".go": "go",
    ".h": "c",
    ".hpp": "cpp",
    ".htm": "html",
    ".html": "html",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".jsx": "javascript",
    ".markdown": "markdown",
    ".md": "markdown",
    ".mjs": "javascript",
    ".php": "php",
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".rb": "ruby",
    ".rs": "rust",
    ".sh": "shellscript",
    ".sql": "sql",
    ".ts": "typescript",
    ".tsx": "typescript",
    ".yaml": "yaml",
    ".yml": "yaml",
}

_BY_NAME = {
    "gemfile": "ruby",
    "rakefile": "ruby",
    "sconstruct": "python",
}


def language_of(path: str) -> str:
    """Return the id of the language that a path's name speaks of, or `PLAIN_TEXT`."""
    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    return _BY_NAME.get(name) or _BY_SUFFIX.get(PurePosixPath(name).suffix, PLAIN_TEXT)
