"""What the C libraries under PyTorch and NumPy are told, before those load."""

from __future__ import annotations

import ctypes
import os

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt` (malloc.h)."""
_KEPT = 2**28
"""Bytes: a block that large, or so much free at the end of the heap, goes back to the kernel."""
_KEPT_BY_OLD = 2**25
"""The most that an older glibc takes for a block."""


def settle_libraries() -> None:
    """Set how threads wait and what becomes of freed memory; what a person has set stays."""
    _calm_threads()
    _keep_freed_memory()


def _calm_threads() -> None:
    """Let threads that wait sleep.

    Threads that spin while they wait starve each other where the cores are shared: beside one
    busy process a step of the demo took 20 times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # NumPy's own threads always spin. It multiplies single rows here, for which one is enough.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _keep_freed_memory() -> None:
    """Keep the memory that a training step frees for the next one.

    glibc gives large blocks back to the kernel at once, and clean pages for new ones took a tenth
    of a larger network's step. Other C libraries have no such switch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    is_asked = any(name.startswith("MALLOC_") for name in os.environ)
    if mallopt is None or is_asked or "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", ""):
        return
    # The threshold of the heap alone would be worse than nothing: it fixes that of blocks too, low.
    if mallopt(_M_MMAP_THRESHOLD, _KEPT) or mallopt(_M_MMAP_THRESHOLD, _KEPT_BY_OLD):
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
