from collab_server.protocol.limits import Limits


def test_the_defaults_are_those_of_the_page() -> None:
    limits = Limits()

    assert limits.text_frame_bytes == 64 * 1024
    assert limits.document_frame_bytes == 16 * 1024 * 1024
    assert limits.document_text_bytes == 4 * 1024 * 1024
    assert limits.chat_bytes == 8 * 1024
    assert limits.cursor_bytes == 2 * 1024
    assert limits.awareness_state_bytes == 4 * 1024
    assert limits.json_depth == 32
    assert (limits.rooms_a_connection, limits.documents_a_connection) == (128, 64)
    assert (limits.inline_update_bytes, limits.inline_update_items) == (1024 * 1024, 20_000)
    assert limits.update_items == 500_000
    assert (limits.auth_timeout_s, limits.auth_frames, limits.auth_frame_bytes) == (10, 16, 8192)
    assert (limits.outbox_bytes, limits.write_stall_s) == (4 * 1024 * 1024, 20)
