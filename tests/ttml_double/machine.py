"""The pretended card: what is open, what lies on it, what was recorded, what went wrong."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .generation import Generation


class Machine:
    """One process's card. A test reads its counters."""

    def __init__(self, generation: Generation, dram_bytes: int = 1 << 28) -> None:
        self.generation = generation
        self.dram_bytes = dram_bytes
        self.chips = 0
        """Chips of the open device; 0 while none is open."""
        self.fabric_chips = 0
        self.axes: tuple[str, ...] | None = None
        """Names of the registered mesh's axes (`ttml.mesh`)."""
        self.synchronises = False
        """Whether the parallelism context was initialised with data parallelism (section 15)."""
        self.opened = self.closed = 0
        self.rng = np.random.default_rng(0)
        self.records = True
        """GradMode.ENABLED."""
        self.graph: list[Any] = []
        self.graph_bytes = 0
        self.shapes: set[tuple[int, ...]] = set()
        """Input shapes of forward passes: each compiles kernels anew (section 16)."""
        self.on_device: weakref.WeakSet[Any] = weakref.WeakSet()
        self.fault: Callable[[], None] = lambda: None
        """Called in each forward pass: a test makes it raise."""

    def open(self, chips: int) -> None:
        if self.chips:
            raise RuntimeError("open_device was called after the device was created.")
        if chips > 1 and self.fabric_chips != chips:
            raise RuntimeError("fabric router sync timeout: fabric was not enabled")
        self.chips, self.opened = chips, self.opened + 1
        self._write("opened")

    def need(self) -> None:
        """Open a device silently where none is (section 2)."""
        if not self.chips:
            self.open(1)

    def close(self) -> None:
        if not self.chips:
            raise RuntimeError("close_device was called, and no device is open.")
        if len(self.on_device):
            kinds = sorted({type(thing).__name__ for thing in self.on_device})
            raise RuntimeError(
                f"MetalContext::destroy_all_instances: {len(self.on_device)} buffers "
                f"still referenced ({kinds})"
            )
        self.chips, self.closed = 0, self.closed + 1
        self.axes = None  # the parallelism context stays: it is made once in a process
        self._write("closed")

    def hold(self, nbytes: int) -> None:
        """Count what the graph keeps: only `reset_graph` gives it back (section 10)."""
        self.graph_bytes += nbytes
        if self.graph_bytes > self.dram_bytes:
            raise RuntimeError(
                f"TT_FATAL: Out of Memory: Not enough space to allocate {nbytes} B DRAM buffer"
            )

    def reset_graph(self) -> None:
        self.graph.clear()
        self.graph_bytes = 0

    def _write(self, what: str) -> None:
        """Leave a line in a file for a test that watches another process."""
        path = os.environ.get("TTML_DOUBLE_LOG")
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()} {what}\n")
