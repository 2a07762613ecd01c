"""Build the networks with whichever classes this ttml has.

NanoGPT is a Python model in every version read, with a C++ twin; Llama was C++ first and is Python
now. Field names are those of ttml's configs.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import ttml

from ...config import ModelConfig
from ...errors import NotSupported
from .constraints import TILE


def padded(vocab_size: int) -> int:
    """Round up to whole tiles: the width of the logits."""
    return -(-vocab_size // TILE) * TILE


def build_model(config: ModelConfig, vocab_size: int) -> Any:
    """Make the network on the open device.

    Its logits are [B,1,S,padded(vocab_size)].

    Raises:
        NotSupported: This ttml has no class for it.
    """
    width = padded(vocab_size)
    return _nanogpt(config, width) if config.arch == "nanogpt" else _llama(config, width)


def _nanogpt(config: ModelConfig, width: int) -> Any:
    from ttml.models.nanogpt import NanoGPTConfig, create_nanogpt

    fields = {f.name for f in dataclasses.fields(NanoGPTConfig)}
    if config.tie_weights and "weight_tying" not in fields:
        return _cpp_gpt2(config, width)
    wanted = {
        "vocab_size": width,
        "block_size": config.block_size,
        "n_embd": config.n_embd,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "dropout": config.dropout,
        "bias": True,
        "weight_tying": _tying(config),
    }
    known = {name: value for name, value in wanted.items() if name in fields}
    return create_nanogpt(NanoGPTConfig(**known))


def _cpp_gpt2(config: ModelConfig, width: int) -> Any:
    """Make NanoGPT's C++ twin, which ties weights also where the Python model cannot."""
    if not hasattr(ttml.models, "gpt2"):
        raise NotSupported(
            "This ttml cannot tie the output head to the token embedding.",
            "Its NanoGPT has no weight_tying.",
            "Set model.tie_weights to no.",
        )
    cfg = ttml.models.gpt2.GPT2TransformerConfig()
    _fill_cpp(cfg, config, width)
    return ttml.models.gpt2.create_gpt2_model(cfg)


def _llama(config: ModelConfig, width: int) -> Any:
    from ttml.models import llama

    is_python: bool = dataclasses.is_dataclass(llama.LlamaConfig)
    if not is_python:
        cfg = llama.LlamaConfig()
        _fill_cpp(cfg, config, width)
        cfg.num_groups, cfg.intermediate_dim = config.kv_heads, config.hidden
        cfg.theta = config.rope_theta
        return llama.create_llama_model(cfg)
    return llama.Llama(
        llama.LlamaConfig(
            hidden_size=config.n_embd,
            intermediate_size=config.hidden,
            num_hidden_layers=config.n_layer,
            num_attention_heads=config.n_head,
            num_key_value_heads=config.kv_heads,
            vocab_size=width,
            max_position_embeddings=config.block_size,
            rope_theta=config.rope_theta,
            attention_dropout=config.dropout,
            mlp_dropout=config.dropout,
            weight_tying=_tying(config),
        )
    )


def _fill_cpp(cfg: Any, config: ModelConfig, width: int) -> None:
    """Set what both C++ configs have; none of their defaults is relied on."""
    cfg.num_heads, cfg.num_blocks = config.n_head, config.n_layer
    cfg.embedding_dim, cfg.max_sequence_length = config.n_embd, config.block_size
    cfg.vocab_size, cfg.dropout_prob = width, config.dropout
    cfg.runner_type, cfg.weight_tying = ttml.models.RunnerType.Default, _tying(config)


def _tying(config: ModelConfig) -> Any:
    kind = ttml.models.WeightTyingType
    return kind.Enabled if config.tie_weights else kind.Disabled
