import os
import socket
import tempfile
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.errors import EnvironmentNotReady
from ttgpt.engine.home import (
    SOCKET_PATH_LIMIT,
    device_lock_path,
    home_folder,
    runtime_folder,
    socket_path,
)


def test_the_flag_then_the_variable_then_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name: str(tmp_path / "own" / name))
    monkeypatch.setenv("TTGPT_HOME", str(tmp_path / "variable"))
    assert home_folder(str(tmp_path / "flag")) == tmp_path / "flag"
    assert home_folder() == tmp_path / "variable"
    monkeypatch.setenv("TTGPT_HOME", "")
    assert home_folder() == tmp_path / "own" / "ttgpt"
    monkeypatch.delenv("TTGPT_HOME")
    assert home_folder() == tmp_path / "own" / "ttgpt"


def test_a_home_is_absolute_and_nothing_is_left_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_folder("a/b ü") == tmp_path / "a" / "b ü"
    assert home_folder("~/c") == tmp_path / "c"
    assert list((tmp_path / "a" / "b ü").iterdir()) == []


def test_an_old_home_is_closed_to_others_and_what_else_lies_there_is_left(tmp_path: Path) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    for folder in (home / "runs", home / "photos", shared):
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    for name in ("history.jsonl", "letter.txt"):
        (home / name).write_text("x")
        (home / name).chmod(0o644)
    (home / "data").symlink_to(shared)
    home_folder(str(home))
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (shared, *home.iterdir())}
    assert modes == {
        **{"runs": "0o700", "history.jsonl": "0o600"},
        **{"photos": "0o755", "letter.txt": "0o644", "shared": "0o755", "data": "0o755"},
    }


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "home"):
        with pytest.raises(EnvironmentNotReady, match="Cannot write to") as caught:
            home_folder(str(path))
        assert "--home" in caught.value.next_step


def test_a_home_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**where: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(EnvironmentNotReady, match=r"\nPermission denied\.\n"):
        home_folder(str(tmp_path))


def test_the_folder_of_a_user_who_is_not_there_is_a_plain_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert home_folder("~nobody-has-this-name/x") == tmp_path / "~nobody-has-this-name" / "x"


def test_the_runtime_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    folder = runtime_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert runtime_folder().stat().st_mode & 0o777 == 0o700


def test_the_runtime_folder_is_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device's lock that two logins look for in two places would let both train on it."""
    monkeypatch.delenv("TTGPT_RUNTIME_DIR")
    monkeypatch.setattr("ttgpt.engine.home.TMP", tmp_path)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    bare = runtime_folder()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "login"))
    assert runtime_folder() == bare
    assert bare.is_relative_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTGPT_RUNTIME_DIR", "chosen")
    assert runtime_folder() == tmp_path / "chosen" / "ttgpt"


def test_somebody_elses_runtime_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime_folder()
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    with pytest.raises(EnvironmentNotReady, match="it belongs to another user"):
        runtime_folder()


@pytest.mark.parametrize("what", ["link", "dangling link", "file"])
def test_a_runtime_folder_that_is_no_folder_is_refused(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTGPT_RUNTIME_DIR", str(tmp_path))
    if what == "file":
        (tmp_path / "ttgpt").write_text("x")
    else:
        if what == "link":
            (tmp_path / "elsewhere").mkdir(mode=0o755)
        (tmp_path / "ttgpt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentNotReady, match="Cannot use the runtime folder"):
        runtime_folder()
    if what == "link":
        assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o755


def long_folder(root: Path, size: int, letter: str = "x") -> Path:
    """Give a folder whose socket's path would have just so many bytes."""
    room = size - len(os.fsencode(root / "x" / "worker.sock")) + 1
    return root / (letter * room)


def test_a_socket_stays_in_its_folder_up_to_the_limit(home: Path) -> None:
    near = long_folder(home, SOCKET_PATH_LIMIT)
    assert socket_path(near) == near / "worker.sock"
    assert socket_path(long_folder(home, SOCKET_PATH_LIMIT + 1)).parent == runtime_folder()


@pytest.mark.parametrize("size", [108, 150, 220])
def test_a_long_path_becomes_a_short_name_that_the_kernel_takes(home: Path, size: int) -> None:
    folder = long_folder(home, size)
    folder.mkdir()
    path = socket_path(folder)
    assert path.parent == runtime_folder()
    assert path == socket_path(folder)
    assert path != socket_path(long_folder(home, size, "y"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    assert path.is_socket()


@given(
    name=st.text(
        st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60
    )
)
def test_no_name_makes_a_path_that_the_kernel_refuses(name: str) -> None:
    path = socket_path(Path("/srv/a-home-of-some-length/runs") / f"2026-11-21-071233-{name}")
    assert len(os.fsencode(path)) <= SOCKET_PATH_LIMIT


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "/dev/tenstorrent/0", "../../etc/passwd"])
def test_a_device_lock_lies_in_the_runtime_folder(device: str) -> None:
    path = device_lock_path(device)
    assert path.parent == runtime_folder()
    assert path.name.startswith("device-")
    assert path.name.endswith(".lock")


def test_devices_do_not_share_a_lock() -> None:
    assert len({device_lock_path(name) for name in ("cpu", "cuda:0", "cuda:1", "mps")}) == 4
