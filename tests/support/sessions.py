"""Facts of sessions for tests that need some, whichever they are."""

from app.model.kept_text import SessionFacts

FACTS = SessionFacts(
    server="ws://127.0.0.1:1/ws",
    room="codexpro_project_1",
    document="codexpro_project_1/f/1",
    user_id="guest:1",
    person="Ada",
    identity="0123456789abcdef",
    shared_as="main.py",
)
