"""Settings as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


def to_yaml(config: Mapping[str, Any]) -> str:
    """Write settings as YAML, in the order given."""
    return str(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True, width=100))
