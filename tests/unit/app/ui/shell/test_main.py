"""The command line."""

import pytest

from app import main as shell


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")


@pytest.mark.usefixtures("no_display")
def test_without_a_display_one_sentence_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.excepthook", lambda *_: None)  # put back afterwards

    code = shell.main([])

    said = capsys.readouterr().err
    assert code == shell.EXIT_USAGE
    assert "DISPLAY" in said
    assert said.count("\n") == 1


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("codexpro ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--keep", "kept"], "--keep goes with --demo"),
        (["--demo", "one", "two"], "--demo and --pair take one file"),
        (["--pair", "one", "two"], "--demo and --pair take one file"),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.main(arguments)

    assert ended.value.code == shell.EXIT_USAGE
    assert sentence in capsys.readouterr().err


def test_a_demo_and_a_pair_are_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.main(["--demo", "--pair"])

    assert ended.value.code == shell.EXIT_USAGE


@pytest.mark.parametrize(
    "address", ["nonsense", "https://collab.example.org", "ws://", "ws://[", "ws://host:port/ws"]
)
def test_an_address_that_is_none_is_told_at_once(
    capsys: pytest.CaptureFixture[str], address: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        shell.main(["--server", address])

    assert ended.value.code == shell.EXIT_USAGE
    assert "must begin with ws:// or wss://" in capsys.readouterr().err


def test_an_address_in_the_environment_is_looked_at_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEXPRO_SERVER", "nonsense")

    with pytest.raises(SystemExit) as ended:
        shell.main([])

    assert ended.value.code == shell.EXIT_USAGE
    assert "CODEXPRO_SERVER" in capsys.readouterr().err
