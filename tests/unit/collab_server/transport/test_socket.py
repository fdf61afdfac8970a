import asyncio

import pytest
from websockets.frames import Close, Frame, Opcode

from collab_server.core.effects import Door
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.limits import Limits
from collab_server.transport.messages import SLICE_BYTES
from collab_server.transport.socket import CLOSE_WITHIN_S, PONG_WITHIN_S
from collab_server.transport.turn import MESSAGES_A_TURN
from tests.unit.collab_server.transport.peer import Ears, Peer, binary, text

GOODBYE = Frame(Opcode.CLOSE, Close(1000, "").serialize())


@pytest.fixture
async def ears() -> Ears:
    return Ears()


@pytest.fixture
async def peer(ears: Ears) -> Peer:
    return Peer(ears)


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/", "/ws?token=x"])
async def test_the_main_door_opens(ears: Ears, path: str) -> None:
    peer = Peer(ears, path=path)

    assert peer.response.startswith("HTTP/1.1 101 ")
    assert ears.heard == [("opened", Door.MAIN, "192.0.2.7")]


@pytest.mark.parametrize("path", ["/elsewhere", "/ws//", "//ws", "/WS", "http://x/y", "*"])
async def test_elsewhere_there_is_no_door(ears: Ears, path: str) -> None:
    peer = Peer(ears, path=path)

    assert peer.response.startswith("HTTP/1.1 404 ")
    assert peer.transport.is_closing()
    assert ears.heard == []


async def test_nobody_comes_in_while_the_server_refuses(ears: Ears) -> None:
    ears.refuses = "The server is shutting down."

    peer = Peer(ears)

    assert peer.response.startswith("HTTP/1.1 503 ")
    assert peer.transport.is_closing()


async def test_of_what_a_browser_says_of_itself_only_a_little_is_kept(ears: Ears) -> None:
    Peer(ears, headers="".join(f"User-Agent: {'x' * 5000}\r\n" for _ in range(20)))

    assert ears.arrival is not None
    assert ears.arrival.caller.user_agent == "x" * 1000


async def test_the_handshake_tells_neither_software_nor_version(peer: Peer) -> None:
    names = {line.partition(":")[0].lower() for line in peer.response.splitlines()[1:]}

    assert names == {"upgrade", "connection", "sec-websocket-accept"}


async def test_messages_arrive_in_order_and_in_their_kind(peer: Peer) -> None:
    await peer.say(text("naïve 😀"), binary(b"\x00\xff"), text(""), binary(b""))

    assert peer.messages == ["naïve 😀", b"\x00\xff", "", b""]


async def test_a_chunk_is_handled_before_data_received_returns(peer: Peer) -> None:
    peer.connection.data_received(text("now").serialize(mask=True))

    assert peer.messages == ["now"]


async def test_a_message_may_come_byte_by_byte(peer: Peer) -> None:
    wire = text("slowly").serialize(mask=True)
    for byte in wire:
        peer.connection.data_received(bytes([byte]))

    assert peer.messages == ["slowly"]


async def test_fragments_are_one_message_with_pings_in_between(peer: Peer) -> None:
    whole = "naïve 😀".encode()

    await peer.say(
        Frame(Opcode.TEXT, whole[:3], fin=False),
        Frame(Opcode.PING, b"are you there"),
        Frame(Opcode.CONT, whole[3:9], fin=False),
        Frame(Opcode.CONT, b"", fin=False),
        Frame(Opcode.CONT, whole[9:]),
        Frame(Opcode.BINARY, b"a", fin=False),
        Frame(Opcode.CONT, b"b"),
    )

    assert peer.messages == ["naïve 😀", b"ab"]
    assert peer.hears() == [b"are you there"]


