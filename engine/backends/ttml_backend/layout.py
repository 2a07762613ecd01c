"""Which canonical weights lie in which ttml parameter.

Both keep linear weights as [out, in], Q, K, V in that order, and turn neighbouring pairs in RoPE,
so a parameter holds canonical weights row below row. What differs is the names, what is stacked
together, four dimensions instead of two, and a vocabulary padded to 32.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...canonical import Shapes
from ...config import ModelConfig
from ...errors import NotSupported
from .. import Floats, Weights

_OUTSIDE = {
    "tok_emb/weight": ("wte.weight",),
    "pos_emb/weight": ("wpe.weight",),
    "fc/weight": ("lm_head.weight",),
}
_NANOGPT_LAST = {
    "ln_f_gamma": ("ln_f.weight",),
    "ln_f_beta": ("ln_f.bias",),
    "ln_fc/gamma": ("ln_f.weight",),  # the C++ twin
    "ln_fc/beta": ("ln_f.bias",),
}
_LLAMA_LAST = {"ln_fc/gamma": ("norm_f.weight",)}

_BLOCK = {
    # nanogpt
    "ln1/gamma": ("ln_1.weight",),
    "ln1/beta": ("ln_1.bias",),
    "ln2/gamma": ("ln_2.weight",),
    "ln2/beta": ("ln_2.bias",),
    "attention/qkv_linear/bias": ("attn.qkv.bias",),
    "attention/out_linear/bias": ("attn.proj.bias",),
    "mlp/fc1/weight": ("mlp.fc.weight",),
    "mlp/fc1/bias": ("mlp.fc.bias",),
    "mlp/fc2/weight": ("mlp.proj.weight",),
    "mlp/fc2/bias": ("mlp.proj.bias",),
    # both
    "attention/out_linear/weight": ("attn.proj.weight",),
    # llama: separate, then fused
    "attention_norm/gamma": ("norm_1.weight",),
    "mlp_norm/gamma": ("norm_2.weight",),
    "attention/q_linear/weight": ("attn.q.weight",),
    "attention/kv_linear/weight": ("attn.k.weight", "attn.v.weight"),
    "mlp/w1/weight": ("mlp.gate.weight",),
    "mlp/w3/weight": ("mlp.up.weight",),
    "mlp/w2/weight": ("mlp.down.weight",),
    "mlp/w_gate_up/weight": ("mlp.gate.weight", "mlp.up.weight"),
}
_QKV = {
    "nanogpt": ("attn.qkv.weight",),
    "llama": ("attn.q.weight", "attn.k.weight", "attn.v.weight"),
}

_IN_BLOCK = re.compile(r"(?:blocks/|gpt_block_|llama_block_)(\d+)/(.+)")
_ZERO_WHERE_ABSENT = ("/bias", "/beta", "_beta")


@dataclass(frozen=True)
class Slot:
    """One ttml parameter and the canonical weights in its rows."""

    name: str
    shape: tuple[int, ...]
    """[1, 1, rows, columns]; of a vector [1, 1, 1, n]."""
    parts: Sequence[tuple[str, tuple[int, ...]]]
    """Canonical names and shapes, row below row. Empty: it stays zero, and is not trained."""

    @property
    def decays(self) -> bool:
        """Whether weight decay pulls it: matrices only."""
        return any(len(shape) == 2 for _, shape in self.parts)

    @property
    def is_norm_gain(self) -> bool:
        """Whether it is what a norm multiplies with: all ones at first."""
        return self.name.endswith("gamma")

    def pack(self, weights: Weights) -> Floats:
        """Stack canonical weights; rows below them are zero."""
        packed = np.zeros(self.shape, np.float32)
        if self.parts:
            stacked = np.concatenate([weights[name] for name, _ in self.parts])
            packed[0, 0].reshape(-1, *stacked.shape[1:])[: len(stacked)] = stacked
        return packed

    def unpack(self, packed: Floats) -> Weights:
        """Cut canonical weights out again, and leave the padding behind."""
        found, start = {}, 0
        for name, shape in self.parts:
            rows = packed[0, 0].reshape(-1, *shape[1:])
            found[name] = np.array(rows[start : start + shape[0]], np.float32)
            start += shape[0]
        return found


def discover(
    parameters: Mapping[str, Sequence[int]], config: ModelConfig, shapes: Shapes
) -> list[Slot]:
    """Find out what a model's parameters are, from their names and shapes.

    Args:
        parameters: Names and shapes, as `model.parameters()` has them.
        config: The network.
        shapes: Its canonical table.

    Raises:
        NotSupported: This ttml names or cuts them in a way that is not known here.
    """
    slots = [_slot(name, tuple(parameters[name]), config, shapes) for name in sorted(parameters)]
    held = {part for slot in slots for part, _ in slot.parts}
    missing = [name for name in shapes if name not in held]
    if missing:
        raise _unknown(f"No parameter of the model holds {missing[0]}.")
    return slots


def _slot(name: str, shape: tuple[int, ...], config: ModelConfig, shapes: Shapes) -> Slot:
    wanted = _canonical(name, config.arch)
    if wanted == ("lm_head.weight",) and config.tie_weights:
        wanted = ("wte.weight",)
    if wanted is None:
        raise _unknown(f"The model has a parameter {name}.")
    parts = tuple((part, shapes[part]) for part in wanted if part in shapes)
    if len(parts) < len(wanted) and not name.endswith(_ZERO_WHERE_ABSENT):
        raise _unknown(f"The model has a parameter {name}, which this network does not.")
    slot = Slot(name, shape, parts)
    _check_size(slot)
    return slot


def _canonical(name: str, arch: str) -> tuple[str, ...] | None:
    """Give the canonical names that a ttml name stands for, or None."""
    found = _IN_BLOCK.search(name)
    if found is None:
        last = _NANOGPT_LAST if arch == "nanogpt" else _LLAMA_LAST
        return (_OUTSIDE | last).get(name.partition("/")[2])
    i, leaf = found.groups()
    inside = _QKV[arch] if leaf == "attention/qkv_linear/weight" else _BLOCK.get(leaf)
    return None if inside is None else tuple(f"h.{i}.{part}" for part in inside)


def _check_size(slot: Slot) -> None:
    """Compare the size; only the vocabulary may be padded."""
    if not slot.parts:
        return
    rows = sum(shape[0] for _, shape in slot.parts)
    columns = slot.parts[0][1][1:]
    space = slot.shape[2:] if columns else slot.shape[3:]
    is_padded = slot.parts[0][0] in ("wte.weight", "lm_head.weight")
    fits = space[0] >= rows if is_padded else space[0] == rows
    if not fits or tuple(space[1:]) != columns:
        raise _unknown(f"{slot.name} has shape {list(slot.shape)}, not {[rows, *columns]}.")


def _unknown(why: str) -> NotSupported:
    return NotSupported(
        "This ttml's model is laid out in a way that is not known here.",
        why,
        "Report it with `ttgpt-tui doctor --json`; train with --backend torch meanwhile.",
    )
