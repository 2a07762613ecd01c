"""Float32 products by oneDNN's operator."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from small_torch import batch, small_model, small_session, small_training

from ttgpt.engine.backends.torch_backend import onednn

has_operator = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this PyTorch has no oneDNN"
)


@has_operator
@pytest.mark.parametrize("with_bias", [True, False])
def test_product_and_gradients_are_those_of_a_linear_layer(with_bias: bool) -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).requires_grad_()

    x, weight, upstream = drawn(2, 150, 24), drawn(40, 24), drawn(2, 150, 40).detach()
    bias = drawn(40) if with_bias else None
    leaves = [leaf for leaf in (x, weight, bias) if leaf is not None]
    wanted = F.linear(x, weight, bias)
    found = onednn.product(x, weight, bias)
    torch.testing.assert_close(found, wanted)
    gradients = [torch.autograd.grad(made, leaves, upstream) for made in (found, wanted)]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-5)


def processor(folder: Path, vendor: str) -> Path:
    path = folder / vendor
    path.write_text(f"processor : 0\nvendor_id : {vendor}\ncpu family : 26\n")
    return path


@has_operator
def test_it_is_for_amd_processors_with_avx_512(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amd, intel = processor(tmp_path, "AuthenticAMD"), processor(tmp_path, "GenuineIntel")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)
    asked = onednn.is_faster_here.__wrapped__
    assert asked(amd)
    assert not asked(intel)
    assert not asked(tmp_path / "absent")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert not asked(amd)


def test_a_pytorch_without_the_operator_keeps_its_own_products(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*arguments: object) -> torch.Tensor:
        raise AttributeError("_linear_pointwise")

    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)
    monkeypatch.setattr(onednn, "_linear", gone)
    assert not onednn.is_faster_here.__wrapped__(processor(tmp_path, "AuthenticAMD"))


@has_operator
@pytest.mark.parametrize("arch", ["nanogpt", "llama"])
def test_a_step_is_the_same_either_way(monkeypatch: pytest.MonkeyPatch, arch: str) -> None:
    found, calls = [], []
    product = onednn.product
    monkeypatch.setattr(onednn, "product", lambda *given: calls.append(1) or product(*given))
    for chosen in (False, True):
        monkeypatch.setattr(onednn, "is_faster_here", lambda chosen=chosen: chosen)
        session = small_session(small_model(arch=arch, block_size=32), small_training())
        inputs, targets = batch(n=10, length=32)
        step = session.train_step([(inputs, targets)], 1e-2)
        summed, tokens = session.evaluate(inputs, targets)
        found.append((float(step.loss), float(step.grad_norm), summed / tokens))
        assert session.describe().numerics["onednn"] is chosen
        assert bool(calls) is chosen
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_few_rows_and_other_types_are_left_to_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn, "is_faster_here", lambda: True)
    assert onednn.suits(torch.zeros(4, 64, 3))
    assert not onednn.suits(torch.zeros(5, 51, 3))
    assert not onednn.suits(torch.zeros(4, 64, 3, dtype=torch.float64))
