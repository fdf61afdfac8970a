"""A disk that is full, for this process alone."""

import contextlib
import resource
from collections.abc import Generator


@contextlib.contextmanager
def no_file_larger_than(size_bytes: int) -> Generator[None]:
    """Let the system refuse to make files larger, as a full disk does.

    Inside a test only, never around one: the tests' own output may be a larger file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
