"""The files for operators fit the server as it is."""

import re
from pathlib import Path

from collab_server.config import server_config, unsafe_choices
from collab_server.settings import read_settings
from collab_server.transport.server import CLOSE_WITHIN_S, SETTLE_WITHIN_S

FOLDER = Path(__file__).resolve().parents[3] / "packaging" / "server"
DRAINS_WITHIN_S = SETTLE_WITHIN_S + CLOSE_WITHIN_S
UNIT = (FOLDER / "collab-server.service").read_text(encoding="utf-8")


def environment_of_unit(credentials: Path) -> dict[str, str]:
    found = re.findall(r"^Environment=(\w+)=(.*)$", UNIT, re.MULTILINE)
    return {name: value.replace("%d", str(credentials)) for name, value in found}


def test_the_units_settings_are_ones_that_the_server_takes_and_holds_safe(tmp_path: Path) -> None:
    for name, letter in (("secret", "a"), ("api-key", "b")):
        path = tmp_path / name
        path.write_text(f"{letter}1f0c9e7b3d2468" * 4)
        path.chmod(0o600)

    settings = read_settings(environment_of_unit(tmp_path))
    config = server_config(settings)

    assert config.internal_port == 9090
    assert config.secret != config.api_key
    assert [said.split()[0] for said in unsafe_choices(config, settings)] == ["/broadcast"]


def test_the_unit_serves_and_lets_the_server_drain() -> None:
    values = dict(re.findall(r"^(ExecStart|TimeoutStopSec)=(.*)$", UNIT, re.MULTILINE))

    assert values["ExecStart"].endswith("/collab-server serve")
    assert int(values["TimeoutStopSec"]) > DRAINS_WITHIN_S


def test_the_proxy_goes_where_the_unit_listens_and_logs_no_query() -> None:
    proxy = (FOLDER / "nginx.conf").read_text(encoding="utf-8")

    assert "proxy_pass http://127.0.0.1:8080;" in proxy
    assert "Environment=COLLAB_PORT=8080" in UNIT
    assert "$request_uri" not in proxy
    assert not re.search(r"\$request\b(?!_method)", proxy)
    assert "$args" not in proxy


def test_the_folder_is_no_package() -> None:
    assert not list(FOLDER.parent.rglob("__init__.py"))
