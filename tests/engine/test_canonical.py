import math

from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.canonical import parameter_count, shapes
from ttgpt.engine.config import ModelConfig

GPT = ModelConfig(n_layer=2, n_head=2, n_embd=8, block_size=16)
LLAMA = ModelConfig(
    arch="llama", n_layer=2, n_head=4, n_kv_head=2, n_embd=8, block_size=16, mlp_hidden=24
)


def test_the_table_of_a_nanogpt() -> None:
    assert shapes(GPT, 65) == {
        "wte.weight": (65, 8),
        "wpe.weight": (16, 8),
        **{
            f"h.{i}.{name}": shape
            for i in (0, 1)
            for name, shape in {
                "ln_1.weight": (8,),
                "ln_1.bias": (8,),
                "attn.qkv.weight": (24, 8),
                "attn.qkv.bias": (24,),
                "attn.proj.weight": (8, 8),
                "attn.proj.bias": (8,),
                "ln_2.weight": (8,),
                "ln_2.bias": (8,),
                "mlp.fc.weight": (32, 8),
                "mlp.fc.bias": (32,),
                "mlp.proj.weight": (8, 32),
                "mlp.proj.bias": (8,),
            }.items()
        },
        "ln_f.weight": (8,),
        "ln_f.bias": (8,),
    }


def test_the_table_of_a_llama() -> None:
    assert shapes(LLAMA, 65) == {
        "wte.weight": (65, 8),
        **{
            f"h.{i}.{name}": shape
            for i in (0, 1)
            for name, shape in {
                "norm_1.weight": (8,),
                "attn.q.weight": (8, 8),
                "attn.k.weight": (4, 8),
                "attn.v.weight": (4, 8),
                "attn.proj.weight": (8, 8),
                "norm_2.weight": (8,),
                "mlp.gate.weight": (24, 8),
                "mlp.up.weight": (24, 8),
                "mlp.down.weight": (8, 24),
            }.items()
        },
        "norm_f.weight": (8,),
    }


def test_without_bias_no_bias_is_left() -> None:
    bare = ModelConfig(n_layer=2, n_head=2, n_embd=8, block_size=16, bias=False)
    names = {name for name in shapes(GPT, 65) if not name.endswith(".bias")}
    assert set(shapes(bare, 65)) == names


def test_an_untied_head_comes_last() -> None:
    untied = ModelConfig(n_layer=1, n_head=2, n_embd=8, tie_weights=False)
    assert list(shapes(untied, 65).items())[-1] == ("lm_head.weight", (65, 8))
    assert "lm_head.weight" not in shapes(GPT, 65)


def test_counts_that_are_known() -> None:
    gpt_2 = ModelConfig(n_layer=12, n_head=12, n_embd=768, block_size=1024)
    assert parameter_count(gpt_2, 50_257) == 124_439_808  # GPT-2 small as published
    tiny_llama = ModelConfig(
        arch="llama", n_layer=22, n_head=32, n_kv_head=4, n_embd=2048, mlp_hidden=5632,
        tie_weights=False,
    )  # fmt: skip
    assert parameter_count(tiny_llama, 32_000) == 1_100_048_384  # TinyLlama 1.1B as published
    lesson = ModelConfig(
        arch="llama", n_layer=6, n_head=6, n_kv_head=3, n_embd=384, tie_weights=False
    )
    assert parameter_count(lesson, 96) == 9_810_816  # as the lesson's run of nanollama3 prints it


@given(
    arch=st.sampled_from(["nanogpt", "llama"]),
    n_layer=st.integers(1, 4),
    heads=st.sampled_from([(1, 1), (4, 1), (4, 2), (6, 3)]),
    head_size=st.sampled_from([2, 4, 8]),
    vocab_size=st.integers(1, 300),
    bias=st.booleans(),
    tied=st.booleans(),
)
def test_the_count_is_the_closed_form(
    arch: str,
    n_layer: int,
    heads: tuple[int, int],
    head_size: int,
    vocab_size: int,
    bias: bool,
    tied: bool,
) -> None:
    width = heads[0] * head_size
    model = ModelConfig(
        arch=arch, n_layer=n_layer, n_head=heads[0], n_kv_head=heads[1], n_embd=width,
        block_size=32, mlp_hidden=3 * width, bias=bias, tie_weights=tied,
    )  # fmt: skip
    c, h, v = width, 3 * width, vocab_size
    if arch == "llama":
        block = 2 * c + 2 * c * c + 2 * c * heads[1] * head_size + 3 * c * h
        outside = c
    else:
        block = 2 * c + 4 * c * c + 2 * c * h + bias * (2 * c + 3 * c + c + h + c)
        outside = 32 * c + c + bias * c
    assert parameter_count(model, v) == n_layer * block + outside + v * c * (1 if tied else 2)
    assert parameter_count(model, v) == sum(math.prod(s) for s in shapes(model, v).values())
