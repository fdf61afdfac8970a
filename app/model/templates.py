"""What a new text can begin with.

Pure. Each is small, works as it stands, and is meant to be written over. Source: EDITOR.md
(Welcome tab: New from template).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """One beginning."""

    id: str
    file_name: str  # what the new text is called until it is saved
    text: str  # ends with a line break


_HTML = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>New page</title>
  <style>
    body {
      font-family: system-ui, sans-serif;
      line-height: 1.5;
      margin: 2rem auto;
      max-width: 42rem;
    }
  </style>
</head>
<body>
  <h1>New page</h1>
  <p>Press Preview to see it in your browser.</p>
  <script>
    console.log("ready");
  </script>
</body>
</html>
"""

_PYTHON = '''\
#!/usr/bin/env python3
"""Say what this script does."""

import argparse


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="world")
    options = parser.parse_args()
    print(f"Hello, {options.name}!")


if __name__ == "__main__":
    main()
'''

_MARKDOWN = """\
# Title

One sentence on what this is about.

## To do

- [ ] First
- [ ] Second

## Notes

| What | Who |
| --- | --- |
| … | … |
"""

TEMPLATES = (
    Template("html", "index.html", _HTML),
    Template("python", "script.py", _PYTHON),
    Template("markdown", "notes.md", _MARKDOWN),
)
"""All there are, in the order in which they are offered."""
