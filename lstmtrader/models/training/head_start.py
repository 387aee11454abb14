"""A head that begins where least squares ends: most of the way, before the first gradient."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lstmtrader.models.training.objectives.objective import Objective
from lstmtrader.models.training.resident import Resident
from lstmtrader.models.training.windows import Batch

_RIDGE = 1e-2  # of states that lie in (-1, 1)


@torch.no_grad()
def start_head(
    network: nn.Module, objective: Objective, slice_: Resident, batches: Iterable[Batch]
) -> None:
    """Set the head to the ridge regression of the target on the states of the fresh network.

    A recurrent network with random weights already remembers its inputs; a linear reading of
    that memory, solved exactly, is a far better start than a random one. Does nothing for an
    objective without a location, or a network without a linear layer `head`.

    Parameters
    ----------
    network : nn.Module
        On the device of `slice_`.
    objective : Objective
    slice_ : Resident
        The training slice.
    batches : iterable of Batch
        Every labelled bar of it once.

    References
    ----------
    Jaeger, H. and Haas, H. (2004). Harnessing Nonlinearity: Predicting Chaotic Systems and Saving
    Energy in Wireless Communication. Science, 304(5667), 78-80.
    """
    head = getattr(network, "head", None)
    if objective.location is None or not isinstance(head, nn.Linear):
        return
    seen: list[Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    # One more state that is always 1 makes the intercept, which is not penalised.
    size = head.in_features + 1
    moments = torch.zeros(size, size, dtype=torch.float64)
    product = torch.zeros(size, dtype=torch.float64)
    network.eval()
    for batch in batches:
        seen.clear()
        network(slice_.inputs[batch.bars], last=batch.scored.shape[1])
        scored = slice_.scored(batch)
        states = torch.nn.functional.pad(seen[0][batch.scored], (0, 1), value=1.0)
        weighted = states * scored.weight[batch.scored][:, None]
        moments += (weighted.T @ states).double()
        product += (weighted.T @ scored.target[batch.scored]).double()
    hook.remove()
    network.train()
    penalty = torch.full((size,), _RIDGE, dtype=torch.float64)
    penalty[-1] = 0.0
    solution = torch.linalg.solve(
        moments / moments[-1, -1] + penalty.diag(), product / moments[-1, -1]
    )
    head.weight[objective.location] = solution[:-1].to(head.weight.dtype)
    head.bias[objective.location] = solution[-1].to(head.bias.dtype)