async def test_text_that_is_not_utf8_closes_after_what_came_before(peer: Peer) -> None:
    await peer.say(text("before"), Frame(Opcode.TEXT, b"\xff"), text("after"))

    assert peer.messages == ["before", "left"]
    assert peer.hears() == [(1007, "text that is not UTF-8")]
    assert peer.transport.has_written_eof


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(text("unmasked").serialize(mask=False), id="unmasked"),
        pytest.param(b"\xc1\x80\x00\x00\x00\x00", id="reserved bit"),
        pytest.param(b"\x83\x80\x00\x00\x00\x00", id="unknown opcode"),
        pytest.param(Frame(Opcode.CONT, b"x").serialize(mask=True), id="continuation of nothing"),
        pytest.param(b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + bytes(126), id="long ping"),
        pytest.param(b"\x08\x80\x00\x00\x00\x00", id="fragmented close"),
    ],
)
async def test_bytes_that_are_no_frame_close_with_1002(peer: Peer, wire: bytes) -> None:
    await peer.say(text("before"), wire)

    assert peer.messages == ["before", "left"]
    said = peer.hears()
    assert [code for code, _ in said] == [1002]


async def test_who_ends_within_a_frame_hears_a_code_after_what_came_before(peer: Peer) -> None:
    await peer.say(text("before"), b"\x21\xfe\x80\x00" + bytes(40))  # 32 KiB, nearly all to come

    peer.connection.eof_received()

    assert peer.messages == ["before", "left"]
    assert peer.hears() == [(1002, "ended without a close frame")]


async def test_who_ends_after_the_goodbyes_hears_nothing_more(peer: Peer) -> None:
    await peer.say(GOODBYE)
    said = peer.hears()

    peer.connection.eof_received()

    assert peer.messages == ["left"]
    assert [code for code, _ in said] == [1000]
    assert peer.hears() == []


async def test_a_frame_over_the_limit_is_refused_before_it_is_read(ears: Ears) -> None:
    ears.limits = Limits(document_frame_bytes=100_000)
    peer = Peer(ears)

    await peer.say(text("before"), b"\x82\xff" + (100_001).to_bytes(8, "big") + bytes(4))

    assert peer.messages == ["before", "oversized", "left"]
    assert peer.hears() == ["too large", (4500, "frame too large")]
    assert peer.transport.has_written_eof
    assert not peer.transport.is_closing()


async def test_fragments_over_the_limit_together_are_refused(ears: Ears) -> None:
    ears.limits = Limits(document_frame_bytes=100_000)
    peer = Peer(ears)

    await peer.say(
        Frame(Opcode.BINARY, bytes(60_000), fin=False), Frame(Opcode.CONT, bytes(60_000))
    )

    assert peer.messages == ["oversized", "left"]


async def test_a_stranger_cannot_make_the_server_buffer_a_large_frame(ears: Ears) -> None:
    ears.signed_in = False
    peer = Peer(ears)

    await peer.say(b"\x82\xff" + (65_537).to_bytes(8, "big") + bytes(4))

    assert peer.messages == ["oversized", "left"]


async def test_who_has_signed_in_may_send_large_frames(ears: Ears) -> None:
    ears.signed_in = False
    peer = Peer(ears)
    await peer.say(text("auth"))
    ears.signed_in = True

    await peer.say(binary(bytes(1_000_000)))

    assert peer.messages == ["auth", bytes(1_000_000)]


async def test_what_a_client_sends_while_it_is_held_waits_in_order(ears: Ears) -> None:
    ears.holds_after = "auth"
    peer = Peer(ears)

    await peer.say(text("auth"), text("join"))
    await peer.say(binary(b"open"))
    held = peer.messages.copy()
    was_paused = peer.transport.is_read_paused
    ears.holds = False
    peer.connection.resume_messages()
    await peer.end_turns()

    assert held == ["auth"]
    assert was_paused
    assert peer.messages == ["auth", "join", b"open"]
    assert not peer.transport.is_read_paused


async def test_a_flood_in_one_chunk_is_handled_in_turns_without_losing_any(peer: Peer) -> None:
    numbers = [str(number) for number in range(3 * MESSAGES_A_TURN)]
    peer.connection.data_received(b"".join(text(number).serialize(mask=True) for number in numbers))
    at_once = len(peer.messages)
    await peer.end_turns()
    await peer.end_turns()

    assert at_once < MESSAGES_A_TURN
    assert peer.messages == numbers


