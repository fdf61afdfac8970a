"""Greet people in their own languages: a small file to try CodeXPro with."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

WAVE = "👋🏽"
CAFE = "café → café"  # a combining mark and its precomposed twin look the same


@dataclass(frozen=True)
class Greeting:
    """A word and who says it."""

    language: str
    word: str

    def to(self, name: str) -> str:
        """Return the greeting for one person."""
        return f"{self.word}, {name}! {WAVE}"


GREETINGS = [
    Greeting("English", "Hello"),
    Greeting("Français", "Bonjour"),
    Greeting("Español", "¡Hola"),
    Greeting("Deutsch", "Grüß dich"),
    Greeting("हिन्दी", "नमस्ते"),
    Greeting("日本語", "こんにちは"),
]


def find(language: str) -> Greeting:
    """Return the greeting of a language; the first one when nobody knows it."""
    for greeting in GREETINGS:
        if greeting.language.casefold() == language.casefold():
            return greeting
    return GREETINGS[0]


def greet(names: list[str], language: str) -> list[str]:
    """Return one line for each name."""
    greeting = find(language)
    return [greeting.to(name) for name in names]


def main() -> None:
    """Read the command line and greet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["world"])
    parser.add_argument("--language", default="English")
    options = parser.parse_args()
    for line in greet(options.names, options.language):
        print(line)
    print("Two coffees at the café ☕")


if __name__ == "__main__":
    main()
