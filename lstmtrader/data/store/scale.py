"""Which series mix two scales, so that their whole history has to be fetched again.

A source that adjusts for splits rewrites its whole history at each split. A store that asks for
the newest days only would then hold old prices on the old scale. This is found from what the store
holds alone, so that it is found again after a killed update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmtrader.data.store.connection import Connection

# Sources need some hours of the day of a split to rewrite their prices.
_MIXED = """
WITH latest AS (
    SELECT series, arg_max(split_adjusted, id) AS split_adjusted,
        arg_max(currency, id) AS currency, max(fetched_at) AS fetched_at
    FROM fetches {where} GROUP BY series),
suspects AS (
    SELECT l.series, l.split_adjusted, l.currency, a."time" AS split
    FROM latest l JOIN actions a ON a.series = l.series AND a.superseded IS NULL
    WHERE a.kind = 'split' AND l.split_adjusted
        AND a."time" + INTERVAL 12 HOUR <= l.fetched_at
    UNION ALL
    SELECT DISTINCT l.series, l.split_adjusted, l.currency, TIMESTAMP '-infinity'
    FROM latest l JOIN fetches f ON f.series = l.series
    WHERE f.split_adjusted <> l.split_adjusted OR f.currency <> l.currency)
SELECT DISTINCT s.series FROM suspects s
JOIN bars b ON b.series = s.series AND b.superseded IS NULL
    AND (b."time" < s.split OR s.split = TIMESTAMP '-infinity')
WHERE NOT EXISTS (
    SELECT 1 FROM fetches f WHERE f.series = s.series
    AND b."time" >= f.first_day - INTERVAL 1 DAY AND b."time" < f.last_day + INTERVAL 2 DAY
    AND CASE WHEN s.split = TIMESTAMP '-infinity'
        THEN f.split_adjusted = s.split_adjusted
            AND coalesce(f.currency, s.currency) IS NOT DISTINCT FROM s.currency
        ELSE f.fetched_at >= s.split + INTERVAL 12 HOUR END)
"""


def on_two_scales(connection: Connection, among: str | None = None) -> set[int]:
    """Return the series with bars not fetched since a split, or since a change of currency.

    Parameters
    ----------
    connection : DuckDBPyConnection
    among : str, optional
        A table with a column ``series`` that limits the search.
    """
    where = "" if among is None else f"WHERE series IN (SELECT series FROM {among})"
    return {int(row[0]) for row in connection.execute(_MIXED.format(where=where)).fetchall()}
