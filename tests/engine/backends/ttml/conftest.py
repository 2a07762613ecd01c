from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from ttml_double import GENERATIONS, Machine, install, uninstall


@pytest.fixture(params=["old", "new", "newest"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """The double of each generation in turn; a test may ask for others with `indirect`."""
    gc.freeze()  # closing a device collects garbage: not that of all of PyTorch, every time
    yield install(GENERATIONS[request.param])
    uninstall()
    gc.unfreeze()
