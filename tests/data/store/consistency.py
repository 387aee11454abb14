"""What must hold of the file of a store at any moment."""

from __future__ import annotations

from pathlib import Path

RULES = {
    "a bar has one current row": "SELECT series, time FROM bars WHERE superseded IS NULL "
    "GROUP BY ALL HAVING count(*) > 1",
    "an action has one current row": "SELECT series, time, kind, rank FROM actions "
    "WHERE superseded IS NULL GROUP BY ALL HAVING count(*) > 1",
    "versions of a bar do not overlap": "SELECT a.series FROM bars a JOIN bars b ON "
    "a.series = b.series AND a.time = b.time AND a.known < b.known "
    "WHERE coalesce(a.superseded, 9e15) > b.known",
    "nothing is superseded before it is known": "SELECT 1 FROM "
    "(SELECT known, superseded FROM bars UNION ALL SELECT known, superseded FROM actions) "
    "WHERE superseded <= known",
    "every row has its fetch": "SELECT known FROM (SELECT known FROM bars UNION ALL "
    "SELECT superseded FROM bars WHERE superseded IS NOT NULL UNION ALL "
    "SELECT known FROM actions) ANTI JOIN fetches ON fetches.id = known",
    "every row has its series": "SELECT series FROM (SELECT series FROM bars UNION ALL "
    "SELECT series FROM actions UNION ALL SELECT series FROM fetches) x "
    "ANTI JOIN series s ON s.id = x.series",
    "fetches are numbered without a gap": "SELECT 1 FROM fetches "
    "HAVING count(*) <> coalesce(max(id), 0) OR count(DISTINCT id) <> count(*)",
    "a series is there once": "SELECT provider, symbol, interval FROM series "
    "GROUP BY ALL HAVING count(*) > 1",
}


def broken_rules(path: Path) -> list[str]:
    import duckdb

    connection = duckdb.connect(path, read_only=True)
    try:
        return [name for name, query in RULES.items() if connection.execute(query).fetchall()]
    finally:
        connection.close()
