"""The device's lock: one trainer on a device, whatever it is that trains."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from ..errors import EnvironmentNotReady
from ..home import device_lock_path
from ..host.locks import Lock, LockHeldError


def take_device(device: str, what: str, opened: contextlib.ExitStack) -> None:
    """Take a device's lock, and give it back when the stack is left.

    Args:
        device: Such as `cpu` or `cuda:0`.
        what: Who takes it, in words, for whoever finds it taken.
        opened: Holds what is to be closed in the end.

    Raises:
        EnvironmentNotReady: Another process has it.
    """
    lock = Lock(device_lock_path(device))
    try:
        lock.acquire(what)
    except LockHeldError as held:
        owner = held.owner
        raise EnvironmentNotReady(
            f"The device {device} is in use.",
            f"By {owner.what}, process {owner.pid}." if owner else "By another worker.",
            "Watch that run, or stop it first.",
        ) from held
    opened.callback(lock.release)


def taking_once(what: str, opened: contextlib.ExitStack) -> Callable[[str], None]:
    """Give a function that takes a device's lock the first time it is asked for it."""
    taken: set[str] = set()

    def take(device: str) -> None:
        if device not in taken:
            take_device(device, what, opened)
            taken.add(device)

    return take
