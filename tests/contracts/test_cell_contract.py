"""Contract of every network: what may depend on what, how it starts, what reaches what."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstmtrader.errors import ContractError
from lstmtrader.models.recurrent import CELLS, BiLSTM, SequenceNetwork, WindowMLP, chrono_
from lstmtrader.models.recurrent.attention import heads_for

FEATURES, OUTPUTS, LOOKBACK, STEPS, HIDDEN = 3, 2, 7, 40, 16
CAUSAL = sorted(name for name, cell in CELLS.items() if cell.causal)
RECURRENT_GATES = {"rnn": 1, "lstm": 4, "gru": 3, "bilstm": 4, "peephole": 4, "attention": 4}
RECURRENT_BIAS = re.compile(r"bias_(ih|hh)|body\.layers\.\d\.bias")  # tested on their own
PLAIN: dict[str, Any] = {}
FULL: dict[str, Any] = {"layers": 2, "dropout": 0.3, "projection": 5, "layer_norm": True}
OPTIONS = pytest.mark.parametrize("options", [PLAIN, FULL], ids=["plain", "full"])
EVERY = pytest.mark.parametrize("name", sorted(CELLS))
EVERY_CAUSAL = pytest.mark.parametrize("name", CAUSAL)


def build(
    name: str, options: dict[str, Any], seed: int = 0, lookback: int = LOOKBACK
) -> SequenceNetwork:
    torch.manual_seed(seed)
    return CELLS[name](FEATURES, OUTPUTS, lookback=lookback, hidden=HIDDEN, **options)


def shaken(network: SequenceNetwork) -> SequenceNetwork:
    """Move every weight off its start, so that zeros hide nothing; in evaluation mode."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return network.eval()


def stream(rows: int = 4, steps: int = STEPS, seed: int = 1) -> Tensor:
    return torch.randn(rows, steps, FEATURES, generator=torch.Generator().manual_seed(seed))


def test_all_but_the_bidirectional_one_claim_to_be_causal() -> None:
    assert set(CELLS) - set(CAUSAL) == {"bilstm"}


@EVERY
def test_one_signature(name: str) -> None:
    parameters = inspect.signature(CELLS[name]).parameters
    keywords = {
        "lookback": inspect.Parameter.empty,
        "hidden": 32,
        "layers": 1,
        "dropout": 0.0,
        "projection": None,
        "layer_norm": False,
    }
    assert list(parameters) == ["n_features", "n_outputs", *keywords]
    for keyword, default in keywords.items():
        assert parameters[keyword].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[keyword].default == default
    forward = inspect.signature(CELLS[name].forward).parameters
    assert list(forward) == ["self", "inputs", "last"]
    assert forward["last"].default is None


@OPTIONS
@EVERY_CAUSAL
def test_answers_each_step_or_the_last_ones(name: str, options: dict[str, Any]) -> None:
    network, inputs = shaken(build(name, options)), stream()
    answered: list[int] = []
    network.head.register_forward_hook(lambda _, read, __: answered.append(read[0].shape[1]))
    with torch.inference_mode():
        dense = network(inputs)
        assert dense.shape == (4, STEPS, OUTPUTS)
        assert dense.dtype == torch.float32
        for last in (1, 2, LOOKBACK, LOOKBACK + 1, STEPS - 1, STEPS):
            some = network(inputs, last=last)
            assert some.shape == (4, last, OUTPUTS)
            torch.testing.assert_close(some, dense[:, -last:], rtol=0, atol=1e-6)
            assert answered[-1] == last, "the head is computed where it was asked for"


@OPTIONS
def test_bidirectional_answers_its_window_only(options: dict[str, Any]) -> None:
    network, inputs = shaken(build("bilstm", options)), stream()
    assert network(inputs, last=1).shape == (4, 1, OUTPUTS)
    for last in (None, 0, 2, STEPS):
        with pytest.raises(ContractError, match=r"expected last=1.*got last=" + str(last)):
            network(inputs, last=last)
    alone = network(inputs[:, -LOOKBACK:], last=1)
    assert torch.equal(network(inputs, last=1), alone), "nothing ahead of the window"
    for step in range(LOOKBACK):
        changed = inputs.clone()
        changed[:, step - LOOKBACK] += 1
        difference = (network(changed, last=1) - alone).abs().amax(dim=(1, 2))
        assert (difference > 0).all(), "each step of the window"


@OPTIONS
@EVERY
def test_a_seed_repeats_it(name: str, options: dict[str, Any]) -> None:
    inputs = stream()
    one, same, other = (build(name, options, seed).eval() for seed in (3, 3, 4))
    with torch.inference_mode():
        assert torch.equal(one(inputs, last=1), same(inputs, last=1))
        assert torch.equal(one(inputs, last=1), one(inputs, last=1))
        assert not torch.equal(one(inputs, last=1), other(inputs, last=1))
    assert one.state_dict().keys() == same.state_dict().keys()


