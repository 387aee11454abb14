"""The versions of ``constraints.txt`` can be installed with every Python this project promises."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINNED = {
    canonicalize_name(requirement.name): requirement
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if (stated := line.partition("#")[0].strip())
    for requirement in [Requirement(stated)]
}


def oldest_python() -> str:
    """The first release of the oldest Python, such as 3.11.0: what runs with it runs with all."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (oldest,) = SpecifierSet(project["requires-python"])
    return f"{oldest.version}.0"


def test_every_pinned_version_is_the_installed_one_and_runs_with_the_oldest_python() -> None:
    oldest, wrong = oldest_python(), []
    for name, requirement in PINNED.items():
        installed = metadata.distribution(name)
        asked = installed.metadata.get("Requires-Python", "")
        if not requirement.specifier.contains(installed.version, prereleases=True):
            wrong.append(f"{name} is {installed.version}, not {requirement.specifier}")
        elif oldest not in SpecifierSet(asked):
            wrong.append(f"{name} {installed.version} needs Python {asked}")
    assert len(PINNED) > 100
    assert not wrong, wrong