async def test_a_client_that_does_not_read_its_answers_is_not_read_either(ears: Ears) -> None:
    ears.limits = Limits(outbox_bytes=1_000_000)
    ears.echoes = True
    peer = Peer(ears)
    peer.transport.stop_reading()

    for _ in range(20):
        await peer.say(binary(bytes(100_000)))
    handled = len(peer.messages)
    was_paused = peer.transport.is_read_paused
    peer.transport.read_everything()
    await peer.end_turns()

    assert handled == 5
    assert was_paused
    assert len(peer.messages) == 20
    assert "left" not in peer.messages


async def test_an_answer_waits_for_room_and_the_client_with_it(ears: Ears) -> None:
    ears.limits = Limits(outbox_bytes=100_000)
    peer = Peer(ears)
    peer.transport.stop_reading()
    peer.connection.outbox.put(bytes(90_000))
    await peer.end_turns()
    acted: list[str] = []

    peer.connection.when_there_is_room(lambda: acted.append("first"))
    peer.connection.when_there_is_room(lambda: acted.append("second"))
    await peer.say(text("more"))
    before = [*acted, *peer.messages]
    peer.transport.read_everything()
    await peer.end_turns()

    assert before == []
    assert acted == ["first", "second"]
    assert peer.messages == ["more"]


async def test_with_room_an_answer_is_given_at_once(peer: Peer) -> None:
    acted: list[str] = []

    peer.connection.when_there_is_room(lambda: acted.append("now"))

    assert acted == ["now"]


async def test_pings_whose_pongs_are_not_read_are_not_read_either(ears: Ears) -> None:
    ears.limits = Limits(outbox_bytes=100_000)
    peer = Peer(ears)
    peer.transport.stop_reading()

    for _ in range(40):
        await peer.say(*[Frame(Opcode.PING, bytes(125))] * 50)

    assert peer.messages == []
    assert peer.transport.is_read_paused


async def test_closing_says_what_waits_and_why_and_hears_nothing_more(ears: Ears) -> None:
    ears.echoes = True
    ears.closes_at = "bad"
    peer = Peer(ears)

    await peer.say(text("good"), text("bad"), text("after"))
    await peer.say(text("much later"))

    assert peer.messages == ["good", "bad", "left"]
    assert peer.hears() == ["good", "bad", (4500, "no")]
    assert not peer.transport.is_closing()


async def test_the_transport_closes_when_the_peer_answers_the_close(peer: Peer) -> None:
    peer.connection.close(CloseCode.SHUTDOWN, "bye")
    await peer.end_turns()

    await peer.say(Frame(Opcode.CLOSE, Close(4000, "bye").serialize()))

    assert peer.transport.is_closing()
    assert not peer.transport.was_aborted


async def test_a_peer_that_never_answers_the_close_is_cut_off(peer: Peer) -> None:
    peer.connection.close(CloseCode.SHUTDOWN, "bye")
    now_s = asyncio.get_running_loop().time()

    peer.connection.look_after(now_s + CLOSE_WITHIN_S - 1)
    early = peer.transport.was_aborted
    peer.connection.look_after(now_s + CLOSE_WITHIN_S + 1)

    assert not early
    assert peer.transport.was_aborted


async def test_a_peer_that_talks_on_instead_of_closing_is_read_past(peer: Peer) -> None:
    peer.connection.close(CloseCode.SHUTDOWN, "bye")

    await peer.say(*[text("chatter" * 100)] * 100, Frame(Opcode.CLOSE, b""))
    for _ in range(10):
        await peer.end_turns()

    assert peer.messages == ["left"]
    assert peer.transport.is_closing()


