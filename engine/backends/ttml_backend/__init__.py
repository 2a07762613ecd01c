"""Training and generation with ttml, tt-metal's training library, on Tenstorrent cards.

Written against its bindings as they were read in tt-metal's sources, and tested against a double
of them; docs/cards.md says what was never run on a card.

This module imports neither ttml nor ttnn until a session opens: loading them takes seconds, wants
the environment set before, and may hang on a wedged card.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...config import ModelConfig, TrainConfig
from .. import Availability, Session
from .chips import check_chips
from .constraints import check_config
from .environment import prepare_environment
from .failure import not_ready
from .memory import check_memory
from .probe import DEVICE, probe


class TtmlBackend:
    """See `backends.Backend`."""

    name = "ttml"

    def probe(self, device: str = "auto") -> Availability:
        """Say whether card and ttml are there, from files alone."""
        return probe()

    def device(self, wanted: str = "auto") -> str:
        """Name the device that `open` takes: the cards of a host open together, for one process."""
        return DEVICE

    def check(self, model: ModelConfig, train: TrainConfig, vocab_size: int) -> None:
        """Refuse a network that cannot be cut into tiles, and a run that has too few chips.

        Too few they are for the number it asks for, or for the memory that it needs.

        Raises:
            UsageError: A field has a value that does not work; gives the nearest that does.
        """
        check_config(model, train)
        check_chips(train)
        check_memory(model, train, vocab_size)

    def open(
        self,
        model_config: ModelConfig,
        train_config: TrainConfig,
        vocab_size: int,
        seed: int,
        *,
        numerics: dict[str, Any] | None = None,
        training: bool = True,
        report: Callable[[str], None] = lambda what: None,
        cache: Path | None = None,
    ) -> Session:
        """Build a model with fresh weights; see `backends.Backend.open`; ttml keeps its own cache.

        Raises:
            UsageError: The network cannot be cut into tiles; names the field.
            EnvironmentNotReady: ttml does not load, or the device does not open.
        """
        check_config(model_config, train_config, training=training)
        if training:
            check_chips(train_config)
        prepare_environment()
        report("loading ttml")
        try:
            import ttnn  # noqa: F401, I001 - ttml's extension wants it loaded before itself
            import ttml  # noqa: F401
        except Exception as error:  # std::bad_cast comes as whatever the bindings make of it
            raise not_ready("ttml does not load.", error) from error
        from .opening import open_session

        report("opening the device")
        return open_session(
            model_config, train_config, vocab_size, seed, numerics or {}, training, report
        )


BACKEND = TtmlBackend()
