import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from disk_faults import failing_sync, file_size_limit, snapshots

from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error


def test_json_is_read_back(tmp_path: Path) -> None:
    value = {"name": "Zoë “π”", "n": [1, -2.5e-300, None, True], "deep": {"": {}}}
    atomic.write_json(tmp_path / "value.json", value)
    assert json.loads((tmp_path / "value.json").read_bytes()) == value
    assert "Zoë “π”".encode() in (tmp_path / "value.json").read_bytes()


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    atomic.write_text(path, "old")
    atomic.write_text(path, "Zoë\r\n")
    assert path.read_bytes() == "Zoë\r\n".encode()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("unwritable", [float("nan"), object()])
def test_what_json_cannot_hold_leaves_the_old_file(tmp_path: Path, unwritable: object) -> None:
    path = tmp_path / "run.json"
    atomic.write_json(path, 1)
    with pytest.raises((ValueError, TypeError)):
        atomic.write_json(path, unwritable)
    assert path.read_text() == "1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    path, odd = tmp_path / "run.json", os.fsdecode(b"na\xefve/Zo\xc3\xab")
    atomic.write_json(path, {"path": odd})
    assert json.loads(path.read_bytes())["path"] == odd


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    atomic.write_text(path, "old")
    with file_size_limit(1000), pytest.raises(OSError, match="large"):
        atomic.write_bytes(path, b"x" * 5000)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_sync_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    atomic.write_text(path, "old")
    with failing_sync(1), pytest.raises(OSError, match="space"):
        atomic.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_threads_write_the_same_file_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "run.json", os.fsync
    other = threading.Thread(target=atomic.write_text, args=(path, "the other's"))

    def fsync(fd: int) -> None:
        if other.ident is None:  # the first thread has written, and not yet renamed
            other.start()
            other.join()
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    atomic.write_text(path, "the first's")
    assert path.read_text() == "the first's"
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_durable_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def fsync(fd: int) -> None:
        done.append("sync folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "sync file")
        real_sync(fd)

    def replace(path: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    atomic.write_text(tmp_path / "run.json", "new")
    assert done == ["sync file", "rename", "sync folder"]


def test_a_power_cut_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    atomic.write_text(folder / "run.json", "old")
    with snapshots(folder, tmp_path / "moments") as moments:
        (tmp_path / "moments").mkdir()
        atomic.write_text(folder / "run.json", "new")
    assert [(moment / "run.json").read_text() for moment in moments] == ["old", "new"]


def test_a_writer_killed_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")
    killed = (
        "import os, signal, sys; from pathlib import Path; from ttgpt.engine.disk import atomic\n"
        "os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)\n"
        "atomic.write_text(Path(sys.argv[1]), 'new')"
    )
    assert subprocess.run([sys.executable, "-c", killed, path], check=False).returncode == -9
    assert path.read_text() == "old"


def test_a_folder_in_a_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    with pytest.raises(IsADirectoryError) as refused:
        atomic.write_text(tmp_path / "run.json", "x")
    assert disk_error("It cannot be saved.", refused.value).why.endswith("/run.json).")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
