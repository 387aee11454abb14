"""``lstmtrader cache …``: the fits that were kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstmtrader.cli.options import RUNS, Debug, Json
from lstmtrader.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="List and remove the fits that were kept.")

Folder = Annotated[Path, typer.Option("--cache", help="Folder of finished fits.")]
_DEFAULT = RUNS / ".cache"


@app.command("list", epilog="Example:\n\nlstmtrader cache list --cache runs/.cache")
def list_(folder: Folder = _DEFAULT, as_json: Json = False, debug: Debug = False) -> None:
    """List the fits, the one used last first."""
    del debug
    import pandas as pd

    from lstmtrader.cli.tables import show
    from lstmtrader.walkforward.kept_fits import entries

    found = entries(folder)
    rows = [
        {
            "fit": entry.key[:12],
            "model": entry.model,
            "train from": entry.train[0][:10],
            "to": entry.train[1][:10],
            "member": entry.member,
            "kB": round(entry.n_bytes / 1000, 1),
            "idle days": round(entry.idle_days, 1),
        }
        for entry in found
    ]
    total = sum(entry.n_bytes for entry in found) / 1e6
    show(pd.DataFrame(rows), f"fits in {folder} ({total:.1f} MB)", as_json=as_json)


@app.command(
    epilog="Examples:\n\n"
    "lstmtrader cache prune --older-than 30\n\n"
    "lstmtrader cache prune --all --cache runs/.cache"
)
def prune(
    folder: Folder = _DEFAULT,
    older_than: Annotated[
        float | None, typer.Option(help="Remove the fits not used for so many days.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all fits.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be removed.")] = False,
    debug: Debug = False,
) -> None:
    """Remove fits; whatever needs them later trains them again."""
    del debug
    from lstmtrader.walkforward.kept_fits import entries, remove

    if everything == (older_than is not None):
        raise ConfigError("expected either --older-than DAYS or --all")
    limit = 0.0 if older_than is None else older_than
    found = entries(folder)
    gone = [entry for entry in found if everything or entry.idle_days > limit]
    if not dry_run:
        remove(folder, gone)
    size = sum(entry.n_bytes for entry in gone) / 1e6
    verb = "would be removed" if dry_run else "removed"
    typer.echo(f"{len(gone)} of {len(found)} fits {verb} ({size:.1f} MB)")
