"""What can go wrong with those outside that the server asks.

The text is for logs: why, never what they answered.
"""


class HookFailed(Exception):
    """A product did not say what it was asked, or not in time."""
