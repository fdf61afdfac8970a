"""The commands of the menu Session."""

from __future__ import annotations

from app.ui.menus.action_spec import (
    CONTEXT,
    QT_TRANSLATE_NOOP,
    SEPARATOR,
    ActionSpec,
    MenuSpec,
)

_T, _CONTEXT = QT_TRANSLATE_NOOP, CONTEXT

_SPECS = (
    ActionSpec(
        "session.share",
        _T(_CONTEXT, "&Share…"),
        _T(_CONTEXT, "Invite others to edit this text with you."),
        "share",
        ("Ctrl+Shift+L",),
    ),
    ActionSpec(
        "session.join",
        _T(_CONTEXT, "&Join…"),
        _T(_CONTEXT, "Join a session by its invitation link."),
        "join",
        ("Ctrl+Shift+J",),
    ),
    ActionSpec(
        "session.copy_link",
        _T(_CONTEXT, "&Copy Link"),
        _T(_CONTEXT, "Copy the invitation link to the clipboard."),
        "link",
    ),
    ActionSpec(
        "session.history",
        _T(_CONTEXT, "&History…"),
        _T(_CONTEXT, "Look at earlier versions of this shared text, and bring one back."),
    ),
    ActionSpec(
        "session.server",
        _T(_CONTEXT, "Choose Se&rver…"),
        _T(_CONTEXT, "Choose the server that texts are shared on, and sign in to it."),
    ),
    ActionSpec(
        "session.write",
        _T(_CONTEXT, "&Write a Message"),
        _T(_CONTEXT, "Go to the field for a message in the chat."),
        "",
        ("Ctrl+Alt+M",),
    ),
    ActionSpec(
        "session.send_place",
        _T(_CONTEXT, "Send Link to This &Place"),
        _T(_CONTEXT, "Put a link to the selected lines into a message."),
        "",
        ("Ctrl+Alt+K",),
    ),
    ActionSpec(
        "session.follow",
        _T(_CONTEXT, "&Follow"),
        _T(_CONTEXT, "Show what somebody looks at; again: the next one, then nobody."),
        "",
        ("Ctrl+Alt+F",),
        True,
    ),
    ActionSpec(
        "session.dnd",
        _T(_CONTEXT, "&Do Not Disturb"),
        _T(_CONTEXT, "Show no notes, and let the others see that you want to be left alone."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "session.leave",
        _T(_CONTEXT, "&Leave"),
        _T(_CONTEXT, "Leave the session and keep the text in this window."),
        "leave",
    ),
)

_ORDER = (
    "session.share",
    "session.join",
    SEPARATOR,
    "session.write",
    "session.send_place",
    "session.follow",
    "session.dnd",
    SEPARATOR,
    "session.copy_link",
    "session.leave",
    SEPARATOR,
    "session.history",
    "session.server",
)

SESSION_MENU = MenuSpec("session", _T(_CONTEXT, "&Session"), _ORDER, _SPECS)
