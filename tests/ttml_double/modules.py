"""`ttml.modules` and `ttml.models`: networks with the names and shapes of sections 5 to 7."""

from __future__ import annotations

import dataclasses
import enum
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import ops
from .device_tensor import DataType, Layout
from .device_tensor import Tensor as DeviceTensor
from .machine import Machine
from .tensor import Tensor


class RunMode(enum.Enum):
    TRAIN = 0
    EVAL = 1


class RunnerType(enum.Enum):
    Default = 0
    MemoryEfficient = 1


class WeightTyingType(enum.Enum):
    Disabled = 0
    Enabled = 1


class NamedParameters(dict[str, Tensor]):
    """A bound map; its order is its own: backwards, so that nobody relies on it."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().keys(), reverse=True))

    def keys(self) -> Any:
        return list(self)

    def values(self) -> Any:
        return [self[name] for name in self]

    def items(self) -> Any:
        return [(name, self[name]) for name in self]


class AbstractModuleBase:
    def __init__(self, machine: Machine) -> None:
        machine.need()
        self.machine = machine
        self._parameters: dict[str, Tensor] = {}
        self._mode = RunMode.TRAIN
        machine.on_device.add(self)

    def parameters(self) -> NamedParameters:
        return NamedParameters(self._parameters)

    def train(self) -> None:
        self.set_run_mode(RunMode.TRAIN)

    def eval(self) -> None:
        self.set_run_mode(RunMode.EVAL)

    def get_run_mode(self) -> RunMode:
        return self._mode

    def set_run_mode(self, mode: RunMode, /) -> None:
        self._mode = mode

    def __call__(self, *inputs: Any) -> Tensor:
        self.machine.fault()
        self.machine.shapes.add(tuple(inputs[0].shape()))
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Tensor:
        raise NotImplementedError

    def _make(self, name: str, *shape: int, fill: float | None = None) -> None:
        """Register a bfloat16 parameter; without `fill` it is drawn from normal(0, 0.02)."""
        is_old = self.machine.generation.name == "old"
        rng: Any = np.random if is_old else self.machine.rng  # section 2, seeding
        whole = (1,) * (4 - len(shape)) + shape
        values = rng.normal(0, 0.02, whole) if fill is None else np.full(whole, fill)
        copies = [values.astype(np.float32) for _ in range(self.machine.chips)]
        value = DeviceTensor(self.machine, copies, DataType.BFLOAT16, Layout.TILE)
        self._parameters[name] = self.machine.tensor(value, True)  # type: ignore[attr-defined]

    def _affine(self, name: str, out: int, width: int, bias: bool) -> None:
        self._make(f"{name}/weight", out, width)
        if bias:
            self._make(f"{name}/bias", out, fill=0.0)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        found = self._parameters
        return ops.linear(x, found[f"{name}/weight"], found.get(f"{name}/bias"))

    def _dropped(self, x: Tensor, probability: float) -> Tensor:
        return ops.dropout(x, probability if self._mode is RunMode.TRAIN else 0.0)


def padded(vocab_size: int) -> int:
    return -(-vocab_size // 32) * 32


@dataclasses.dataclass(frozen=True)
class Shape:
    """A network's sizes, under whichever config's names they came."""

    vocab_size: int
    length: int
    width: int
    n_layer: int
    n_head: int
    dropout: float
    tied: bool
    groups: int = 0
    hidden: int = 0
    theta: float = 0.0


class GPT2(AbstractModuleBase):
    """NanoGPT, and its C++ twin under other names."""

    def __init__(self, machine: Machine, shape: Shape, names: str) -> None:
        super().__init__(machine)
        self.config_ = shape
        if shape.tied and shape.vocab_size % 32:
            raise ValueError("weight tying needs a vocab_size that is a multiple of 32")
        root = "NanoGPT" if names == "python" else "transformer"
        self._root, self._python = root, names == "python"
        width, vocab = shape.width, shape.vocab_size
        if not shape.tied:
            self._make(f"{root}/tok_emb/weight", padded(vocab), width)
        self._make(f"{root}/pos_emb/weight", shape.length, width)
        for i in range(shape.n_layer):
            block = self._block(i)
            self._affine(f"{block}/attention/qkv_linear", 3 * width, width, True)
            self._affine(f"{block}/attention/out_linear", width, width, True)
            self._affine(f"{block}/mlp/fc1", 4 * width, width, True)
            self._affine(f"{block}/mlp/fc2", width, 4 * width, True)
            for norm in ("ln1", "ln2"):
                self._make(f"{block}/{norm}/gamma", width, fill=1.0)
                self._make(f"{block}/{norm}/beta", width, fill=0.0)
        for part, fill in (("gamma", 1.0), ("beta", 0.0)):
            self._make(self._last(part), width, fill=fill)
        self._affine(f"{root}/fc", vocab, width, False)

    def _block(self, i: int) -> str:
        return f"{self._root}/blocks/{i}" if self._python else f"{self._root}/gpt_block_{i}"

    def _last(self, part: str) -> str:
        return f"{self._root}/ln_f_{part}" if self._python else f"{self._root}/ln_fc/{part}"

    def forward(self, idx: Tensor, mask: Tensor | None = None, /) -> Tensor:
        shape, found = self.config_, self._parameters
        if mask is None and not self._python:
            raise TypeError("__call__(): incompatible function arguments")
        if idx.shape()[-1] != shape.length:
            raise ValueError(f"sequence {idx.shape()[-1]} is not block_size {shape.length}")
        table = found.get(f"{self._root}/tok_emb/weight", found[f"{self._root}/fc/weight"])
        x = ops.add(ops.embedding(idx, table), found[f"{self._root}/pos_emb/weight"])
        x = self._dropped(x, shape.dropout)
        for i in range(shape.n_layer):
            x = self._run_block(self._block(i), x, mask)
        x = ops.layernorm(x, found[self._last("gamma")], found[self._last("beta")])
        return self._linear(f"{self._root}/fc", x)

    def _run_block(self, block: str, x: Tensor, mask: Tensor | None) -> Tensor:
        shape = self.config_
        qkv = self._linear(f"{block}/attention/qkv_linear", self._norm(f"{block}/ln1", x))
        width = shape.width
        parts = [ops.rows_between(qkv, k * width, (k + 1) * width) for k in range(3)]
        q, k, v = (ops.heads(part, shape.n_head) for part in parts)
        mixed = ops.fuse_heads(ops.attention(q, k, v, mask))
        out = self._linear(f"{block}/attention/out_linear", mixed)
        x = ops.add(x, self._dropped(out, shape.dropout))
        inner = ops.gelu(self._linear(f"{block}/mlp/fc1", self._norm(f"{block}/ln2", x)))
        return ops.add(x, self._dropped(self._linear(f"{block}/mlp/fc2", inner), shape.dropout))

    def _norm(self, name: str, x: Tensor) -> Tensor:
        return ops.layernorm(x, self._parameters[f"{name}/gamma"], self._parameters[f"{name}/beta"])


class LlamaNetwork(AbstractModuleBase):
    """Llama under the C++ names, the split names or the fused ones (section 7.1)."""

    def __init__(self, machine: Machine, shape: Shape, names: str) -> None:
        super().__init__(machine)
        self.config_, self._names = shape, names
        self._root = "llama" if names == "c++" else "Llama"
        width, shared = shape.width, 2 * shape.groups * (shape.width // shape.n_head)
        if not shape.tied:
            self._make(f"{self._root}/tok_emb/weight", padded(shape.vocab_size), width)
        self._make(f"{self._root}/fc/weight", padded(shape.vocab_size), width)
        self._make(f"{self._root}/ln_fc/gamma", width, fill=1.0)
        for i in range(shape.n_layer):
            block = self._block(i)
            self._make(f"{block}/attention_norm/gamma", width, fill=1.0)
            self._make(f"{block}/mlp_norm/gamma", width, fill=1.0)
            self._make(f"{block}/attention/out_linear/weight", width, width)
            self._make(f"{block}/mlp/w2/weight", width, shape.hidden)
            if names == "fused":
                self._make(f"{block}/attention/qkv_linear/weight", width + shared, width)
                self._make(f"{block}/mlp/w_gate_up/weight", 2 * shape.hidden, width)
            else:
                self._make(f"{block}/attention/q_linear/weight", width, width)
                self._make(f"{block}/attention/kv_linear/weight", shared, width)
                self._make(f"{block}/mlp/w1/weight", shape.hidden, width)
                self._make(f"{block}/mlp/w3/weight", shape.hidden, width)

    def _block(self, i: int) -> str:
        between = "llama_block_" if self._names == "c++" else "blocks/"
        return f"{self._root}/{between}{i}"

    def forward(
        self,
        input: Tensor,  # noqa: A002
        mask: Tensor | None,
        kv_cache: Any = None,
        new_tokens: Any = None,
        /,
    ) -> Tensor:
        shape, found = self.config_, self._parameters
        if mask is None and self._names == "c++":
            raise TypeError("__call__(): incompatible function arguments")
        if input.shape()[-1] != shape.length:
            raise RuntimeError("TT_FATAL: rope: sequence length differs from the cached one")
        table = found.get(f"{self._root}/tok_emb/weight", found[f"{self._root}/fc/weight"])
        x = ops.embedding(input, table)
        for i in range(shape.n_layer):
            x = self._run_block(self._block(i), x, mask)
        logits = self._linear(
            f"{self._root}/fc", ops.rmsnorm(x, found[f"{self._root}/ln_fc/gamma"], 1e-5)
        )
        # The Python model cuts the padding off, the C++ one keeps it.
        cut = self._names != "c++" and padded(shape.vocab_size) != shape.vocab_size
        return ops.rows_between(logits, 0, shape.vocab_size) if cut else logits

    def _run_block(self, block: str, x: Tensor, mask: Tensor | None) -> Tensor:
        shape = self.config_
        y = ops.rmsnorm(x, self._parameters[f"{block}/attention_norm/gamma"], 1e-5)
        q, k, v = self._queries_keys_values(block, y)
        q, k = ops.rope(q, shape.theta), ops.rope(k, shape.theta)
        mixed = ops.fuse_heads(ops.attention(q, k, v, mask))
        out = self._linear(f"{block}/attention/out_linear", mixed)
        x = ops.add(x, self._dropped(out, shape.dropout))
        y = ops.rmsnorm(x, self._parameters[f"{block}/mlp_norm/gamma"], 1e-5)
        inner = ops.swiglu(*self._gate_and_up(block, y))
        return ops.add(x, self._dropped(self._linear(f"{block}/mlp/w2", inner), shape.dropout))

    def _queries_keys_values(self, block: str, y: Tensor) -> list[Tensor]:
        shape = self.config_
        width, shared = shape.width, shape.groups * (shape.width // shape.n_head)
        if self._names == "fused":
            qkv = self._linear(f"{block}/attention/qkv_linear", y)
            ends = (0, width, width + shared, width + 2 * shared)
            q, k, v = (ops.rows_between(qkv, a, b) for a, b in itertools.pairwise(ends))
        else:
            q = self._linear(f"{block}/attention/q_linear", y)
            kv = self._linear(f"{block}/attention/kv_linear", y)
            k, v = ops.rows_between(kv, 0, shared), ops.rows_between(kv, shared, 2 * shared)
        return [ops.heads(q, shape.n_head), *(ops.heads(part, shape.groups) for part in (k, v))]

    def _gate_and_up(self, block: str, y: Tensor) -> list[Tensor]:
        if self._names != "fused":
            return [self._linear(f"{block}/mlp/{part}", y) for part in ("w1", "w3")]
        both, hidden = self._linear(f"{block}/mlp/w_gate_up", y), self.config_.hidden
        return [ops.rows_between(both, 0, hidden), ops.rows_between(both, hidden, 2 * hidden)]
