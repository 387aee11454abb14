"""Banded attention: equal to the plain full mask, and as small as the band."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from lstmtrader.models.recurrent.attention import Block, banded_attention

sys.path.insert(0, str(Path(__file__).parent))
import networks as plain


@pytest.mark.parametrize("lookback", [1, 2, 7, 16, 100])
@pytest.mark.parametrize("steps", [1, 6, 7, 40])
def test_equals_attention_with_the_whole_mask(steps: int, lookback: int) -> None:
    generator = torch.Generator().manual_seed(steps + 100 * lookback)
    queries, keys, values = torch.randn(3, 2, 3, steps, 5, generator=generator)
    expected = np.empty(queries.shape)
    for row in range(2):
        for head in range(3):
            parts = (tensor[row, head].double().numpy() for tensor in (queries, keys, values))
            expected[row, head] = plain.attention(*parts, lookback)
    for answered in {1, steps // 2 or 1, max(steps - lookback + 1, 1), steps}:
        got = banded_attention(queries[:, :, -answered:], keys, values, lookback)
        np.testing.assert_allclose(got.numpy(), expected[:, :, -answered:], rtol=0, atol=1e-6)


def test_gradients_equal_those_of_the_whole_mask() -> None:
    generator = torch.Generator().manual_seed(0)
    parts = torch.randn(3, 1, 1, 23, 4, generator=generator, dtype=torch.float64)
    mask = torch.ones(23, 23, dtype=torch.bool).tril().triu(-5)

    def gradients(banded: bool) -> tuple[Tensor, ...]:
        q, k, v = leaves = [part.clone().requires_grad_() for part in parts]
        if banded:
            attended = banded_attention(q, k, v, 6)
        else:
            scores = (q @ k.transpose(-1, -2) / 2).masked_fill(~mask, -torch.inf)
            attended = scores.softmax(-1) @ v
        return torch.autograd.grad(attended.square().sum(), leaves)

    for got, expected in zip(gradients(True), gradients(False), strict=True):
        torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)


def test_a_step_sees_exactly_its_lookback() -> None:
    torch.manual_seed(0)
    block = Block(16, 7, 0.0).eval()
    states = torch.randn(1, 40, 16)
    with torch.inference_mode():
        before = block(states, None)
        for step in (0, 11, 39):
            changed = states.clone()
            changed[:, step, 0] += 1
            differs = (block(changed, None) != before).any(dim=-1)[0]
            expected = torch.zeros(40, dtype=torch.bool)
            expected[step : step + 7] = True
            assert torch.equal(differs, expected)


class _Largest(TorchDispatchMode):
    """The size of the largest tensor any operation returns."""

    elements = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


def test_memory_grows_with_steps_times_lookback() -> None:
    lookback, hidden, heads = 10, 32, 4
    block = Block(hidden, lookback, 0.0)
    assert block.heads == heads
    for steps in (500, 1000, 2000):
        with _Largest() as mode:
            block(torch.randn(1, steps, hidden), None).sum().backward()
        # The scores: a query is given the keys of its block, fewer than two lookbacks.
        assert steps * lookback * heads <= mode.elements < 2 * steps * lookback * heads
