"""PyJWT without the library behind the algorithms that we refuse.

PyJWT imports `cryptography` when it finds it: 0.2 s at each start and 11 MB for life, for
signatures by public keys. Without it PyJWT knows HMAC alone, which is all that PROTOCOL.md §2 has.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

_WITHOUT = "cryptography"

if _WITHOUT in sys.modules or TYPE_CHECKING:
    import jwt
else:
    sys.modules[_WITHOUT] = None  # for `import`, that is: there is none
    try:
        import jwt
    finally:
        del sys.modules[_WITHOUT]

__all__ = ["jwt"]