@pytest.mark.parametrize("size", [1e-3, 1e4], ids=["mild", "violent"])
@OPTIONS
@EVERY_CAUSAL
def test_later_steps_change_no_bit(name: str, options: dict[str, Any], size: float) -> None:
    network, inputs = shaken(build(name, options)), stream()
    with torch.inference_mode():
        before = network(inputs)
        for step in (0, 1, LOOKBACK - 1, LOOKBACK, 20, STEPS - 2):
            changed = inputs.clone()
            changed[:, step + 1 :] += size * stream(seed=2)[:, step + 1 :]
            after = network(changed)
            assert torch.equal(after[:, : step + 1], before[:, : step + 1])
            assert not torch.equal(after[:, step + 1], before[:, step + 1])


@OPTIONS
def test_bidirectional_states_do_know_later_steps(options: dict[str, Any]) -> None:
    """Why it claims not to be causal: inside the window its states see what comes."""
    network, inputs = shaken(build("bilstm", options)), stream(steps=LOOKBACK)
    changed = inputs.clone()
    changed[:, -1] += 1
    with torch.inference_mode():
        recurrent = network.body.recurrent
        states, others = (recurrent(network.projection(each))[0] for each in (inputs, changed))
    assert not CELLS["bilstm"].causal
    assert (states != others)[:, 0].any()


@OPTIONS
@EVERY_CAUSAL
def test_dense_output_equals_the_output_of_each_prefix(name: str, options: dict[str, Any]) -> None:
    """With the same bars behind it, a step gets the same answer dense as at a window's end."""
    network, inputs = shaken(build(name, options)), stream()
    with torch.inference_mode():
        dense = network(inputs)
        for steps in range(1, STEPS + 1):
            alone = network(inputs[:, :steps], last=1)[:, 0]
            torch.testing.assert_close(dense[:, steps - 1], alone, rtol=1e-6, atol=1e-6)


@OPTIONS
def test_window_mlp_is_dense_what_it_is_on_each_window(options: dict[str, Any]) -> None:
    network, inputs = shaken(build("window_mlp", options)), stream()
    with torch.inference_mode():
        dense = network(inputs)
        for step in range(LOOKBACK - 1, STEPS):
            window = inputs[:, step - LOOKBACK + 1 : step + 1]
            alone = network(window, last=1)[:, 0]
            torch.testing.assert_close(dense[:, step], alone, rtol=0, atol=1e-6)


def test_window_mlp_is_a_perceptron_of_the_window() -> None:
    torch.manual_seed(0)
    network = shaken(WindowMLP(FEATURES, OUTPUTS, lookback=LOOKBACK, hidden=HIDDEN, layers=3))
    window = stream(steps=LOOKBACK)
    units = window.transpose(1, 2).reshape(4, -1)
    linears = [network.body.window, *network.body.deeper]
    assert len(linears) == 3
    with torch.inference_mode():
        for linear in linears:
            units = (units @ linear.weight.T + linear.bias).clamp(min=0)
        expected = units @ network.head.weight.T + network.head.bias
        answer = network(window, last=1)[:, 0]
    torch.testing.assert_close(answer, expected, rtol=0, atol=1e-6)


@EVERY
def test_starts_as_documented(name: str) -> None:
    network = build(name, {**FULL, "layers": 3})
    gates = RECURRENT_GATES.get(name, 0)
    recurrent = 0
    for path, parameter in network.named_parameters():
        if "weight_hh" in path or "recurrent_weight" in path:
            recurrent += 1
            assert parameter.shape[0] == gates * HIDDEN
            for gate in parameter.chunk(gates):
                torch.testing.assert_close(gate @ gate.T, torch.eye(HIDDEN), rtol=0, atol=1e-5)
        elif "weight_ih" in path or "input_weight" in path:
            for gate in parameter.chunk(gates):
                assert_xavier(gate)
        elif path.endswith("key_value.weight"):
            for part in parameter.chunk(2):
                assert_xavier(part)
        elif parameter.ndim == 2:
            assert_xavier(parameter)
        elif "norm" in path:
            assert (parameter == (1 if path.endswith("weight") else 0)).all(), path
        elif not RECURRENT_BIAS.search(path):
            assert not parameter.any(), path
    directions = 2 if name == "bilstm" else 1
    assert recurrent == (3 * directions if gates else 0)


def assert_xavier(weight: Tensor) -> None:
    bound = math.sqrt(6 / sum(weight.shape))
    assert 0.8 * bound < weight.abs().max().item() <= bound
    # The mean of n uniform draws in +- bound, within four standard errors.
    assert abs(weight.mean().item()) < 4 * bound / math.sqrt(3 * weight.numel())


