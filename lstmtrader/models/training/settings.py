"""What can be chosen about a network and its training."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from typing import Literal, get_args

from torch import nn

from lstmtrader.bounds import above_zero, at_least, not_negative
from lstmtrader.errors import ConfigError
from lstmtrader.models.recurrent import CELLS, chrono_

Mode = Literal["dense", "window"]
Optimiser = Literal["adamw", "adam", "rmsprop"]
Schedule = Literal["constant", "cosine", "plateau"]
Device = Literal["cpu", "gpu"]
Precision = Literal["32-true", "bf16-mixed"]
HeadStart = Literal["least_squares", "random"]


@dataclass(frozen=True)
class Network:
    """Which network, and how large.

    Parameters
    ----------
    cell : str
        ``lstm``, ``gru``, ``rnn``, ``bilstm``, ``peephole``, ``attention``, ``window_mlp``, or
        the dotted path ``module:Class`` of an `nn.Module` with the signature of those.
    hidden : int
        Cells per layer.
    layers : int
    dropout : float
        On the output of each layer, in [0, 1).
    projection : int, optional
        Width of a linear layer before the first cell; None for none.
    layer_norm : bool
        Normalise what the head reads.
    memory : int, optional
        Bars that the gates should be able to remember from the start: their biases are drawn for
        memories of up to that length. None leaves the forget gate's bias at 1, which forgets
        half of everything in two bars. Nothing to a cell without gates.
    """

    cell: str = "lstm"
    hidden: int = 32
    layers: int = 1
    dropout: float = 0.1
    projection: int | None = None
    layer_norm: bool = False
    memory: int | None = None

    def __post_init__(self) -> None:
        at_least(1, hidden=self.hidden, layers=self.layers)
        if self.projection is not None:
            at_least(1, projection=self.projection)
        if self.memory is not None:
            at_least(3, memory=self.memory)
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout: expected a fraction in [0, 1); got {self.dropout}")
        self.module_class()

    def module_class(self) -> type[nn.Module]:
        """Return the class of the network.

        Raises
        ------
        ConfigError
            If `cell` names none.
        """
        if self.cell in CELLS:
            return CELLS[self.cell]
        wanted = f"cell: expected one of {', '.join(CELLS)}, or module:Class"
        if self.cell.count(":") != 1:
            raise ConfigError(f"{wanted}; got {self.cell!r}")
        try:
            found = pkgutil.resolve_name(self.cell)
        except (ImportError, AttributeError, ValueError) as error:
            raise ConfigError(f"{wanted}; {self.cell!r}: {error}") from error
        if not (isinstance(found, type) and issubclass(found, nn.Module)):
            raise ConfigError(f"{wanted}; {self.cell!r} is no nn.Module")
        return found

    @property
    def causal(self) -> bool:
        """Whether a step of the output depends on no later step of the input."""
        return bool(getattr(self.module_class(), "causal", False))

    def build(self, n_features: int, n_outputs: int, lookback: int) -> nn.Module:
        """Make a network with fresh weights from torch's random state."""
        network = self.module_class()(
            n_features,
            n_outputs,
            lookback=lookback,
            hidden=self.hidden,
            layers=self.layers,
            dropout=self.dropout,
            projection=self.projection,
            layer_norm=self.layer_norm,
        )
        if self.memory is not None:
            chrono_(network, self.memory)
        return network


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Parameters
    ----------
    mode : {"dense", "window"}
        ``dense`` runs the network once over a chunk of ``lookback - 1 + steps`` bars and scores
        the last `steps`; ``window`` runs it over each window by itself and scores the last bar.
    epochs, patience : int
        At most so many epochs; stop after `patience` without a better validation loss. The
        weights of the best epoch are kept.
    optimiser : {"adamw", "adam", "rmsprop"}
    learning_rate, weight_decay : float
    schedule : {"constant", "cosine", "plateau"}
        ``cosine`` falls to zero at the last of `epochs`; ``plateau`` halves the rate after every
        second epoch in a row that brought no better loss.
    warmup : int
        Optimisation steps over which the learning rate rises to its value.
    clip_norm : float
        Largest norm of the gradient.
    steps : int
        Scored bars per chunk of dense training. More of them cost less per label.
    batch_size : int
        Chunks (``dense``) or windows (``window``) per batch. For losses across symbols: moments
        (blocks of `steps` bars, or bars) per batch, each with all symbols.
    average : float
        Share, in [0, 1), that an average of the weights keeps of itself at each step; the average
        is what is validated, kept and forecasts. 0 for the latest weights themselves.
    head_start : {"least_squares", "random"}
        Whether the head begins as the ridge regression of the target on what the fresh network
        makes of the training slice, where the loss has a location to be regressed.
    halflife : float, optional
        In bars: how far before the end of the training slice a sample counts half. None weighs
        all alike.
    device : {"cpu", "gpu"}
        Results are the same to the byte on one kind of machine; a GPU gives others.
    precision : {"32-true", "bf16-mixed"}
        Mixed precision is for GPUs.

    References
    ----------
    Polyak, B. T. and Juditsky, A. B. (1992). Acceleration of Stochastic Approximation by
    Averaging. SIAM Journal on Control and Optimization, 30(4), 838-855.
    Jaeger, H. and Haas, H. (2004). Harnessing Nonlinearity: Predicting Chaotic Systems and Saving
    Energy in Wireless Communication. Science, 304(5667), 78-80.
    """

    mode: Mode = "dense"
    epochs: int = 30
    patience: int = 5
    optimiser: Optimiser = "adamw"
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    schedule: Schedule = "constant"
    warmup: int = 0
    clip_norm: float = 1.0
    steps: int = 63
    batch_size: int = 16
    average: float = 0.9
    head_start: HeadStart = "least_squares"
    halflife: float | None = None
    device: Device = "cpu"
    precision: Precision = "32-true"

    def __post_init__(self) -> None:
        at_least(
            1,
            epochs=self.epochs,
            patience=self.patience,
            steps=self.steps,
            batch_size=self.batch_size,
        )
        above_zero(learning_rate=self.learning_rate, clip_norm=self.clip_norm)
        if self.halflife is not None:
            above_zero(halflife=self.halflife)
        not_negative(weight_decay=self.weight_decay, warmup=self.warmup)
        for name, choices in (
            ("mode", Mode), ("optimiser", Optimiser), ("schedule", Schedule), ("device", Device),
            ("precision", Precision), ("head_start", HeadStart),
        ):  # fmt: skip
            if getattr(self, name) not in get_args(choices):
                raise ConfigError(
                    f"{name}: expected one of {', '.join(get_args(choices))}; "
                    f"got {getattr(self, name)!r}"
                )
        if not 0 <= self.average < 1:
            raise ConfigError(f"average: expected a share in [0, 1); got {self.average}")
