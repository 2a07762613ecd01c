from pathlib import Path

import pytest
from disk_faults import file_size_limit

from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.worker_settings import WorkerSettings
from ttgpt.tui.settings import Settings, apply_settings, load_settings, save_settings


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


def test_what_is_saved_is_read_again_and_defaults_are_left_out(tmp_path: Path) -> None:
    worker = WorkerSettings(python="~/tt-metal/python_env/bin/python", env={"OMP_NUM_THREADS": "1"})
    settings = Settings(marker="ascii", mouse=False, backend="torch", worker=worker)
    save_settings(tmp_path, settings)
    assert load_settings(tmp_path) == settings
    assert "theme" not in (tmp_path / "settings.yaml").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["settings.yaml"]


def test_the_saved_file_says_what_happens_to_it(tmp_path: Path) -> None:
    save_settings(tmp_path, Settings())
    text = (tmp_path / "settings.yaml").read_text()
    assert text.startswith("# Settings of ttgpt-tui")
    assert load_settings(tmp_path) == Settings()


def test_applying_changes_just_that(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(
        "marker: ascii\nworker: {env: {TT_METAL_ARCH_NAME: blackhole, KEEP: me}}\n"
    )
    apply_settings(
        tmp_path,
        {"worker.env.TT_METAL_ARCH_NAME": "", "worker.env.B.C": "1", "worker.python": "/p"},
    )
    assert load_settings(tmp_path) == Settings(
        marker="ascii", worker=WorkerSettings(python="/p", env={"KEEP": "me", "B.C": "1"})
    )


@pytest.mark.parametrize("change", [{"worker.pyton": "/p"}, {"marker": "emoji"}, {"x.y": "1"}])
def test_a_wrong_change_saves_nothing(tmp_path: Path, change: dict[str, str]) -> None:
    (tmp_path / "settings.yaml").write_text("# mine\nmouse: off\n")
    with pytest.raises(UsageError):
        apply_settings(tmp_path, {"worker.python": "/p", **change})
    assert (tmp_path / "settings.yaml").read_text() == "# mine\nmouse: off\n"


def test_a_file_that_is_wrong_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("markers: ascii\n")
    with pytest.raises(UsageError, match="markers"):
        apply_settings(tmp_path, {"marker": "ascii"})
    assert (tmp_path / "settings.yaml").read_text() == "markers: ascii\n"


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    save_settings(tmp_path, Settings(mouse=False))
    with file_size_limit(10), pytest.raises(DataError, match="full"):
        save_settings(tmp_path, Settings(mouse=True, marker="ascii"))
    assert load_settings(tmp_path) == Settings(mouse=False)


def test_the_workers_environment_is_text(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("worker: {env: {OMP_NUM_THREADS: 4, EMPTY: ''}}\n")
    assert load_settings(tmp_path).worker.env == {"OMP_NUM_THREADS": "4", "EMPTY": ""}
    (tmp_path / "settings.yaml").write_text("worker: {env: [1]}\n")
    with pytest.raises(UsageError, match=r"worker\.env"):
        load_settings(tmp_path)
