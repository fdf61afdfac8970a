"""The internal listener's figures, scraped from a real server that people use."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error, Join
from collab_server.protocol.names import parse_document, parse_room
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with running_server(tmp_path, "--internal-port", "0") as process:
        yield process


def scraped(server: ServerProcess, host: str | None = None) -> str:
    url = f"http://127.0.0.1:{server.ready['internal_port']}/metrics"
    request = urllib.request.Request(url, headers={} if host is None else {"Host": host})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def samples_of(text: str) -> dict[Sample, float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_people_do_is_counted(server: ServerProcess) -> None:
    writer = Writer()
    async with wire_client(server.url, server.token()) as ada:
        async with wire_client(server.url, server.token("grace")) as grace:
            for client in (ada, grace):
                await client.open(NOTES)
            assert await ada.write(NOTES, writer.insert(0, "counted"))
            await grace.hear(frames.Sync)
            await grace.say(Join(room=parse_room("notifications_ada")))
            await grace.hear(Error)
            during = samples_of(scraped(server))
            await grace.send(b"\xff")
            await grace.hear_closed()

        after: dict[Sample, float] = {}

        def is_counted() -> bool:
            after.update(samples_of(scraped(server)))
            return ("collab_closes_total", (("code", "4500"),)) in after

        await eventually(is_counted)

    refused = (("code", "1010"), ("slug", "permission_denied"))
    assert during["collab_connections", (("door", "main"),)] == 2
    assert during["collab_signed_in_connections", ()] == 2
    assert during["collab_users", ()] == 2
    assert during["collab_rooms", ()] == 1
    assert during["collab_live_documents", ()] == 1
    assert during["collab_dirty_documents", ()] == 0
    assert during["collab_refusals_total", refused] == 1
    assert during["collab_durability_lag_seconds_count", ()] == 1
    assert 0 < during["collab_durability_lag_seconds_sum", ()] < 60
    assert during["collab_commit_rows_sum", ()] == 1
    assert during["collab_frames_received_total", ()] == 6  # auth, step 1 of two; update, join
    assert during["collab_frames_sent_total", ()] > 6
    assert during["collab_received_bytes_total", ()] > 100
    assert during["collab_sent_bytes_total", ()] > 100
    assert after["collab_connections", (("door", "main"),)] == 1
    assert after["collab_connections_opened_total", (("door", "main"),)] == 2
    assert after["collab_sent_bytes_total", ()] >= during["collab_sent_bytes_total", ()]


async def test_no_figure_holds_a_token_a_name_or_a_text(server: ServerProcess) -> None:
    token = server.token("zebedee", name="planted name")
    async with wire_client(server.url, token) as client:
        await client.open(NOTES)
        assert await client.write(NOTES, Writer().insert(0, "planted text"))

        text = scraped(server)

    for planted in ("planted", "zebedee", token[:20], "notes", "codexpro_project"):
        assert planted not in text


async def test_the_loop_is_measured_as_time_goes(server: ServerProcess) -> None:
    def has_been_seen() -> bool:
        return samples_of(scraped(server))["collab_loop_lag_seconds_count", ()] > 0

    assert await eventually(has_been_seen)


def test_a_page_of_another_site_reads_nothing(server: ServerProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        scraped(server, host="evil.example")

    with refused.value:
        assert refused.value.code == 400


def test_the_public_port_has_no_figures(server: ServerProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10)

    with refused.value:
        assert refused.value.code == 404


def test_without_an_internal_port_there_is_none_and_nothing_is_imported_for_it(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path) as server:
        assert "internal_port" not in server.ready
        assert server.process is not None
        maps = Path(f"/proc/{server.process.pid}/maps")
        assert not maps.exists() or "prometheus" not in maps.read_text()


def test_an_internal_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ServerProcess(tmp_path, "--internal-port", str(taken.getsockname()[1]))
        server.launch()

        assert server.finish() == 2

    assert "another with --internal-port" in server.log
