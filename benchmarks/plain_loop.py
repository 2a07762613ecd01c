"""The reference that training is held against: a small GPT and its loop, written the plain way.

Float32, eager, one `nn.Linear` a product, PyTorch's fused attention, AdamW as it comes, and a batch
of one slice a sequence. Nothing of `ttgpt` is in it.

    python benchmarks/plain_loop.py c

is a process of its own: it reads numbers of steps, a line each, and prints the seconds of one.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """A model and its batch."""

    name: str
    n_layer: int
    n_head: int
    n_embd: int
    block_size: int
    batch_size: int
    vocab_size: int = 65


SHAPES = {
    "a": Shape("a", 6, 6, 384, 256, 4),
    "b": Shape("b", 4, 4, 128, 64, 12),
    "c": Shape("c", 4, 4, 64, 32, 16),
}


class PlainBlock(nn.Module):
    """Attention and MLP with norms before them."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, self.n_head = shape.n_embd, shape.n_head
        self.norm_1 = nn.LayerNorm(width, bias=False)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.norm_2 = nn.LayerNorm(width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Take [B, T, C] to [B, T, C]."""
        b, t, c = x.shape
        q, k, v = (
            part.view(b, t, self.n_head, c // self.n_head).transpose(1, 2)
            for part in self.qkv(self.norm_1(x)).split(c, dim=2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, c))
        out: Tensor = x + self.down(F.gelu(self.up(self.norm_2(x))))
        return out


class PlainGPT(nn.Module):
    """Learned positions, tied head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.tokens = nn.Embedding(shape.vocab_size, shape.n_embd)
        self.places = nn.Embedding(shape.block_size, shape.n_embd)
        self.blocks = nn.ModuleList(PlainBlock(shape) for _ in range(shape.n_layer))
        self.norm = nn.LayerNorm(shape.n_embd, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Take ids [B, T] to logits [B, T, V]."""
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x), self.tokens.weight)


class PlainLoop:
    """One model and its steps."""

    def __init__(self, shape: Shape, tokens: np.ndarray, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self._shape, self._tokens = shape, tokens
        self._model = PlainGPT(shape)
        for weights in self._model.parameters():
            if weights.ndim == 2:
                nn.init.normal_(weights, std=0.02)
        groups = [
            {"params": [p for p in self._model.parameters() if p.ndim == 2], "weight_decay": 0.1},
            {"params": [p for p in self._model.parameters() if p.ndim < 2], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))
        self._rng = np.random.default_rng(seed)
        self._threads = torch.get_num_threads()

    def step(self) -> float:
        """Do one optimizer step and give its loss."""
        torch.set_num_threads(self._threads)  # another model in the process may have its own
        inputs, targets = self._batch()
        logits = self._model(inputs)
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        return loss.item()

    @torch.no_grad()
    def generate(self, count: int, samples: int, temperature: float = 0.8, top_k: int = 40) -> None:
        """Write tokens the plain way: the whole visible text goes through for each one."""
        torch.set_num_threads(self._threads)
        ids = torch.zeros((samples, 1), dtype=torch.long)
        for _ in range(count):
            logits = self._model(ids[:, -self._shape.block_size :])[:, -1] / temperature
            least = torch.topk(logits, top_k).values[:, -1:]
            chances = logits.masked_fill(logits < least, -torch.inf).softmax(-1)
            ids = torch.cat((ids, torch.multinomial(chances, 1)), dim=1)

    def _batch(self) -> tuple[Tensor, Tensor]:
        length = self._shape.block_size
        starts = self._rng.integers(len(self._tokens) - length, size=self._shape.batch_size)
        rows = [self._tokens[s : s + length + 1].astype(np.int64) for s in starts]
        inputs = torch.stack([torch.from_numpy(row[:-1]) for row in rows])
        return inputs, torch.stack([torch.from_numpy(row[1:]) for row in rows])


def random_tokens(shape: Shape) -> np.ndarray:
    """Give a text to train on."""
    return np.random.default_rng(0).integers(shape.vocab_size, size=1_000_000).astype(np.uint16)


def main() -> None:
    """Do as many steps as each line asks for."""
    shape = SHAPES[sys.argv[1]]
    loop = PlainLoop(shape, random_tokens(shape))
    for line in sys.stdin:
        start, count = time.perf_counter(), int(line)
        for _ in range(count):
            loop.step()
        print((time.perf_counter() - start) / count, flush=True)


if __name__ == "__main__":
    main()
