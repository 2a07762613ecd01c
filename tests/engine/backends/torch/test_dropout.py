"""Dropout from a quarter of a drawn number each."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.backends.torch_backend.dropout import dropout


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.9])
def test_it_zeroes_the_share_and_keeps_the_mean(share: float, dtype: torch.dtype) -> None:
    torch.manual_seed(3)
    x = torch.ones(400, 1001, dtype=dtype)  # not a multiple of four
    found = dropout(x, share).double()
    # Six standard deviations of a share of so many draws.
    apart = 6 * (share * (1 - share) / x.numel()) ** 0.5
    assert float((found == 0).double().mean()) == pytest.approx(share, abs=apart)
    kept = found[found != 0]
    assert float(kept.min()) == float(kept.max()) == pytest.approx(1 / (1 - share), rel=4e-3)


def test_neighbours_and_the_four_of_one_number_do_not_depend_on_each_other() -> None:
    torch.manual_seed(4)
    zero = (dropout(torch.ones(400_000), 0.5) == 0).double()
    for distance in (1, 2, 3, 4, 8):
        pairs = (zero[:-distance] * zero[distance:]).mean()
        assert float(pairs) == pytest.approx(0.25, abs=0.005)


def test_the_gradient_goes_where_the_value_went() -> None:
    torch.manual_seed(5)
    x = torch.randn(50, 7).requires_grad_()
    dropped = dropout(x, 0.3)
    dropped.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), dropped.detach())


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 40))
def test_any_share_of_any_size(share: float, size: int) -> None:
    x = torch.ones(size)
    found = dropout(x, share)
    assert found.shape == x.shape
    assert found.isfinite().all()
    assert torch.equal(dropout(x, share, training=False), x)