@pytest.mark.parametrize("name", ["lstm", "bilstm", "attention"])
def test_forget_gates_start_at_one_in_total(name: str) -> None:
    found = 0
    for module in build(name, {"layers": 2}).modules():
        if isinstance(module, nn.LSTM):
            biases = dict(module.named_parameters())
            for path in [path for path in biases if path.startswith("bias_ih")]:
                found += 1
                total = biases[path] + biases[path.replace("ih", "hh")]
                assert torch.equal(total[HIDDEN : 2 * HIDDEN], torch.ones(HIDDEN))
                assert not total[:HIDDEN].any()
                assert not total[2 * HIDDEN :].any()
    assert found == (4 if name == "bilstm" else 2)


def test_peephole_forget_gates_start_at_one() -> None:
    network = build("peephole", {"layers": 2})
    for layer in network.body.layers:
        assert torch.equal(layer.bias.chunk(4)[1], torch.ones(HIDDEN))
        assert torch.equal(layer.bias != 0, torch.arange(4 * HIDDEN) // HIDDEN == 1)


@pytest.mark.parametrize("name", ["rnn", "gru"])
def test_without_a_forget_gate_biases_start_at_zero(name: str) -> None:
    biases = [value for path, value in build(name, {}).named_parameters() if "bias" in path]
    assert len(biases) == 3
    assert not any(bias.any() for bias in biases)


@EVERY
def test_dropout_in_training_only(name: str) -> None:
    network, inputs = build(name, {"layers": 2, "dropout": 0.5}), stream()
    trained, again = network(inputs, last=1), network(inputs, last=1)
    assert not torch.equal(trained, again)
    network.eval()
    assert torch.equal(network(inputs, last=1), network(inputs, last=1))
    network.train()
    network.dropout.p = 0.0
    assert not torch.equal(network(inputs, last=1), network(inputs, last=1)), "between layers"
    without = build(name, {"layers": 2}).train()
    kept = without(inputs, last=1)
    assert torch.equal(kept, without.eval()(inputs, last=1))


@OPTIONS
@EVERY
def test_gradients_reach_every_parameter(name: str, options: dict[str, Any]) -> None:
    network = build(name, options).train()
    network(stream(rows=16), last=1).square().sum().backward()
    for path, parameter in network.named_parameters():
        assert parameter.grad is not None, path
        assert torch.isfinite(parameter.grad).all(), path
        assert parameter.grad.any(), path


@EVERY
def test_projection_and_norm_are_there_when_asked_for(name: str) -> None:
    network = build(name, {"projection": 5})
    assert network.projection.weight.shape == (5, FEATURES)
    assert isinstance(build(name, {}).projection, nn.Identity)
    network, inputs = build(name, {"layer_norm": True}).eval(), stream()
    seen: list[Tensor] = []
    network.head.register_forward_hook(lambda _, read, __: seen.append(read[0]))
    network(inputs, last=1)
    width = 2 * HIDDEN if CELLS[name] is BiLSTM else HIDDEN
    assert seen[0].shape == (4, 1, width)
    torch.testing.assert_close(seen[0].mean(-1), torch.zeros(4, 1), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("hidden", "heads"), [(1, 1), (8, 1), (16, 2), (30, 3), (32, 4), (34, 2)])
def test_heads_divide_the_width(hidden: int, heads: int) -> None:
    assert heads_for(hidden) == heads


@pytest.mark.parametrize("name", ["lstm", "gru", "bilstm", "peephole", "attention"])
def test_chrono_spreads_the_memory_of_every_gated_layer(name: str) -> None:
    """A gate that keeps a share s of the state a step remembers for about 1 / (1 - s) steps."""
    longest, before = 100, build(name, {"layers": 2})
    network = build(name, {"layers": 2})
    assert chrono_(network, longest) is network
    found = 0
    for (path, start), bias in zip(before.named_parameters(), network.parameters(), strict=True):
        if not RECURRENT_BIAS.search(path):
            assert torch.equal(start, bias), path
        elif "bias_hh" in path:
            assert not bias.any()
        else:
            found += 1
            gates = bias.detach().chunk(RECURRENT_GATES[name])
            memory = 1 / (1 - gates[1].sigmoid())
            assert 2 <= memory.min() < 50 < memory.max() <= longest
            take = gates[0] if name == "gru" else gates[0] + gates[1]
            assert not take.any()
            assert not torch.cat(gates[2:]).any()
    assert found == (4 if name == "bilstm" else 2)


@pytest.mark.parametrize("name", ["rnn", "window_mlp"])
def test_chrono_leaves_networks_without_gates_alone(name: str) -> None:
    before, after = build(name, {}), chrono_(build(name, {}), 100)
    for one, other in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(one, other)
