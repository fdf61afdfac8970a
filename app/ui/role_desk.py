"""Roles in a window: a viewer asks to edit, an owner answers, and people are sent out.

Knows no socket; what may be done the server decides. Names come from others and are shown as they
are. Source: EDITOR.md (roles).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.errors import notice_message
from app.model.notices import NoticeKind
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from app.model.role_asks import Role, RoleAsk
    from app.services.roles import Roles
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs
    from app.ui.widgets.banner import Banner

ASK_TO_EDIT = "ask_to_edit"
_ALLOW, _NOT_NOW, _UNBLOCK = "allow:", "not_now:", "unblock:"  # and a user's id
_NOBODY_THERE = "unavailable"


class RoleDesk(QObject):
    """Says what concerns roles in one banner a matter.

    Invariant: an ask is answered or withdrawn, and never shown twice.
    """

    def __init__(
        self, *, tabs: TextTabs, window: MainWindow, roles: Roles, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._roles = roles
        panel = window.people_panel
        panel.role_requested.connect(self._on_role_requested)
        panel.removal_requested.connect(roles.remove)
        panel.block_requested.connect(self._on_block_requested)
        tabs.text_added.connect(self._on_text_added)
        tabs.banner_action.connect(self._on_banner_action)
        roles.asked.connect(self._on_asked)
        roles.ask_settled.connect(self._on_ask_settled)
        roles.became_editor.connect(self._on_became_editor)
        roles.refused.connect(self._on_refused)

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.edit_refused.connect(partial(self._say_read_only, opened))

    def _say_read_only(self, opened: OpenText) -> None:
        text = self.tr("You may read this text, but not change it.")
        if opened.shared is None or not self._roles.may_ask:
            opened.banner.show_message(text)
        elif self._roles.is_asking:
            self._say_asked(opened.banner)
        elif opened.banner.message != text:
            action = BannerAction(ASK_TO_EDIT, self.tr("Ask to Edit"))
            opened.banner.show_message(text, action)

    def _say_asked(self, banner: Banner) -> None:
        banner.show_message(self.tr("You have asked to edit. You can type once it is allowed."))

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        kind, _, user_id = action_id.partition(":")
        if action_id == ASK_TO_EDIT:
            self._roles.ask_to_edit()
            self._say_asked(self._banner() if opened is None else opened.banner)
        elif f"{kind}:" == _ALLOW:
            self._roles.allow(user_id)
        elif f"{kind}:" == _NOT_NOW:
            self._roles.not_now(user_id)
        elif f"{kind}:" == _UNBLOCK:
            self._roles.block(user_id, is_blocked=False)

    @Slot(object)
    def _on_asked(self, ask: RoleAsk) -> None:
        text = self.tr("{name} asks to edit.").format(name=ask.name or self.tr("Somebody"))
        self._banner().show_message(
            text,
            BannerAction(f"{_ALLOW}{ask.user_id}", self.tr("Allow")),
            BannerAction(f"{_NOT_NOW}{ask.user_id}", self.tr("Not Now")),
        )

    @Slot(str)
    def _on_ask_settled(self, user_id: str) -> None:
        for banner in self._banners():
            banner.withdraw(f"{_ALLOW}{user_id}")

    @Slot()
    def _on_became_editor(self) -> None:
        for banner in self._banners():
            banner.withdraw(ASK_TO_EDIT)
        self._banner().show_message(self.tr("You can edit now."), tone=Tone.GOOD)

    @Slot(str)
    def _on_refused(self, slug: str) -> None:
        if slug == _NOBODY_THERE:
            text = self.tr("Nobody who could allow it is here now. Ask again later.")
        else:
            text = notice_message(NoticeKind.REQUEST_FAILED, slug)
        self._banner().show_message(text)

    @Slot(str, object)
    def _on_role_requested(self, user_id: str, role: Role) -> None:
        self._roles.set_role(user_id, role)

    @Slot(str)
    def _on_block_requested(self, user_id: str) -> None:
        name = self._roles.name_of(user_id) or self.tr("Somebody")
        self._roles.block(user_id)
        self._banner().show_message(
            self.tr("{name} is blocked and cannot come back.").format(name=name),
            BannerAction(f"{_UNBLOCK}{user_id}", self.tr("Undo Block")),
        )

    def _banner(self) -> Banner:
        """Return where the session is spoken of: above the shared text in front, or any."""
        shared = [each for each in self._tabs.texts if each.shared is not None]
        if not shared:
            return self._window.banner
        front = [each for each in shared if each is self._tabs.front]
        return (front or shared)[0].banner

    def _banners(self) -> list[Banner]:
        return [*(opened.banner for opened in self._tabs.texts), self._window.banner]
