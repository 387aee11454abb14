"""Law: tests that share what is expensive run in one process.

Where xdist does not see its groups nothing fails: every process makes its own browser, site and
run. That is so with pytest 9.2 and xdist 3.8.
"""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("groups")
def test_a_test_is_known_by_its_group(request: pytest.FixtureRequest) -> None:
    grouped = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@groups") == grouped
