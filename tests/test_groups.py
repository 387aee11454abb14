"""Law: tests that share a dear fixture are done by one process, which makes it once."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("one of the groups")
def test_the_processes_of_the_tests_know_of_groups(request: pytest.FixtureRequest) -> None:
    """A pytest and an xdist that do not fit together forget them, and say nothing."""
    grouped = getattr(request.config.option, "loadgroup", False)  # in a process of xdist
    assert request.node.nodeid.endswith("@one of the groups") == grouped
