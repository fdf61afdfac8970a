"""Which files probably hold secrets, judged by their names.

Pure, and a hint only: to ask before such a file is shared. Source: EDITOR.md (pairing, start:
secret-looking files).
"""

from __future__ import annotations

import re

_EXACT = {
    ".env",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "credentials",
    "credentials.json",
    "secret",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
}
_PATTERN = re.compile(
    r"\.env\..+|id_(rsa|dsa|ecdsa|ed25519)|.+\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg)"
)
_HARMLESS = re.compile(r"\.env\.(example|sample|template|dist)|.+\.pub")


def looks_secret(file_name: str) -> bool:
    """Tell whether a file of this name probably holds passwords or keys."""
    name = file_name.lower()
    if _HARMLESS.fullmatch(name):
        return False
    return name in _EXACT or _PATTERN.fullmatch(name) is not None
