from pathlib import Path

import pytest

from ttgpt.engine.errors import DataError, UsageError
from ttgpt.tui.settings import Settings, load_settings


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_values_are_read_by_their_types(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("marker: ascii\nrepaint_rate: 1\nmouse: off\n")
    settings = load_settings(tmp_path)
    assert settings == Settings(marker="ascii", repaint_rate=1.0, mouse=False)
    assert (settings.glyphs, settings.period) == ("ascii", 1.0)


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("markers: ascii\n")
    with pytest.raises(UsageError, match="Did you mean marker"):
        load_settings(tmp_path)


@pytest.mark.parametrize("content", [b"marker: [", b"\xff\xfe"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.yaml").write_bytes(content)
    with pytest.raises(DataError):
        load_settings(tmp_path)


def test_a_slow_link_is_repainted_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().period == 0.25
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")
    assert Settings().period == 0.5


def test_a_terminal_without_utf8_gets_plain_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C")
    assert Settings().glyphs == "ascii"
    assert Settings(marker="block").glyphs == "block"
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert Settings().glyphs == "braille"


def test_the_background_is_what_the_terminal_says() -> None:
    assert Settings().is_dark({})
    assert Settings().is_dark({"COLORFGBG": "15;0"})
    assert not Settings().is_dark({"COLORFGBG": "0;15"})
    assert not Settings(theme="light").is_dark({"COLORFGBG": "15;0"})
