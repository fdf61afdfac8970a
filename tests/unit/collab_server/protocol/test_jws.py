import subprocess
import sys

SHOWS = """
import sys
{first}
from collab_server.protocol import tokens
print("cryptography" in sys.modules, "cryptography.hazmat" in sys.modules)
import cryptography
print(cryptography.__name__)
"""


def shown(first: str) -> list[str]:
    program = SHOWS.format(first=first)
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.split("\n")[:2]


def test_signing_imports_nothing_for_public_keys_and_hinders_nobody_who_wants_it() -> None:
    assert shown("") == ["False False", "cryptography"]


def test_where_it_is_imported_already_it_stays() -> None:
    assert shown("import cryptography")[0].startswith("True")
