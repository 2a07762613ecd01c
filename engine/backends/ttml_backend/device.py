"""The process's one Tenstorrent device: opened for the first session, closed after the last.

`ttml.autograd.AutoContext` is one for the whole process, and so is the device behind it. It must be
closed on every way out: a device left open aborts at exit, and the next run may find it wedged.
"""

from __future__ import annotations

import atexit
import gc
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ttml

from .failure import not_ready

_opened: Device | None = None


class Device:
    """One open device of one or several chips; several share each batch between them."""

    def __init__(self, chips: int) -> None:
        self.chips = chips
        self.ctx = ttml.autograd.AutoContext.get_instance()
        self.users = 0
        self._has_mesh = chips > 1 and hasattr(ttml, "open_device_mesh")
        self.mapper = self.composer = None
        self._open()
        if chips == 1:
            return
        try:
            self._join()
        except BaseException:
            self.mapper = self.composer = None
            self.close()
            raise

    def _open(self) -> None:
        if self.chips == 1:
            self.ctx.open_device()
            return
        if self._has_mesh:  # enables the fabric itself
            ttml.open_device_mesh(ttml.Mesh((1, self.chips), ("line", "dp")))
        else:
            ttml.core.distributed.enable_fabric(self.chips)
            self.ctx.open_device([1, self.chips])

    def _join(self) -> None:
        """Let the chips share batches and gradients."""
        ctx, distributed = self.ctx, ttml.core.distributed
        # Without it synchronize_gradients does nothing, and says nothing. It is made once in a
        # process, and outlives the device.
        if hasattr(ctx, "initialize_parallelism_context") and not (
            ctx.is_parallelism_context_initialized()
        ):
            config = ttml.autograd.DistributedConfig(enable_ddp=True)
            ctx.initialize_parallelism_context(config)
        self.mapper = distributed.shard_tensor_to_mesh_mapper(ctx.get_device(), 0)
        self.composer = distributed.concat_mesh_to_tensor_composer(ctx.get_device(), 0)

    def let_go(self) -> None:
        """Drop what still refers to the device; nothing may when it closes."""
        self.mapper = self.composer = None
        # The frames that an exception went through still hold tensors, and so may cycles.
        traceback.clear_frames(sys.exc_info()[2])
        self.ctx.reset_graph()
        gc.collect()

    def close(self) -> None:
        """Close it."""
        if self._has_mesh and hasattr(ttml, "close_device_mesh"):
            ttml.close_device_mesh()
        else:
            self.ctx.close_device()

    def synchronise(self, parameters: Any) -> None:
        """Average the gradients over the chips."""
        if self._has_mesh:
            ttml.sync_gradients(parameters)
        elif self.chips > 1:
            ttml.core.distributed.synchronize_gradients(parameters)

    @contextmanager
    def no_grad(self) -> Iterator[None]:
        """Record no graph, and drop what the passes inside keep all the same."""
        self.ctx.set_gradient_mode(ttml.autograd.GradMode.DISABLED)
        try:
            yield
        finally:
            self.ctx.reset_graph()
            self.ctx.set_gradient_mode(ttml.autograd.GradMode.ENABLED)

    def release(self) -> None:
        """Let go of one use; the last one closes the device."""
        self.users -= 1
        if self.users <= 0:
            close()


def share(chips: int) -> Device:
    """Open the device, or share the one that is open.

    Args:
        chips: How many it shall have; the device that is open already stays as it is.

    Raises:
        EnvironmentNotReady: It does not open.
    """
    global _opened
    try:
        if _opened is not None and not _opened.users:
            close()  # once more: closing it failed
        if _opened is None:
            _opened = Device(chips)
            atexit.register(close)
    except (RuntimeError, OSError) as error:
        raise not_ready("The device does not open.", error) from error
    _opened.users += 1
    return _opened


def close() -> None:
    """Close the device if it is open. What lies on it must be let go of first."""
    global _opened
    if _opened is None:
        return
    try:
        _opened.let_go()
    finally:
        _opened.close()
        # Forgotten only now: where closing raised, it is tried again when the process ends.
        _opened = None
        atexit.unregister(close)
