"""How large a run is before it starts: parameters, memory, arithmetic. Estimates, and called so.

L n_layer, C n_embd, H hidden width, G key and value heads, D head size, T block_size,
B batch_size, V vocab_size, P parameters.
"""

from __future__ import annotations

import math

from .canonical import parameter_count, shapes
from .config import ModelConfig, RunConfig, TrainConfig


def training_bytes(config: RunConfig, vocab_size: int) -> int:
    """Estimate the memory that training takes on the device, in bytes.

    16 P for the float32 weights, their gradients and AdamW's two moments, and 2 P more for
    bfloat16 copies. Then, for one micro-batch,

        B T (L + 1) a K     K numbers that a block keeps of a token for the backward pass, in L
                            blocks, and once more as the gradients of the block under way;
                            a = 4 bytes in float32, 2 in bfloat16 (`auto` counts as float32)
        B T 12 V            logits, their logarithmic softmax and their gradient

    with K = 8 C + 2 H          nanogpt: in and out of both norms, q, k, v, attention's output, the
                                MLP before and after GELU
         K = 9 C + 3 G D + 4 H  llama: norms also before their gain, q and k also before turning,
                                four arrays in the MLP
         + 2 C + 3 n_head T     with dropout: its masks, and attention that is not fused

    The kind of count is that of Korthikanti et al. 2022, "Reducing Activation Recomputation in
    Large Transformer Models", section 4.1. The program and its libraries come on top: measured on
    a CPU, the peaks of four shapes (14 to 503 MB) were 386 to 450 MB higher.
    """
    model, train = config.model, config.train
    parameters = parameter_count(model, vocab_size)
    half = train.precision == "bfloat16"
    per_block = (2 if half else 4) * _kept_numbers(model)
    tokens = train.batch_size * model.block_size
    held = (18 if half else 16) * parameters
    return held + tokens * ((model.n_layer + 1) * per_block + 12 * vocab_size)


def card_bytes(model: ModelConfig, train: TrainConfig, vocab_size: int) -> int:
    """Estimate the memory that training takes on each chip of a card, in bytes.

    12 P as tt-train's lesson has it (bfloat16 weights, gradients, moments, and what is kept while
    they change), or 16 P with float32 masters and moments, which several chips have too. Then what
    `training_bytes` counts, in bfloat16, for the chip's share of a micro-batch, and attention's
    three squares in every block, since not every version fuses them. Logits are whole tiles of 32
    wide; where that is more than V, the mask of the columns beyond and its sum with the logits come
    on top.
    """
    tokens = train.batch_size // train.devices * model.block_size
    has_masters = train.precision == "float32" or train.devices > 1
    held = (16 if has_masters else 12) * parameter_count(model, vocab_size)
    squares = 0 if model.dropout > 0 else 3 * model.n_head * model.block_size
    per_block = 2 * (_kept_numbers(model) + squares)
    width = -(-vocab_size // 32) * 32
    of_logits = 2 * width * (3 if width == vocab_size else 5)
    return held + tokens * ((model.n_layer + 1) * per_block + of_logits)


def flops_per_token(model: ModelConfig, vocab_size: int) -> int:
    """Give the floating-point operations of training on one token: 6 N + 12 L C T.

    Forward and backward pass together, after appendix B of Chowdhery et al. 2022, "PaLM". N leaves
    out tables that are only looked up: the positions, and the token embedding unless it is the
    output head too. Attention is counted over the whole block, as there.
    """
    looked_up = {"wpe.weight"} if model.tie_weights else {"wpe.weight", "wte.weight"}
    table = shapes(model, vocab_size)
    multiplied = sum(math.prod(shape) for name, shape in table.items() if name not in looked_up)
    return 6 * multiplied + 12 * model.n_layer * model.n_embd * model.block_size


def tokens_per_parameter(train_tokens: int, model: ModelConfig, vocab_size: int) -> float:
    """Give how many tokens of text there are for each parameter.

    About 20 is where Hoffmann et al. 2022 ("Chinchilla") found compute best spent; well below 1 a
    model can learn its text by heart.
    """
    return train_tokens / parameter_count(model, vocab_size)


def _kept_numbers(model: ModelConfig) -> int:
    """Count what one block keeps of one token for the backward pass."""
    width, hidden = model.n_embd, model.hidden
    if model.arch == "llama":
        kept = 9 * width + 3 * model.kv_heads * model.head_size + 4 * hidden
    else:
        kept = 8 * width + 2 * hidden
    unfused = 2 * width + 3 * model.n_head * model.block_size
    return kept + (unfused if model.dropout > 0 else 0)
