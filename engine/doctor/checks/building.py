"""The command that builds ttnn and ttml, as it can be pasted on this very host."""

from __future__ import annotations

from ..pythons import choose_python
from ..sayings import REBUILD
from ..tree import DEFAULT, find_tree
from ..visit import Visit

RELEASE = "v0.73.0"
"""Of tt-metal: of those that people report to have trained with, the one of the lessons."""
_SOURCE = "https://github.com/tenstorrent/tt-metal"


def rebuild(visit: Visit) -> str:
    """Build in the tree that the worker uses; where there is none, fetch one first."""
    metal = find_tree(visit.host, choose_python(visit.host))
    if metal is not None:
        return f"cd {visit.host.typed(metal)} && {REBUILD}"
    fetch = f"git clone --recurse-submodules -b {RELEASE} {_SOURCE} ~/{DEFAULT}"
    return f"{fetch} && cd ~/{DEFAULT} && {REBUILD}"
