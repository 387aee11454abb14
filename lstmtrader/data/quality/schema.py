"""The shape of the table that leaves the quality gate, as a pandera schema."""

from __future__ import annotations

import pandas as pd

from lstmtrader.data.rows.bars import BAR_COLUMNS
from lstmtrader.errors import DataError

COLUMNS = ("symbol", "time", *BAR_COLUMNS)


def validated(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of bars, after checking names, types, nulls and order.

    Raises
    ------
    DataError
        If the table breaks the schema: that would be an error of this package.
    """
    import pandera.pandas as pa  # half a second, which an import of this module need not cost
    from pandera.errors import SchemaErrors

    number = {name: pa.Column("float64", nullable=True) for name in BAR_COLUMNS}
    schema = pa.DataFrameSchema(
        {
            "symbol": pa.Column(pd.CategoricalDtype, nullable=False),
            "time": pa.Column("datetime64[ns]", nullable=False),
            **number,
        },
        checks=pa.Check(
            lambda bars: _is_sorted(bars), error="bars are not sorted by symbol and time"
        ),
        index=pa.Index("int64", unique=True),
        strict=True,
        ordered=True,
    )
    try:
        return schema.validate(table[list(COLUMNS)], lazy=True)
    except SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        raise DataError(f"bars: {first['column']}: {first['check']} failed") from error


def _is_sorted(bars: pd.DataFrame) -> bool:
    code = bars["symbol"].cat.codes.to_numpy()
    time = bars["time"].to_numpy()
    same = code[1:] == code[:-1]
    return bool(((code[1:] > code[:-1]) | (same & (time[1:] >= time[:-1]))).all())
