"""Every error this package raises on purpose.

::

    LstmtraderError
    ├── ConfigError            a setting is unknown, missing, or contradicts another
    ├── DataError              prices that cannot be used as they are
    │   ├── UnknownSymbolError a symbol the provider does not have
    │   └── HistoryError       too few bars for the folds that were asked for
    ├── ContractError          a feature, model or strategy broke its protocol
    │   └── MissingDetailError a strategy asks a forecast for what its model does not know
    ├── TrainingError          a fit that cannot go on
    │   └── NonFiniteLossError the loss became NaN or infinite
    ├── AccountingError        two sets of books of one account do not agree
    ├── LeakError              something would have seen the future
    └── RunError               a run folder that is missing or incomplete

Each message says what was expected, what came, and what to do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class LstmtraderError(Exception):
    """Base of all errors of this package; the command line exits with `exit_code`.

    Examples
    --------
    >>> from lstmtrader import Experiment
    >>> try:
    ...     Experiment.from_yaml("configs/quickstart.yaml", ["members=0"])
    ... except LstmtraderError as error:
    ...     print(error)
    configs/quickstart.yaml: members: expected at least 1; got 0
    """

    exit_code = 2


class ConfigError(LstmtraderError):
    """A setting is unknown, missing, of the wrong type, or contradicts another setting."""


class DataError(LstmtraderError):
    """Prices that cannot be used as they are."""


class UnknownSymbolError(DataError):
    """A symbol that the provider does not have."""


class HistoryError(DataError):
    """Too few bars for the folds that were asked for."""


class ContractError(LstmtraderError):
    """A feature, model or strategy returned something its protocol does not allow."""


class MissingDetailError(ContractError):
    """A strategy asks a forecast for a scale or a quantile that its model does not give."""


class TrainingError(LstmtraderError):
    """A fit that cannot go on."""


class NonFiniteLossError(TrainingError):
    """The training or validation loss became NaN or infinite."""


class AccountingError(LstmtraderError):
    """Two sets of books of one account do not agree: a defect of this package, never of yours."""


class LeakError(LstmtraderError):
    """A fold, label or fill would have used a number that was not known yet."""


class RunError(LstmtraderError):
    """A run folder that is missing, incomplete, or cannot be written."""


@contextlib.contextmanager
def blaming(name: str) -> Iterator[None]:
    """Turn any error of code that may be the user's into a `ContractError` that names it."""
    try:
        yield
    except LstmtraderError:
        raise
    except (Exception, SystemExit) as error:
        raise ContractError(
            f"{name} failed with {type(error).__name__}: {error} (--debug shows where)"
        ) from error
