"""What both architectures share: the token embedding and the head that scores the next token."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from ...config import ModelConfig
from .attention import LayerCache
from .linear import Linear, product


class LanguageModel(nn.Module):
    """A network whose parameters bear the canonical names.

    `forward` takes token ids [B, T] to hidden states [B, T, C]; `logits` scores them. They are
    apart because writing text needs the scores of the last position alone.
    """

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(vocab_size, config.n_embd)
        self.lm_head: Linear | None = None
        self.rounded_head: Tensor | None = None
        """A tied head's weight in bfloat16; see `linear.Linear.rounded`."""
        if not config.tie_weights:
            self.lm_head = Linear(config.n_embd, vocab_size, bias=False)

    def forward(self, ids: Tensor, caches: Sequence[LayerCache] | None = None) -> Tensor:
        """Take ids [B, T] to hidden states [B, T, C], the final norm included.

        Args:
            ids: Token ids.
            caches: One for each block; the ids then continue what the caches have seen, and are
                either all there is so far or one token.
        """
        raise NotImplementedError

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary: [..., C] to [..., V]."""
        if self.lm_head is not None:
            scores: Tensor = self.lm_head(hidden)
            return scores
        rounded = self.rounded_head if self.training else None
        return product(hidden, self.wte.weight, None, rounded)

    def new_caches(self, n: int) -> list[LayerCache]:
        """Make empty caches for n sequences, one for each block."""
        config, device = self.config, self.wte.weight.device
        shape = (n, config.kv_heads, config.block_size, config.head_size)
        return [LayerCache(*shape, device) for _ in range(config.n_layer)]
