from __future__ import annotations

from collections.abc import Iterator

import pytest
from ttml_double import GENERATIONS, Machine, install, uninstall


@pytest.fixture(params=GENERATIONS)
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """The double of each generation in turn; a test may ask for one with `indirect`."""
    yield install(GENERATIONS[request.param])
    uninstall()
