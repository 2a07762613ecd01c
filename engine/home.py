"""Where things are kept: the home folder for runs and data, the runtime folder for sockets."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path

import platformdirs

from .disk.folders import disk_error
from .errors import EnvironmentNotReady
from .host import leftovers

TMP = Path("/tmp")
"""Not TMPDIR: two logins with different ones must still find each other's locks."""

COMPILED = "compiled"
"""The home's folder of what PyTorch compiled on this host."""

_CONTENTS = {
    "runs", "data", "trash", "imported", "texts", "exports", "presets", "tries", "errors", "player",
    "measured", "doctor", "downloads", "cache", "code", "tokenizers", "settings.yaml",
    "history.jsonl", "prompts.json", "sampling.json", "starting.lock",
}  # fmt: skip
"""What earlier versions made in a home."""

_WRITTEN_ASIDE = ("runs", "presets", "tries", "player", "exports")
"""Its folders in which something is written aside and renamed."""

SOCKET_PATH_LIMIT = 103
"""Longest path of a Unix socket: 107 bytes on Linux, 103 on macOS; the smaller one is safe."""


def home_folder(explicit: str | None = None, *, to_write: bool = True) -> Path:
    """Give the folder of runs and data: `--home`, `TTGPT_HOME`, or the user's data folder.

    What killed processes left in it half-made is removed.

    Args:
        explicit: `--home`.
        to_write: Whether it is of no use where it can only be read.

    Raises:
        EnvironmentNotReady: It cannot be made or written.
        DataError: The disk is full.
    """
    home = home_place(explicit)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
        _close(home)
        for folder in (home, *(home / name for name in _WRITTEN_ASIDE)):
            leftovers.clean(folder)
    except OSError as error:
        if not to_write and os.path.isdir(home):
            return home
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_error(f"Cannot write to {home}.", error) from error
        raise EnvironmentNotReady(
            f"Cannot write to {home}.",
            f"{error.strerror or error}.",
            "Give a folder you own with --home DIR or TTGPT_HOME.",
        ) from error
    return home


def _close(home: Path) -> None:
    """Close to others what was made before homes were private; what else lies there is not ours."""
    for entry in os.scandir(home):
        status = entry.stat(follow_symlinks=False)
        mode = stat.S_IMODE(status.st_mode)
        is_ours = entry.name in _CONTENTS and status.st_uid == os.getuid()
        if is_ours and mode & 0o077 and not stat.S_ISLNK(status.st_mode):
            os.chmod(entry.path, mode & 0o700)


def home_place(explicit: str | None = None) -> Path:
    """Say which folder `home_folder` would give, whether it can be written or not."""
    chosen = explicit or os.environ.get("TTGPT_HOME") or platformdirs.user_data_dir("ttgpt")
    return Path(os.path.expanduser(chosen)).absolute()


def runtime_folder() -> Path:
    """Give the folder for device locks and short socket paths, readable by this user alone.

    Raises:
        EnvironmentNotReady: It belongs to somebody else.
    """
    # Not XDG_RUNTIME_DIR: the last logout empties it while a worker goes on, and cron has none.
    # Two processes that look for a device's lock in two places would both train on the device.
    given = os.environ.get("TTGPT_RUNTIME_DIR")
    folder = Path(given).absolute() / "ttgpt" if given else TMP / f"ttgpt-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
            raise PermissionError(0, "it belongs to another user")
        folder.chmod(0o700)
    except OSError as error:
        raise EnvironmentNotReady(
            f"Cannot use the runtime folder {folder}.",
            f"{error.strerror or error}.",
            "Set TTGPT_RUNTIME_DIR to a folder you own.",
        ) from error
    return folder


def socket_path(folder: Path) -> Path:
    """Give the socket of a worker that lives in a folder, short enough for the kernel."""
    near = folder / "worker.sock"
    if len(os.fsencode(near)) <= SOCKET_PATH_LIMIT:
        return near
    short = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
    return runtime_folder() / f"{short}.sock"


def device_lock_path(device: str) -> Path:
    """Give the lock file of a device, such as `cpu` or `cuda:0`."""
    return runtime_folder() / f"device-{device.replace(':', '-').replace('/', '-')}.lock"
