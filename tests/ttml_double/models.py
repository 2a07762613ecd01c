"""The classes and configs that make the networks, as each generation binds them."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, ClassVar

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


class Attributes:
    """A bound config: attributes with defaults, and an unknown one is refused."""

    defaults: ClassVar[dict[str, Any]] = {
        "num_heads": 6,
        "num_blocks": 6,
        "embedding_dim": 384,
        "dropout_prob": 0.2,
        "vocab_size": 256,
        "max_sequence_length": 256,
        "runner_type": RunnerType.Default,
        "weight_tying": WeightTyingType.Disabled,
    }

    def __init__(self) -> None:
        vars(self).update(self.defaults)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.defaults:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        super().__setattr__(name, value)

    def shape(self) -> Shape:
        return Shape(
            vocab_size=self.vocab_size,
            length=self.max_sequence_length,
            width=self.embedding_dim,
            n_layer=self.num_blocks,
            n_head=self.num_heads,
            dropout=self.dropout_prob,
            tied=self.weight_tying is WeightTyingType.Enabled,
        )

    def __getattr__(self, name: str) -> Any:  # tells the type checker that there are others
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")


class GPT2TransformerConfig(Attributes):
    """Of the C++ twin of NanoGPT (section 6)."""

    defaults = Attributes.defaults | {"positional_embedding_type": None, "experimental": None}


class CppLlamaConfig(Attributes):
    """Tied unless told otherwise (7.2)."""

    defaults = Attributes.defaults | {
        "num_groups": 3,
        "intermediate_dim": None,
        "theta": 10000.0,
        "scaling_factor": 0.0,
        "weight_tying": WeightTyingType.Enabled,
    }


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
        return GPT2(machine, cfg.shape(), "c++")

    return {
        "GPT2TransformerConfig": GPT2TransformerConfig,
        "create_gpt2_model": create_gpt2_model,
    }


def llama_members(machine: Machine) -> dict[str, Any]:
    def create_llama_model(cfg: CppLlamaConfig, /) -> LlamaNetwork:
        hidden = cfg.intermediate_dim or _default_hidden(cfg.embedding_dim)
        of_llama = {"groups": cfg.num_groups, "hidden": hidden, "theta": cfg.theta}
        return LlamaNetwork(machine, dataclasses.replace(cfg.shape(), **of_llama), "c++")

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
