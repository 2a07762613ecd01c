"""What a card cannot do, said before it is touched: the field, and the nearest value that works.

Tiles are 32 wide (ttml's tensors), a head is turned in whole tiles of at most 256 (its rope), its
NanoGPT has a fixed shape, and every new shape of a batch would be compiled anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...config import ModelConfig, TrainConfig
from ...errors import UsageError

TILE = 32
HEAD_LIMIT = 256
NORM_EPS = 1e-5
"""Of ttml's RMSNorm; it has no setting for it."""


def check_config(model: ModelConfig, train: TrainConfig, *, training: bool = True) -> None:
    """Refuse what ttml cannot compute.

    Args:
        model: The network.
        train: How it is trained.
        training: False leaves out what only training cannot do.

    Raises:
        UsageError: A field has a value that does not work; gives the nearest that does.
    """
    for fault in (*_shapes(model), *_kind(model), *(_batches(train) if training else ())):
        raise fault


def nearest_tiles(value: float, tile: int = TILE) -> int:
    """Give the nearest multiple of 32 that is not zero."""
    return max(tile, tile * round(value / tile))


def _shapes(model: ModelConfig) -> Iterator[UsageError]:
    if model.block_size % TILE:
        yield _not_in_tiles("model.block_size", model.block_size, "Sequences")
    if model.head_size % TILE or model.head_size > HEAD_LIMIT:
        size = min(nearest_tiles(model.head_size), HEAD_LIMIT)
        yield UsageError(
            f"Heads are {model.head_size} wide (model.n_embd / model.n_head).",
            f"ttml wants a multiple of {TILE}, at most {HEAD_LIMIT}.",
            f"Set model.n_embd to {size * model.n_head}, or {_head_count(model)}.",
        )
    if model.arch == "llama" and model.hidden % TILE:
        yield _not_in_tiles("model.mlp_hidden", model.hidden, "The MLP")


def _head_count(model: ModelConfig) -> str:
    """Say how many heads would make this width work, nearest to the number asked for."""
    counts = [
        count
        for count in range(1, model.n_embd // TILE + 1)
        if model.n_embd % (count * TILE) == 0 and model.n_embd // count <= HEAD_LIMIT
    ]
    if not counts:
        return f"model.n_embd to {nearest_tiles(model.n_embd)} and model.n_head to 1"
    nearest = min(counts, key=lambda count: abs(count - model.n_head))
    return f"model.n_head to {nearest}"


def _kind(model: ModelConfig) -> Iterator[UsageError]:
    if model.arch == "nanogpt" and model.hidden != 4 * model.n_embd:
        yield _fixed("model.mlp_hidden", model.hidden, 4 * model.n_embd, "MLP is 4 n_embd wide")
    if model.norm_eps != NORM_EPS:
        yield _fixed("model.norm_eps", model.norm_eps, NORM_EPS, "norms have it built in")


def _batches(train: TrainConfig) -> Iterator[UsageError]:
    if train.batch_size % train.devices:
        share = max(1, round(train.batch_size / train.devices))
        yield UsageError(
            f"train.batch_size is {train.batch_size} and train.devices is {train.devices}.",
            "Each chip takes an equal share of every batch.",
            f"Set train.batch_size to {share * train.devices}.",
        )
    if train.device != "auto":
        yield UsageError(
            f"train.device is {train.device}.",
            "That is for PyTorch; with ttml the network is on the card.",
            "Set train.device to auto, or train with --backend torch.",
        )


def _not_in_tiles(field: str, value: int, what: str) -> UsageError:
    return UsageError(
        f"{field} is {value}.",
        f"{what} must fill whole tiles on a card: a multiple of {TILE}.",
        f"Set {field} to {nearest_tiles(value)}.",
    )


def _fixed(field: str, value: object, works: object, why: str) -> UsageError:
    return UsageError(f"{field} is {value}.", f"In ttml's model {why}.", f"Set {field} to {works}.")
