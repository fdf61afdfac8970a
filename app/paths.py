"""Where the app finds what it ships and keeps what is the user's."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

DATA_FOLDER_VARIABLE = "CODEXPRO_DATA_DIR"
_APP = Path(__file__).parent


def resources_dir() -> Path:
    """Return the folder of icons, themes, queries and samples: a checkout's, or the wheel's."""
    checkout = _APP.parent / "resources"
    return checkout if checkout.is_dir() else _APP / "_resources"


def data_dir() -> Path:
    """Return the user's data folder, made for this user alone; the environment may move it."""
    chosen = os.environ.get(DATA_FOLDER_VARIABLE)
    folder = Path(chosen) if chosen else user_data_path("codexpro", appauthor=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
