"""An audit as one offline page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lstmtrader.report.audit_words import audit_words


def render_audit(audit: Mapping[str, Any]) -> str:
    """Return an audit as one HTML document that needs neither network nor scripts.

    The same audit gives the same bytes.

    Parameters
    ----------
    audit : mapping
        `AuditReport` as plain data.
    """
    environment = Environment(
        loader=PackageLoader("lstmtrader.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("audit_page.html").render(
        experiment=audit["experiment"], audit=audit_words(audit)
    )
    return page.rstrip() + "\n"
