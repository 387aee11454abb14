"""Law: an audit is found under what it is about, whole or not at all."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from audits import CLEAN, FUTURE, HOSTILE, IDENTITY, LEAK, LEAKING, UNJUDGED, audited

from lstmtrader.audit.finding import AuditReport
from lstmtrader.audit.saved import AUDITS, find_audit, save_audit
from lstmtrader.errors import RunError
from lstmtrader.run_catalogue.finding import run_folders

QUICK = audited(FUTURE, level="quick")
QUICK_LEAK = audited(LEAKING, level="quick")


@pytest.mark.parametrize("report", [CLEAN, LEAK, UNJUDGED])
def test_an_audit_comes_back_as_it_was(report: AuditReport, tmp_path: Path) -> None:
    assert AuditReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    page = save_audit(tmp_path, report)
    assert find_audit(tmp_path, IDENTITY) == report
    assert page.exists()
    assert json.loads((page.parent / "audit.json").read_text())["verdict"] == report.verdict


def test_one_of_something_else_is_none(tmp_path: Path) -> None:
    assert find_audit(tmp_path / "nowhere", IDENTITY) is None
    save_audit(tmp_path, CLEAN)
    assert find_audit(tmp_path, "0" * 64) is None
    for strange in ("", ".", "..", f"../{AUDITS}/{IDENTITY}", f"{IDENTITY}/full"):
        assert find_audit(tmp_path, strange) is None, strange


@pytest.mark.parametrize(
    ("saved", "stronger"),
    [
        ((CLEAN, QUICK), CLEAN),
        ((QUICK, CLEAN), CLEAN),
        ((QUICK, UNJUDGED), UNJUDGED),
        ((QUICK, LEAK), LEAK),
        ((QUICK_LEAK, CLEAN), QUICK_LEAK),
        ((QUICK_LEAK, LEAK), LEAK),
        ((QUICK,), QUICK),
    ],
)
def test_the_full_one_is_stronger_but_a_leak_is_a_leak(
    saved: tuple[AuditReport, ...], stronger: AuditReport, tmp_path: Path
) -> None:
    for report in saved:
        save_audit(tmp_path, report)
    assert find_audit(tmp_path, IDENTITY) == stronger


def test_the_later_one_of_a_level_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    save_audit(tmp_path, LEAK)
    again = replace(CLEAN, created="2026-11-22T16:00:00+00:00")
    page = save_audit(tmp_path, again)
    assert find_audit(tmp_path, IDENTITY) == again
    assert sorted(path.name for path in page.parent.iterdir()) == ["audit.html", "audit.json"]
    assert 'id="leak"' not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"probes": [{}]}', "\xff"])
def test_one_that_cannot_be_read_is_one_clear_line(text: str, tmp_path: Path) -> None:
    path = save_audit(tmp_path, CLEAN).with_name("audit.json")
    path.write_text(text, encoding="latin-1")
    with pytest.raises(RunError, match=r"audit\.json: no audit can be read from it .*audit again"):
        find_audit(tmp_path, IDENTITY)


def test_one_that_was_moved_to_another_identity_is_refused(tmp_path: Path) -> None:
    folder = save_audit(tmp_path, CLEAN).parent.parent
    folder.rename(folder.with_name("0" * 64))
    with pytest.raises(RunError, match="of something else"):
        find_audit(tmp_path, "0" * 64)


def test_one_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / AUDITS).write_text("a file")
    with pytest.raises(RunError, match=rf"{AUDITS}.*cannot be written"):
        save_audit(tmp_path, CLEAN)


def test_a_move_beyond_all_bounds_is_kept_without_its_size(tmp_path: Path) -> None:
    """JSON has no infinity."""
    findings = tuple(replace(one, size=math.inf) for one in LEAKING.findings)
    save_audit(tmp_path, audited(replace(LEAKING, findings=findings)))
    found = find_audit(tmp_path, IDENTITY)
    assert found is not None
    assert [one.size for one in found.findings] == [None] * len(findings)


def test_no_run_is_seen_in_it(tmp_path: Path) -> None:
    save_audit(tmp_path, CLEAN)
    assert run_folders(tmp_path) == []


class Texts(HTMLParser):
    """The texts of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("report", [CLEAN, LEAK, UNJUDGED])
def test_the_page_says_everything_and_needs_nothing(report: AuditReport, tmp_path: Path) -> None:
    page = save_audit(tmp_path, report).read_text(encoding="utf-8")
    read = Texts(page)
    assert not {"script", "b", "img", "link rel"} & set(read.tags)
    assert "onclick" not in read.attributes
    assert "http" not in page
    text = " ".join(read.texts)
    assert report.sentence in text
    for probe in report.probes:
        for said in (probe.did, *probe.notes, *probe.hints, *probe.unjudged):
            assert said in text
        for finding in probe.findings:
            assert finding.what in text
            assert finding.since in text
            assert finding.guilty in text
    assert ('id="leak"' in page) == (report is LEAK)
    assert (HOSTILE in text) == (report is LEAK)