async def test_a_goodbye_is_heard_in_what_came_with_what_closed(ears: Ears) -> None:
    ears.closes_at = "bad"
    peer = Peer(ears)

    await peer.say(text("bad"), text("x" * 2 * SLICE_BYTES), GOODBYE)

    assert peer.messages == ["bad", "left"]
    assert peer.transport.is_closing()


async def test_a_frame_that_was_cut_when_its_client_was_closed_is_read_past(ears: Ears) -> None:
    ears.closes_at = "bad"
    peer = Peer(ears)
    wire = text("y" * 100).serialize(mask=True)

    await peer.say(text("bad"), wire[:50])
    await peer.say(wire[50:], GOODBYE)

    assert peer.messages == ["bad", "left"]
    assert peer.transport.is_closing()


async def test_a_goodbye_is_answered_after_what_was_said_before_it(peer: Peer) -> None:
    await peer.say(text("last words"), GOODBYE)
    peer.connection.connection_lost(None)

    assert peer.messages == ["last words", "left", "vanished"]
    assert peer.hears() == [(1000, "")]
    assert peer.transport.is_closing()


async def test_what_had_arrived_whole_is_handled_when_the_connection_breaks(peer: Peer) -> None:
    numbers = [str(number) for number in range(200)]
    peer.connection.data_received(b"".join(text(number).serialize(mask=True) for number in numbers))

    peer.connection.connection_lost(ConnectionResetError())

    assert peer.messages == [*numbers, "left", "vanished"]


async def test_a_connection_that_breaks_while_it_is_held_leaves_once(ears: Ears) -> None:
    ears.holds_after = "auth"
    peer = Peer(ears)
    await peer.say(text("auth"), text("join"))

    peer.connection.connection_lost(None)
    await peer.end_turns()

    assert peer.messages == ["auth", "left", "vanished"]


async def test_a_silent_peer_is_pinged_and_closed_without_a_pong(peer: Peer) -> None:
    now_s = asyncio.get_running_loop().time()

    peer.connection.look_after(now_s + 26)
    await peer.end_turns()
    pinged = peer.hears()
    peer.connection.look_after(now_s + 26 + PONG_WITHIN_S)

    assert pinged == [b""]
    assert peer.hears() == [(4003, "no pong")]
    assert peer.messages == ["left"]


async def test_any_byte_after_the_ping_is_a_sign_of_life(peer: Peer) -> None:
    now_s = asyncio.get_running_loop().time()
    peer.connection.look_after(now_s + 26)

    await peer.say(b"\x82")
    peer.connection.look_after(now_s + 26 + PONG_WITHIN_S)

    assert peer.messages == []


async def test_a_reader_that_takes_nothing_is_closed_as_too_slow(ears: Ears) -> None:
    ears.limits = Limits(write_stall_s=5)
    peer = Peer(ears)
    peer.transport.stop_reading()
    peer.connection.outbox.put(bytes(10))
    await peer.end_turns()

    peer.connection.look_after(100.0)
    peer.connection.look_after(105.0)

    assert peer.messages == ["left"]


async def test_who_reads_nothing_has_no_connection_after_25_s(ears: Ears) -> None:
    peer = Peer(ears)
    peer.transport.stop_reading()
    peer.connection.outbox.put(bytes(200_000))
    await peer.end_turns()
    began_s = asyncio.get_running_loop().time()

    for second in range(25):
        peer.connection.look_after(began_s + second)

    assert peer.messages == ["left"]
    assert peer.transport.was_aborted


async def test_an_outbox_over_its_limit_closes_as_too_slow(ears: Ears) -> None:
    ears.limits = Limits(outbox_bytes=400_000)
    peer = Peer(ears)
    peer.transport.stop_reading()
    peer.hears()
    for _ in range(5):
        peer.connection.outbox.put(b"\x82\x7e\xff\xff" + bytes(65_535))
        await peer.end_turns()
    for _ in range(5):
        peer.connection.outbox.put(b"\x82\x7e\xff\xff" + bytes(65_535))
    peer.transport.read_everything()

    assert peer.messages == ["left"]
    assert peer.hears()[-1] == (4002, "reads too slowly")
