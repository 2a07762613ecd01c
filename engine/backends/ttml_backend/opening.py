"""From a config to a session on the open device; what fails on the way leaves nothing open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import canonical
from ...config import ModelConfig, TrainConfig
from ..initial_weights import initial_weights
from . import device as devices
from .attention_mask import choose_mask
from .device import Device
from .inference import Inference
from .layout import discover
from .models import build_model, padded
from .session import TtmlSession
from .training import Training
from .versions import print_bindings


def open_session(
    model_config: ModelConfig,
    train_config: TrainConfig,
    vocab_size: int,
    seed: int,
    numerics: dict[str, Any],
    training: bool,
    report: Callable[[str], None],
) -> TtmlSession:
    """Build a network with fresh weights; the arguments are those of `backends.Backend.open`."""
    device = devices.share(train_config.devices)
    try:
        if device.users == 1:
            print_bindings()
        return _build(
            device, model_config, train_config, vocab_size, seed, numerics, training, report
        )
    except BaseException:
        device.release()
        raise


def _build(
    device: Device,
    model_config: ModelConfig,
    train_config: TrainConfig,
    vocab_size: int,
    seed: int,
    numerics: dict[str, Any],
    training: bool,
    report: Callable[[str], None],
) -> TtmlSession:
    device.ctx.set_seed(seed)
    model = build_model(model_config, vocab_size)
    shapes = canonical.shapes(model_config, vocab_size)
    found = {name: tensor.shape() for name, tensor in model.parameters().items()}
    slots = discover(found, model_config, shapes)
    block_size, rows = model_config.block_size, train_config.batch_size

    def inference(mask: Any) -> Inference:
        return Inference(model, mask, block_size, vocab_size, rows, device, report)

    mask, words = choose_mask(block_size, str(numerics.get("mask", "")), inference)
    trained = None
    if training:
        widths = (block_size, padded(vocab_size))
        before = str(numerics.get("precision", ""))
        trained = Training(
            model, slots, mask, train_config, vocab_size, widths, seed, device, report, before
        )
    session = TtmlSession(device, model, slots, inference(mask), trained, shapes, words)
    session.load_weights(initial_weights(model_config, vocab_size, seed))
    return session
