"""The ttml backend on the double of its bindings.

Numbers in the names of tests are sections of the project's notes on ttml's API. The double behaves
as they say, so that a test fails as soon as the defence that it is about is gone.
"""

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
