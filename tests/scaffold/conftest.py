"""A project made by ``lstmtrader init``, with one more class of each kind, quick to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmtrader.scaffold.classes import Kind, class_files
from lstmtrader.scaffold.files import write_new
from lstmtrader.scaffold.names import Names
from lstmtrader.scaffold.project import init

# What is written, and what the tests run in its place.
QUICKER = (
    ("start: 2008-01-01", "start: 2016-01-01"),
    ("train: 5y, validation: 1y, test: 2y", "train: 2y, validation: 1y, test: 1y"),
    ("lookback: 21", "lookback: 5"),
    ("hidden: 16", "hidden: 2"),
    ("epochs: 8", "epochs: 1"),
    ("members: 2", "members: 1"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project."""
    folder = tmp_path_factory.mktemp("scaffold") / "my-research"
    init(folder)
    for kind in Kind:
        write_new(class_files(folder, "my_research", kind, Names.of(f"own-{kind}")))
    config = folder / "configs" / "my-research.yaml"
    text = config.read_text(encoding="utf-8")
    for written, quicker in QUICKER:
        assert text.count(written) == 1
        text = text.replace(written, quicker)
    config.write_text(text, encoding="utf-8")
    return folder
