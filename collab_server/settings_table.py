"""The README's table of settings, made of the settings: `python -m collab_server.settings_table`.

A test holds the README to it, and every key to having a sentence here. Does not read settings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from collab_server.settings import OLDER_NAMES, PREFIX, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collab_server.settings import Key

BEGIN = "<!-- settings: python -m collab_server.settings_table -->"
END = "<!-- end of settings -->"

SAYS: dict[Key, str] = {
    ("server", "host"): "where to listen",
    ("server", "port"): "where to listen; 0 is a free one",
    ("server", "public_url"): "what links name; if not given, host and port",
    (
        "server",
        "token_expiry",
    ): "seconds; how long tokens last that `token` and `/api/token` make",
    ("server", "auto_reconnect"): "whether pages with the script of `client-script` come back",
    ("server", "reconnect_delay"): "milliseconds; the base of their waits",
    ("server", "ping_interval"): "milliseconds; how often a connection is asked whether it lives",
    ("server", "enable_chat"): "`false`: no messages, no `chat_*`, `dm:*`, `proshare_room_*`",
    ("server", "enable_collaboration"): "`false`: no documents, carets or edits, no projects",
    ("server", "enable_notifications"): "`false`: no `notifications_*`, `user_*`, `ocr_job_*`",
    ("server", "internal_port"): "metrics and the API, on this machine only; 0 is a free one",
    ("server", "db"): "four slashes: an absolute path",
    ("server", "secret_file"): "what signs tokens; must be given, or `COLLAB_SECRET`, the secret",
    ("server", "api_key_file"): "opens `/broadcast`, `/api` and `/admin`; or `COLLAB_API_KEY`",
    ("server", "tls_cert"): "a certificate chain, PEM",
    ("server", "tls_key"): "its key, PEM",
    ("server", "behind_proxy"): "a proxy in front of the server has TLS",
    ("server", "trusted_proxies"): "whose `X-Forwarded-For` says who connects: addresses and"
    " networks, such as `10.0.0.0/8`; parted by spaces in the environment",
    ("server", "allowed_origins"): "whose pages may connect, such as `https://app.example.com`; if"
    " not given, all",
    ("server", "dev"): "this machine only, a secret of its own, `room_*` and `test_*` open to all",
    ("server", "compression"): "`large`: what joins bring and histories, for clients that offer"
    " permessage-deflate",
    ("server", "log_level"): "`debug`, `info`, `warning` or `error`",
    ("server", "log_format"): "`console`, for people, or `json`, an object a line",
    ("tokens", "replay"): "`session`: a token belongs to the first session that used it; `strict`:"
    " one use; `legacy`: comes back from the same browser and network; `off`",
    ("tokens", "legacy_replay"): "the same, for the PHP products' tokens",
    ("hooks", "authorize_url"): "asked for a user's rights in a room, such as"
    " `https://app.example.com/authorize`",
    ("redis", "url"): "where back-ends publish, such as `redis://127.0.0.1:6379/0`",
    ("redis", "prefix"): "what stands before a room's name in a channel's",
    ("redis", "pubsub"): "`true`: hear the channels of rooms",
    ("redis", "stream"): "the stream to read; empty: none",
    ("rooms", "legacy_open"): "what every bearer of such a token may, such as"
    ' `["codexpro_project_*:rw", "ocr_job_*:r"]`; parted by spaces in the environment',
}

FLAGS = {"host": "`--host`, or `HOST PORT`", "port": "`--port`, or `HOST PORT`"}
WITHOUT_FLAG = {
    "token_expiry",
    "auto_reconnect",
    "reconnect_delay",
    "ping_interval",
    "enable_chat",
    "enable_collaboration",
    "enable_notifications",
    "trusted_proxies",
    "allowed_origins",
    "compression",
    "log_level",
    "log_format",
}


def readme_table() -> str:
    """Return the table, with the marks around it."""
    rows = "\n".join(_rows())
    return f"{BEGIN}\n{rows}\n{END}"


def _rows() -> Iterator[str]:
    for section, kind in SECTIONS.items():
        if section == "limits":  # their names say what they are, and `check-config` prints them
            continue
        yield f"\n| `[{section}]` | if not given | environment and flag | |"
        yield "|---|---|---|---|"
        for known in msgspec.structs.fields(kind):
            key = (section, known.name)
            yield f"| `{known.name}` | {_default(known.default)} | {_names(key)} | {SAYS[key]} |"


def _default(value: object) -> str:
    return "—" if value is None or value == () else f"`{json.dumps(value)}`"


def _names(key: Key) -> str:
    section, name = key
    middle = "" if section == "server" else f"{section.upper()}__"
    names = [f"`{PREFIX}{middle}{name.upper()}`"]
    names += [f"`{older}`" for older, newer in OLDER_NAMES.items() if newer == name]
    if section == "server" and name not in WITHOUT_FLAG:
        names.append(FLAGS.get(name, f"`--{name.replace('_', '-')}`"))
    return ", ".join(names)


if __name__ == "__main__":
    import sys

    sys.stdout.write(f"{readme_table()}\n")
