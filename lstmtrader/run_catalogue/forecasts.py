"""The forecasts of a finished run, read from its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.errors import RunError
from lstmtrader.forecast import Forecast, ForecastKind

_MEMBER = "member_"


def read_forecast(folder: Path, kind: ForecastKind) -> Forecast:
    """Read what each member forecast, without details: bars and symbols that have any.

    Parameters
    ----------
    folder : Path
        Of the run.
    kind : ForecastKind
        Which the table does not say.

    Raises
    ------
    RunError
        If there is no such table, or it is another one.
    """
    path = folder / "forecasts.parquet"
    try:
        table = pd.read_parquet(path)
        names = sorted(
            (name for name in table if str(name).startswith(_MEMBER)),
            key=lambda name: int(str(name).removeprefix(_MEMBER)),
        )
        wide = [table.pivot(index="date", columns="symbol", values=name) for name in names]
        return Forecast(
            np.stack([one.to_numpy(dtype=np.float32) for one in wide]),
            pd.DatetimeIndex(wide[0].index, name=None),
            tuple(str(one) for one in wide[0].columns),
            kind,
        )
    except (OSError, KeyError, ValueError, TypeError, IndexError) as error:
        raise RunError(f"{path}: no forecasts can be read from it ({error})") from error
