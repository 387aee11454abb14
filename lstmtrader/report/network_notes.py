"""What stands under the charts of a network: how they are to be read."""

from __future__ import annotations

from lstmtrader.report.charts.explain.memory import REACH
from lstmtrader.report.wording import percent

NOTES = {
    "network-gates": "A row a unit, a column a bar of the window; the last bar is that of the "
    "forecast. Units that keep most stand on top, in the same order in every part. State: blue is "
    "positive, orange is negative.",
    "network-memory": "Half-life ln 0.5 / ln f, at the geometric mean of the gate f that keeps the "
    "state. Band: quartiles over the units. Dotted: length of the window.",
    "network-attribution": "Integrated gradients, in units of the forecast. Blue raised it, orange "
    "lowered it. Above: sums by lag; at the right: sums by feature.",
    "network-importance": "How much worse the forecasts of the test folds become when one feature "
    "is permuted; whiskers are a deviation over the folds. Features that say the same stand in "
    "for each other: each looks worth less than it is.",
    "network-gradients": "Norm of the gradient of the output with respect to the inputs at each "
    "lag, over that at lag 0. The thick line is the network of this run. Dotted: "
    f"{percent(REACH, 0)} of lag 0.",
}
