"""The folder of the worker that only generates."""

from __future__ import annotations

from pathlib import Path

from ..disk import atomic, reading
from ..disk.reading import DamagedFileError
from ..errors import TtgptError
from ..home import socket_path
from ..host import locks


class PlayerFolder:
    """Paths of the generation worker; one for each home folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "worker.log"
        self.lock = path / "player.lock"
        self._error = path / "error.json"

    def owner(self) -> locks.Owner | None:
        """Name the living worker, or None."""
        return locks.read_owner(self.lock)

    def socket_path(self) -> Path:
        """Give the worker's socket."""
        return socket_path(self.path)

    def error(self) -> TtgptError | None:
        """Give the reason why the last start failed, or None."""
        try:
            return TtgptError.from_dict(reading.read_object(self._error))
        except (DamagedFileError, ValueError):
            return None

    def write_error(self, error: TtgptError) -> None:
        """Leave the reason why the start failed for whoever waits."""
        atomic.write_json(self._error, error.to_dict())

    def clear_error(self) -> None:
        """Forget an earlier start's reason."""
        self._error.unlink(missing_ok=True)
