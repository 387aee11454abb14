"""What a feature, a strategy and a forecaster of one's own have to keep, as checks for one's tests.

Each check asks many questions and raises a `ContractError` at the first wrong answer: one sentence
that names the class, the bar and what was expected::

    from lstmtrader.contracts import check_feature, check_forecaster, check_strategy

    def test_it_keeps_the_contract() -> None:
        check_strategy(MeanReversion())

The laws are those that everything shipped has to keep. They look at a class alone, on prices made
for it; `lstmtrader audit` looks at a whole experiment, on its own prices.
"""

from __future__ import annotations

from lstmtrader.contracts.features import check_feature
from lstmtrader.contracts.forecasters import check_forecaster
from lstmtrader.contracts.strategies import check_strategy

__all__ = ["check_feature", "check_forecaster", "check_strategy"]
