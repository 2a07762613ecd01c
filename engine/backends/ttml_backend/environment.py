"""What tt-metal wants exported before it is imported, where nobody exported it."""

from __future__ import annotations

import os
import sys


def prepare_environment() -> None:
    """Fill in what follows from what is there; a worker gets the rest from whoever starts it."""
    if "ttnn" in sys.modules:
        return  # too late: it reads them when it loads
    root = os.environ.get("TT_METAL_RUNTIME_ROOT") or os.environ.get("TT_METAL_HOME")
    if root:
        os.environ.setdefault("TT_METAL_RUNTIME_ROOT", root)
        os.environ.setdefault("TT_METAL_HOME", root)
    os.environ.setdefault("TT_LOGGER_LEVEL", "error")
