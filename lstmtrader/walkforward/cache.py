"""FitCache: every finished fit on disk, under the hash of all that it depends on.

::

    <folder>/3f/3f9a…/fit.json                    settings, slices, record, versions
                      weights.safetensors         what was fitted
                      forecast-81c0….safetensors  its forecasts, one file a test slice

Files are written beside their place and moved there, so a killed process leaves whole files or
none; several processes may share a folder. What cannot be read, or does not have the digest it
was written with, counts as missing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from lstmtrader.errors import RunError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, Restoring, State
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.splits import Fold
from lstmtrader.walkforward.identity import Provenance
from lstmtrader.walkforward.job import Job, Outcome, Workload, answer

RECORD, _WEIGHTS = "fit.json", "weights.safetensors"


@dataclasses.dataclass(frozen=True, eq=False)
class Kept:
    """A fit in a cache: how it went, and what was fitted where the model tells."""

    record: FitRecord
    state: State | None


class FitCache:
    """Fits of one model, kept in a folder.

    Parameters
    ----------
    folder : Path
        May be shared by all experiments.
    provenance : Provenance
        What a fit depends on beside its data and seed.
    """

    def __init__(self, folder: Path, provenance: Provenance) -> None:
        self.folder, self.provenance = folder, provenance
        self._digests: dict[tuple[int, range, range], tuple[LabelledPanel, bytes]] = {}

    def key(self, workload: Workload, job: Job) -> str:
        """Return the address of a fit: the SHA-256 of all that it depends on."""
        digest = hashlib.sha256(self.provenance.sha256.encode())
        digest.update(self._slices(workload, job.fold))
        digest.update(f"{workload.target}/{job.seed}".encode())
        for name, array in sorted((job.start or {}).items()):
            _feed(digest, name, array)
        return digest.hexdigest()

    def find(self, key: str, workload: Workload, job: Job) -> Kept | None:
        """Return the fit of a job where `load` would; nothing is written, nothing restored."""
        place = self._place(key)
        kept = self._kept(place)
        if kept is None or (kept.state is not None and isinstance(workload.forecaster, Restoring)):
            return kept
        answered = all(self._forecast(place, workload, fold) is not None for fold in job.tests)
        return kept if answered else None

    def _kept(self, place: Path) -> Kept | None:
        try:
            about = json.loads((place / RECORD).read_text(encoding="utf-8"))
            record, has_state = _record(about["record"]), bool(about["has_state"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        state = _read(place / _WEIGHTS)
        if has_state and state is None:
            return None  # damaged: a warm refit would start from nothing
        return Kept(record, state)

    def load(self, key: str, workload: Workload, job: Job) -> Outcome | None:
        """Return the outcome of a job if its fit is there and can answer all its test slices."""
        place = self._place(key)
        kept = self._kept(place)
        if kept is None:
            return None
        record, state = kept.record, kept.state
        forecasts = []
        for fold in job.tests:
            forecast = self._forecast(place, workload, fold)
            if forecast is None:
                if state is None or not isinstance(workload.forecaster, Restoring):
                    return None
                model = workload.forecaster.restore(state, workload.target, record)
                forecast = answer(workload, model, fold.test)
                with contextlib.suppress(OSError):  # the answer is there all the same
                    self._save_forecast(place, workload, fold, forecast)
            forecasts.append(forecast)
        with contextlib.suppress(OSError):
            os.utime(place / RECORD)
        return Outcome(record, tuple(forecasts), state)

    def save(self, key: str, workload: Workload, job: Job, outcome: Outcome) -> None:
        """Keep an outcome."""
        place = self._place(key)
        index = workload.labelled.panel.index
        slices = {
            name: [str(index[rows[0]]), str(index[rows[-1]])]
            for name, rows in (("train", job.fold.train), ("validation", job.fold.validation))
            if rows
        }
        about = {
            "model": type(workload.forecaster).__name__,
            "settings": self.provenance.settings,
            "versions": dict(self.provenance.versions),
            "member": job.member,
            "seed": job.seed,
            **slices,
            "has_state": outcome.state is not None,
            "record": dataclasses.asdict(outcome.record),
        }
        try:
            if outcome.state is not None:
                _write(place / _WEIGHTS, outcome.state)
            for fold, forecast in zip(job.tests, outcome.forecasts, strict=True):
                self._save_forecast(place, workload, fold, forecast)
            _replace(place / RECORD, json.dumps(about, indent=1).encode())
        except OSError as error:
            raise RunError(
                f"{self.folder}: the cache of fits cannot be written ({error.strerror or error}); "
                "name another folder, or switch it off"
            ) from error

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def _slices(self, workload: Workload, fold: Fold) -> bytes:
        # The members of a fold share its slices: hash them once. The panel is kept with its
        # digest, so that no other panel can come to have the same id.
        known = (id(workload.labelled), fold.train, fold.validation)
        if known not in self._digests:
            digest = hashlib.sha256()
            for rows in (fold.train, fold.validation):
                digest.update(b"slice")
                if rows:
                    _feed_labelled(digest, workload.cut(rows))
            self._digests[known] = workload.labelled, digest.digest()
        return self._digests[known][1]

    def _forecast_path(self, place: Path, workload: Workload, fold: Fold) -> Path:
        digest = hashlib.sha256()
        _feed_panel(digest, workload.context(fold.test))
        digest.update(str(len(fold.test)).encode())
        return place / f"forecast-{digest.hexdigest()[:32]}.safetensors"

    def _forecast(self, place: Path, workload: Workload, fold: Fold) -> Forecast | None:
        arrays = _read(self._forecast_path(place, workload, fold))
        if arrays is None:
            return None
        details = dict(arrays)
        members = details.pop("mean")
        panel = workload.labelled.panel
        index = panel.index[fold.test.start : fold.test.stop]
        kind: ForecastKind = workload.forecaster.kind(workload.target)
        return Forecast(members, index, panel.symbols, kind, details)

    def _save_forecast(
        self, place: Path, workload: Workload, fold: Fold, forecast: Forecast
    ) -> None:
        arrays = {"mean": forecast.members, **forecast.details}
        _write(self._forecast_path(place, workload, fold), arrays)


def _feed(digest: Any, name: str, array: np.ndarray) -> None:
    digest.update(f"{name}/{array.dtype.str}/{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)


def _feed_panel(digest: Any, panel: Panel) -> None:
    digest.update(json.dumps([panel.symbols, panel.features]).encode())
    _feed(digest, "index", panel.index.to_numpy().astype("datetime64[ns]").astype(np.int64))
    for name in ("values", "valid", "member", "outcome"):
        _feed(digest, name, getattr(panel, name))


def _feed_labelled(digest: Any, labelled: LabelledPanel) -> None:
    _feed_panel(digest, labelled.panel)
    _feed(digest, "target", labelled.target)
    digest.update(str(labelled.span).encode())


def _record(plain: Mapping[str, Any]) -> FitRecord:
    # JSON knows no tuples.
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
    }
    return FitRecord(**fields)


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays with the digest of what they hold."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    _replace(path, safetensors.numpy.save(whole, metadata={"sha256": _digest(whole)}))


def _read(path: Path) -> State | None:
    """Read arrays back; None if they are missing or damaged."""
    try:
        with safetensors.safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, ValueError, safetensors.SafetensorError):
        return None
    return arrays if metadata.get("sha256") == _digest(arrays) else None


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        _feed(digest, name, arrays[name])
    return digest.hexdigest()


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)  # somebody may be pruning
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
