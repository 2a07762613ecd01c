"""The classes and configs that make the networks, as each generation binds them."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

from .machine import Machine
from .modules import GPT2, LlamaNetwork, RunnerType, Shape, WeightTyingType


@dataclasses.dataclass
class NanoGPTExperimentalConfig:
    use_composite_layernorm: bool = False


@dataclasses.dataclass
class OldNanoGPTConfig:
    vocab_size: int = 50304
    block_size: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    dropout: float = 0.2
    bias: bool = True


@dataclasses.dataclass
class NanoGPTConfig(OldNanoGPTConfig):
    runner_type: RunnerType = RunnerType.Default
    weight_tying: WeightTyingType = WeightTyingType.Disabled
    positional_embedding_type: str = "trainable"
    experimental: NanoGPTExperimentalConfig = dataclasses.field(
        default_factory=NanoGPTExperimentalConfig
    )


@dataclasses.dataclass(frozen=True)
class LlamaRopeScalingConfig:
    scaling_factor: float = 0.0
    high_freq_factor: float = 4.0
    low_freq_factor: float = 1.0
    original_context_length: int = 0


@dataclasses.dataclass(frozen=True)
class NewestLlamaConfig:
    hidden_size: int = 384
    intermediate_size: int | None = None
    num_hidden_layers: int = 6
    num_attention_heads: int = 6
    num_key_value_heads: int = 2
    vocab_size: int = 256
    max_position_embeddings: int = 256
    rope_theta: float = 10000.0
    attention_bias: bool = False
    attention_dropout: float = 0.0
    mlp_dropout: float = 0.0
    runner_type: RunnerType = RunnerType.Default
    weight_tying: WeightTyingType = WeightTyingType.Disabled
    rope_scaling: LlamaRopeScalingConfig = dataclasses.field(default_factory=LlamaRopeScalingConfig)


@dataclasses.dataclass(frozen=True)
class LlamaConfig(NewestLlamaConfig):
    use_tp: bool = False


class CppLlamaConfig:
    """Attributes with defaults; an unknown one is refused. Tied unless told otherwise (7.2)."""

    __slots__ = (
        "dropout_prob", "embedding_dim", "intermediate_dim", "max_sequence_length", "num_blocks",
        "num_groups", "num_heads", "runner_type", "scaling_factor", "theta", "vocab_size",
        "weight_tying",
    )  # fmt: skip

    def __init__(self) -> None:
        self.num_heads, self.num_groups, self.num_blocks = 6, 3, 6
        self.embedding_dim, self.intermediate_dim = 384, None
        self.dropout_prob, self.theta, self.scaling_factor = 0.2, 10000.0, 0.0
        self.vocab_size = self.max_sequence_length = 256
        self.runner_type, self.weight_tying = RunnerType.Default, WeightTyingType.Enabled


class GPT2TransformerConfig:
    """Of the C++ twin of NanoGPT (section 6)."""

    __slots__ = (
        "dropout_prob", "embedding_dim", "experimental", "max_sequence_length", "num_blocks",
        "num_heads", "positional_embedding_type", "runner_type", "vocab_size", "weight_tying",
    )  # fmt: skip

    def __init__(self) -> None:
        self.num_heads, self.num_blocks, self.embedding_dim = 6, 6, 384
        self.dropout_prob, self.vocab_size, self.max_sequence_length = 0.2, 256, 256
        self.runner_type, self.weight_tying = RunnerType.Default, WeightTyingType.Disabled
        self.positional_embedding_type, self.experimental = None, None


def nanogpt_members(machine: Machine) -> dict[str, Any]:
    extra = machine.generation.nanogpt_extra_fields
    config_class = NanoGPTConfig if extra else OldNanoGPTConfig
    config_class = dataclasses.make_dataclass("NanoGPTConfig", [], bases=(config_class,))

    class NanoGPT(GPT2):
        def __init__(self, config: Any, /) -> None:
            if not isinstance(config, config_class):
                raise TypeError("NanoGPT takes a NanoGPTConfig")
            if not config.bias:
                raise TypeError("layernorm(): incompatible function arguments: beta is None")
            tying = getattr(config, "weight_tying", WeightTyingType.Disabled)
            shape = Shape(
                vocab_size=config.vocab_size,
                length=config.block_size,
                width=config.n_embd,
                n_layer=config.n_layer,
                n_head=config.n_head,
                dropout=config.dropout,
                tied=tying is WeightTyingType.Enabled,
            )
            super().__init__(machine, shape, "python")

    def create_nanogpt(config: Any, /) -> NanoGPT:
        return NanoGPT(config)

    members = {"NanoGPT": NanoGPT, "NanoGPTConfig": config_class, "create_nanogpt": create_nanogpt}
    return members | ({"NanoGPTExperimentalConfig": NanoGPTExperimentalConfig} if extra else {})


def gpt2_members(machine: Machine) -> dict[str, Any]:
    def create_gpt2_model(cfg: GPT2TransformerConfig, /) -> GPT2:
        shape = Shape(
            vocab_size=cfg.vocab_size,
            length=cfg.max_sequence_length,
            width=cfg.embedding_dim,
            n_layer=cfg.num_blocks,
            n_head=cfg.num_heads,
            dropout=cfg.dropout_prob,
            tied=cfg.weight_tying is WeightTyingType.Enabled,
        )
        return GPT2(machine, shape, "c++")

    return {
        "GPT2TransformerConfig": GPT2TransformerConfig,
        "create_gpt2_model": create_gpt2_model,
    }


def llama_members(machine: Machine) -> dict[str, Any]:
    def create_llama_model(cfg: CppLlamaConfig, /) -> LlamaNetwork:
        shape = Shape(
            vocab_size=cfg.vocab_size,
            length=cfg.max_sequence_length,
            width=cfg.embedding_dim,
            n_layer=cfg.num_blocks,
            n_head=cfg.num_heads,
            dropout=cfg.dropout_prob,
            tied=cfg.weight_tying is WeightTyingType.Enabled,
            groups=cfg.num_groups,
            hidden=cfg.intermediate_dim or _default_hidden(cfg.embedding_dim),
            theta=cfg.theta,
        )
        return LlamaNetwork(machine, shape, "c++")

    if machine.generation.llama == "c++":
        return {"LlamaConfig": CppLlamaConfig, "create_llama_model": create_llama_model}
    is_newest = machine.generation.llama == "fused"
    config_class = NewestLlamaConfig if is_newest else LlamaConfig

    class Llama(LlamaNetwork):
        def __init__(self, config: Any, /) -> None:
            if config.max_position_embeddings % 32:
                raise ValueError("max_position_embeddings must be divisible by 32")
            shape = Shape(
                vocab_size=config.vocab_size,
                length=config.max_position_embeddings,
                width=config.hidden_size,
                n_layer=config.num_hidden_layers,
                n_head=config.num_attention_heads,
                dropout=config.attention_dropout,
                tied=config.weight_tying is WeightTyingType.Enabled,
                groups=config.num_key_value_heads,
                hidden=config.intermediate_size or _default_hidden(config.hidden_size),
                theta=config.rope_theta,
            )
            super().__init__(machine, shape, machine.generation.llama)

    return {
        "LlamaConfig": config_class,
        "Llama": Llama,
        "LlamaRopeScalingConfig": LlamaRopeScalingConfig,
        "CppLlamaConfig": CppLlamaConfig,
        "create_cpp_llama_model": create_llama_model,
    }


def _default_hidden(width: int) -> int:
    return -(-width * 8 // 3 // 256) * 256


def shared_members() -> SimpleNamespace:
    return SimpleNamespace(RunnerType=RunnerType, WeightTyingType=WeightTyingType)
