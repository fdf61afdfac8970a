"""The secrets that an operator gives: what signs tokens, and the key of the API.

A secret is the text of a variable or of a file, without white space around it; a weak one is
refused with what to do. Does not know which settings go together (`config` does).
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from collab_server.protocol.errors import WeakSecret
from collab_server.settings import ConfigError

if TYPE_CHECKING:
    from collab_server.settings import Settings

MAKE_A_SECRET = "openssl rand -hex 32 > secret; chmod 600 secret"
LARGEST_SECRET_BYTES = 64 * 1024
DEV_SECRET_BYTES = 64
MAKE_AN_API_KEY = "openssl rand -hex 32 > api-key; chmod 600 api-key"


def signing_secret(settings: Settings) -> bytes:
    """Return the secret that signs tokens, without white space around it.

    Raises:
        ConfigError: There is none, or it is weak (which only `dev` allows).
    """
    from collab_server.protocol.tokens import check_secret  # PyJWT takes 0.1 s

    server = settings.server
    if settings.secret is not None:
        place, secret = "COLLAB_SECRET", settings.secret
    elif server.secret_file is not None:
        place, secret = server.secret_file, _read_secret(Path(server.secret_file))
    elif server.dev:
        return dev_secret()
    else:
        raise ConfigError(
            f"There is no secret to sign tokens with: {MAKE_A_SECRET}; then --secret-file secret"
            " (or --dev, to try things out on this machine)."
        )
    if not server.dev:
        try:
            check_secret(secret)
        except WeakSecret as error:
            raise ConfigError(
                f"The secret in {place} is weak ({error}): {MAKE_A_SECRET}."
            ) from error
    return secret


def api_key(settings: Settings) -> bytes | None:
    """Return the key of the API, None when there is none and the API is shut.

    Raises:
        ConfigError: It is weak.
    """
    from collab_server.protocol.tokens import check_secret

    if settings.api_key is not None:
        place, key = "COLLAB_API_KEY", settings.api_key
    elif settings.server.api_key_file is not None:
        place = settings.server.api_key_file
        key = _read_secret(Path(place), what="API key file", make=MAKE_AN_API_KEY)
    else:
        return None
    try:
        check_secret(key)
    except WeakSecret as error:
        raise ConfigError(
            f"The API key in {place} is weak ({error}): {MAKE_AN_API_KEY}."
        ) from error
    return key


def dev_secret() -> bytes:
    """Return the secret of `--dev`: made once in the user's state folder, for this user only."""
    import platformdirs

    folder = platformdirs.user_state_path("codexpro", appauthor=False)
    path = folder / "dev-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_secret(path)
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} for the secret of --dev cannot be used: {error.strerror}."
        ) from error
    secret = _read_secret(path)
    if len(secret) < DEV_SECRET_BYTES:
        raise ConfigError(f"The secret of --dev is broken: delete {path}, and it is made anew.")
    return secret


def _read_secret(path: Path, *, what: str = "secret file", make: str = MAKE_A_SECRET) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SECRET_BYTES).strip()
    except OSError as error:
        raise ConfigError(
            f"The {what} {path} cannot be read ({error.strerror}): {make}."
        ) from error


def _make_secret(path: Path) -> None:
    """Make the file whole or not at all, and never over one that another process made just now."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(DEV_SECRET_BYTES // 2).encode())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
