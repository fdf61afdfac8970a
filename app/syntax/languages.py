"""Which languages the syntax process reads; the ids are those of `app.model.languages`.

Knows no grammar and no lexer: the app asks here without loading one.
"""

GRAMMARS = frozenset(
    (
        "c",
        "cpp",
        "csharp",
        "css",
        "go",
        "html",
        "java",
        "javascript",
        "json",
        "markdown",
        "php",
        "python",
        "ruby",
        "rust",
        "shellscript",
        "sql",
        "typescript",
        "yaml",
    )
)
"""Those that have a tree-sitter grammar here."""

LEXERS = {
    "bat": "batch",
    "clojure": "clojure",
    "cmake": "cmake",
    "coffeescript": "coffeescript",
    "dart": "dart",
    "diff": "diff",
    "dockerfile": "docker",
    "elixir": "elixir",
    "erlang": "erlang",
    "fsharp": "fsharp",
    "graphql": "graphql",
    "groovy": "groovy",
    "haskell": "haskell",
    "ini": "ini",
    "julia": "julia",
    "kotlin": "kotlin",
    "latex": "latex",
    "less": "less",
    "lua": "lua",
    "makefile": "make",
    "nix": "nix",
    "objective-c": "objective-c",
    "ocaml": "ocaml",
    "pascal": "pascal",
    "perl": "perl",
    "powershell": "powershell",
    "proto3": "protobuf",
    "r": "r",
    "restructuredtext": "restructuredtext",
    "sass": "sass",
    "scala": "scala",
    "scss": "scss",
    "swift": "swift",
    "terraform": "terraform",
    "toml": "toml",
    "vb": "vb.net",
    "xml": "xml",
    "zig": "zig",
}
"""Those that Pygments reads instead, with its names for them."""

SYNTAX_LANGUAGES = GRAMMARS | LEXERS.keys()
"""The ids of the languages that have colours."""
