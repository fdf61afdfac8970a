"""Sharing and joining with everything real but the windows."""

import pytest

from app.collab.text_replica import TextReplica
from app.model.connection import ClosedReason, LinkPhase
from app.model.notices import NoticeKind
from app.model.project import FileEntry
from app.model.text_edit import Selection
from tests.eventually import eventually
from tests.integration.app.conftest import Desk

TEXT = "def main():\n    print('naïve 😀 e\u0301')\n"


async def test_a_guest_gets_the_text_and_both_see_what_the_other_types(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    link = await ada.share(TEXT)

    await grace.join(link)
    joined = grace.text
    ada.type(0, "# Ada 😀\n")
    grace.type(grace.replica.shadow.length_utf16, "# Grace\n")
    await eventually(lambda: ada.is_saved and grace.is_saved and ada.text == grace.text)

    assert joined == TEXT
    assert ada.text == f"# Ada 😀\n{TEXT}# Grace\n"
    assert grace.opened[0].entry == FileEntry("main.py")
    assert [len(ada.notices), len(grace.notices)] == [0, 0]


async def test_nothing_is_lost_when_the_server_is_killed(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(TEXT))

    ada.type(0, "just before ")
    desk.hosting.kill()
    ada.type(0, "Ada meanwhile ")
    grace.type(0, "Grace meanwhile ")
    await eventually(lambda: ada.is_saved and grace.is_saved and ada.text == grace.text)

    assert ada.text.count("meanwhile") == 2
    assert "just before" in ada.text
    assert ada.text.endswith(TEXT)
    assert ada.replica.verify()
    assert grace.replica.verify()


async def test_people_and_carets_are_shown(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(TEXT))

    grace.opened[0].move_caret(Selection(4, 8))
    await eventually(lambda: ada.opened[0].carets)
    await eventually(lambda: len(grace.collaboration.participants) == 2)

    [caret] = ada.opened[0].carets
    assert (caret.name, caret.anchor_utf16, caret.head_utf16) == ("Grace", 4, 8)
    assert [(p.name, p.is_self) for p in grace.collaboration.participants] == [
        ("Grace", True),
        ("Ada", False),
    ]


async def test_undo_takes_back_one_s_own_edit_only(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(""))
    ada.type(0, "Ada ")
    await eventually(lambda: grace.text == "Ada ")
    grace.type(4, "Grace")
    await eventually(lambda: ada.text == "Ada Grace")

    ada.replica.undo()

    await eventually(lambda: grace.text == "Grace")


async def test_a_second_file_joins_the_same_project(desk: Desk) -> None:
    ada = desk.host()
    await ada.share("one", path="one.py")
    await ada.share("two", path="two.py")

    await eventually(lambda: len(ada.links) == 2)

    first, second = ada.collaboration.documents
    assert first.name.split("/")[0] == second.name.split("/")[0]
    assert [first.entry.path, second.entry.path] == ["one.py", "two.py"]


async def test_after_leaving_the_text_goes_on_alone_and_can_be_shared_again(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(TEXT))

    await ada.collaboration.shutdown()
    ada.type(0, "alone ")
    replica = ada.replica
    ada.collaboration.share(replica, path="main.py", name="Ada")
    await eventually(lambda: len(ada.links) == 2)
    await grace.collaboration.shutdown()
    grace.opened.clear()
    await grace.join(ada.links[1])

    assert [document.replica for document in ada.closed] == [replica]
    assert grace.text == f"alone {TEXT}"


async def test_a_closed_document_is_not_followed_any_more(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(TEXT))

    grace.collaboration.close_document(grace.opened[0])
    ada.type(0, "after")
    await eventually(lambda: ada.is_saved)

    assert grace.text == TEXT
    assert grace.collaboration.documents == ()


async def test_one_more_invitation_lets_one_more_in(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    first = await ada.share(TEXT)

    ada.collaboration.invite()
    await eventually(lambda: len(ada.links) == 2)
    await grace.join(ada.links[1])

    assert first != ada.links[1]
    assert grace.text == TEXT


@pytest.mark.parametrize("link", ["", "hello", "https://example.com/", "codexpro://join/host"])
async def test_what_is_no_invitation_is_said_so(desk: Desk, link: str) -> None:
    grace = desk.guest()

    grace.collaboration.join(link, name="Grace")
    await eventually(lambda: grace.notices)

    assert [notice.kind for notice in grace.notices] == [NoticeKind.LINK_INVALID]


async def test_an_unknown_invitation_is_said_so(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    link = await ada.share(TEXT)
    place, _, code = link.rpartition("/")

    grace.collaboration.join(f"{place}/{code[::-1]}", name="Grace")
    await eventually(lambda: grace.notices)

    assert [notice.kind for notice in grace.notices] == [NoticeKind.SIGN_IN_REFUSED]
    assert grace.collaboration.link.reason is ClosedReason.REFUSED_TOKEN
    assert grace.opened == []


async def test_a_server_that_encrypts_nothing_is_not_joined(desk: Desk) -> None:
    grace = desk.guest()
    links: list[ClosedReason | None] = []
    grace.collaboration.link_changed.connect(lambda link: links.append(link.reason))

    grace.collaboration.join(
        "codexpro://join/example.com:8080/0123456789abcdef?tls=0", name="Grace"
    )
    await eventually(lambda: links)

    assert links == [ClosedReason.INSECURE]
    assert grace.collaboration.link.phase is LinkPhase.OFFLINE


async def test_a_text_over_the_limit_is_not_shared(desk: Desk) -> None:
    ada = desk.host()
    text = "x" * (4 * 1024 * 1024 + 1)

    ada.collaboration.share(TextReplica(text), path="big.txt", name="Ada")
    await eventually(lambda: ada.notices)

    assert [notice.kind for notice in ada.notices] == [NoticeKind.TOO_LARGE]
    assert ada.opened == []


async def test_a_server_that_cannot_start_says_why(desk: Desk, tmp_path) -> None:
    (tmp_path / "collab.db").write_text("this is no database, and long enough to show it")
    ada = desk.host()

    ada.collaboration.share(TextReplica(TEXT), path="main.py", name="Ada")
    await eventually(lambda: ada.notices)

    [notice] = ada.notices
    assert notice.kind is NoticeKind.SERVER_UNAVAILABLE
    assert "collab.db" in notice.detail
    assert desk.hosting.process_id is None


async def test_without_a_server_nothing_can_be_shared(desk: Desk) -> None:
    grace = desk.guest()

    grace.collaboration.share(TextReplica(TEXT), path="main.py", name="Grace")
    await eventually(lambda: grace.notices)

    assert [notice.kind for notice in grace.notices] == [NoticeKind.SERVER_UNAVAILABLE]


async def test_leaving_while_sharing_leaves_nothing_behind(desk: Desk) -> None:
    ada = desk.host()

    ada.collaboration.share(TextReplica(TEXT), path="main.py", name="Ada")
    await eventually(lambda: desk.hosting.process_id is not None)
    await ada.collaboration.shutdown()

    assert desk.hosting.process_id is None
    assert ada.links == []


async def test_joining_elsewhere_leaves_the_session_before(desk: Desk, tmp_path) -> None:
    ada, grace = desk.host(), desk.guest()
    link = await ada.share(TEXT)
    await grace.join(link)
    await eventually(lambda: len(ada.collaboration.participants) == 2)

    grace.collaboration.join(link, name="Grace again")
    await eventually(lambda: len(grace.opened) == 2)

    assert [document.name for document in grace.closed] == [grace.opened[0].name]
