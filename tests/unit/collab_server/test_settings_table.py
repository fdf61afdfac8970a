"""The README's table is the settings'."""

from pathlib import Path

import msgspec

from collab_server.cli import SERVER_FLAGS
from collab_server.settings import SECTIONS
from collab_server.settings_table import BEGIN, END, SAYS, WITHOUT_FLAG, readme_table

README = Path(__file__).resolve().parents[3] / "README.md"
SEEDS_KEYS = {
    "host",
    "port",
    "public_url",
    "token_expiry",
    "auto_reconnect",
    "reconnect_delay",
    "ping_interval",
    "enable_chat",
    "enable_collaboration",
    "enable_notifications",
}


def test_the_readme_shows_the_table_as_the_code_makes_it() -> None:
    text = README.read_text(encoding="utf-8")

    shown = text[text.index(BEGIN) : text.index(END) + len(END)]

    assert shown == readme_table(), "run python -m collab_server.settings_table"


def test_every_key_has_a_sentence_and_no_sentence_is_without_a_key() -> None:
    keys = {
        (section, known.name)
        for section, kind in SECTIONS.items()
        if section != "limits"
        for known in msgspec.structs.fields(kind)
    }

    assert set(SAYS) == keys


def test_the_table_knows_which_keys_have_flags() -> None:
    names = {known.name for known in msgspec.structs.fields(SECTIONS["server"])}

    assert names - WITHOUT_FLAG == set(SERVER_FLAGS)


def test_the_ten_keys_of_the_products_are_there() -> None:
    names = {known.name for known in msgspec.structs.fields(SECTIONS["server"])}

    assert names >= SEEDS_KEYS
