"""Law: a report carries the verdict on exactly what ran, loudly if it is a leak."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from audits import CLEAN, HOSTILE, LEAK, UNJUDGED
from markdown_it import MarkdownIt

from lstmtrader import Experiment
from lstmtrader.audit.finding import AuditReport
from lstmtrader.audit.identity import audit_identity
from lstmtrader.audit.saved import AUDITS, plain, save_audit
from lstmtrader.cli.failures import run_app
from lstmtrader.cli.main import app
from lstmtrader.report.audit_words import audit_words
from lstmtrader.report.markdown import to_markdown
from lstmtrader.report.saved import read_sheet
from lstmtrader.report.tearsheet import render

if TYPE_CHECKING:
    from lstmtrader import Run

Report = Callable[..., tuple[str, str]]


@pytest.fixture
def folder(tiny_run: Run, tmp_path: Path) -> Path:
    """The folder of a finished run that nobody has audited."""
    assert tiny_run.path is not None
    return shutil.copytree(tiny_run.path, tmp_path / "runs" / tiny_run.path.name)


@pytest.fixture
def report(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Report:
    """Call ``lstmtrader report last``; returns the page and what went to standard error."""
    monkeypatch.chdir(folder.parent.parent)

    def call(*words: str) -> tuple[str, str]:
        command = ["report", "last", *words]
        assert run_app(lambda: app(command, "lstmtrader", standalone_mode=False), debug=False) == 0
        return (folder / "report.html").read_text(encoding="utf-8"), capsys.readouterr().err

    return call


def identity_in(folder: Path) -> str:
    return str(json.loads((folder / "environment.json").read_text())["audit_identity"])


def first_screen(page: str) -> str:
    return page[page.index("<main") : page.index('<section class="opening"')]


def test_a_run_knows_the_identity_of_what_ran(tiny_run: Run) -> None:
    assert tiny_run.path is not None
    identity = audit_identity(tiny_run.config, tiny_run.data_hash)
    assert identity_in(tiny_run.path) == tiny_run.audit_identity == identity


def test_without_an_audit_the_page_says_so_in_one_quiet_line(folder: Path, report: Report) -> None:
    before = (folder / "report.html").read_text(encoding="utf-8")
    assert before.count("Not audited: lstmtrader audit") == 1
    assert "audited" not in first_screen(before).lower()
    assert 'id="audit"' not in before
    assert report() == (before, "")


@pytest.mark.parametrize("found", [CLEAN, LEAK, UNJUDGED])
def test_an_audit_made_after_the_run_is_shown_if_and_only_if_it_is_of_this_run(
    found: AuditReport, folder: Path, report: Report
) -> None:
    before = (folder / "report.html").read_text(encoding="utf-8")
    save_audit(folder.parent, replace(found, identity="0" * 64))
    assert report() == (before, "")
    mine = replace(found, identity=identity_in(folder))
    save_audit(folder.parent, mine)
    after, said = report()
    assert (said, "Not audited" in after) == ("", False)
    assert mine.identity[:12] in first_screen(after)
    assert ('id="leak"' in first_screen(after)) == (found is LEAK)
    assert '<section id="audit"' in after
    assert report() == (after, "")
    shutil.rmtree(folder.parent / AUDITS)
    assert report() == (before, "")


def test_a_run_is_shown_with_the_verdict_there_was_and_keeps_it(
    tiny_yaml: Path, tiny_run: Run
) -> None:
    """Also in a folder that was moved away from its audits."""
    runs = tiny_yaml.parent / "runs"
    save_audit(runs, replace(LEAK, identity=tiny_run.audit_identity))
    run = Experiment.from_yaml(tiny_yaml).run(runs)
    assert run.path is not None
    assert run.audit is not None
    assert run.audit["verdict"] == "leak"
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert 'id="leak"' in first_screen(page)
    shutil.rmtree(runs / AUDITS)
    assert render(read_sheet(run.path)) == page


def test_an_audit_that_cannot_be_read_ends_no_run_and_is_not_passed_over(
    tiny_yaml: Path, tiny_run: Run
) -> None:
    runs = tiny_yaml.parent / "runs"
    saved = save_audit(runs, replace(LEAK, identity=tiny_run.audit_identity))
    saved.with_name("audit.json").write_text("{")
    run = Experiment.from_yaml(tiny_yaml).run(runs)
    assert run.audit is None
    assert "no audit can be read from it" in run.facts["Audit"]


def test_an_audit_that_cannot_be_read_later_is_one_warning(folder: Path, report: Report) -> None:
    before = (folder / "report.html").read_text(encoding="utf-8")
    saved = save_audit(folder.parent, replace(LEAK, identity=identity_in(folder)))
    saved.with_name("audit.json").write_text("{")
    page, said = report()
    assert page == before
    assert said.startswith("warning: what an audit says now is not known: ")
    assert said.count("\n") == 1


def test_a_folder_of_an_earlier_version_has_no_identity_and_is_shown_all_the_same(
    folder: Path, report: Report
) -> None:
    before = (folder / "report.html").read_text(encoding="utf-8")
    environment = json.loads((folder / "environment.json").read_text())
    del environment["audit_identity"]
    (folder / "environment.json").write_text(json.dumps(environment))
    words = json.loads((folder / "sheet.json").read_text())
    del words["audit"]
    (folder / "sheet.json").write_text(json.dumps(words))
    save_audit(folder.parent, CLEAN)
    assert report() == (before, "")


@pytest.mark.parametrize("found", [CLEAN, LEAK, UNJUDGED])
def test_the_markdown_says_the_same(found: AuditReport, folder: Path) -> None:
    bare = read_sheet(folder)
    assert to_markdown(bare).count("Not audited") == 1
    text = to_markdown(replace(bare, audit=plain(found)))
    assert "Not audited" not in text
    assert text.index(found.identity[:12]) < text.index("## All figures")
    assert text.startswith(to_markdown(bare)[:40])
    assert ("> **Leak.**" in text) == (found is LEAK)
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [one.content for one in parsed if one.type == "inline"]
    words = audit_words(plain(found))
    assert words is not None
    rows = [row for shown in (words["findings"], words["probes"]) for row in shown.rows]
    assert {row[0] for row in rows if HOSTILE not in row[0]} <= set(inline)
    assert not any(one.type == "html_inline" for two in parsed for one in two.children or ())


STRATEGY = """
from dataclasses import dataclass

import their_constants
from strategies.direct_positions import DirectPositions


@dataclass(frozen=True)
class Theirs(DirectPositions):
    def target_weights(self, forecast, prices):
        made = super().target_weights(forecast, prices)
        return type(made)(made.frame * their_constants.SCALE)
"""


def test_a_run_after_an_edit_does_not_claim_the_older_verdict(
    tiny_settings: dict[str, Any],
    write_yaml: Callable[[dict[str, Any], Path], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A constant that is read through a module is edited: settings and prices are the same."""
    (tmp_path / "their_strategy.py").write_text(STRATEGY)
    constants, runs = tmp_path / "their_constants.py", tmp_path / "runs"
    tiny_settings["strategy"]["target"] = "their_strategy:Theirs"
    config = write_yaml(tiny_settings, tmp_path / "theirs.yaml")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run(scale: float) -> Run:
        constants.write_text(f"SCALE = {scale}\n")
        for name in ("their_strategy", "their_constants"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return Experiment.from_yaml(config).run(runs)

    def is_audited(run: Run) -> bool:
        assert run.path is not None
        return "audited: clean" in (run.path / "report.html").read_text(encoding="utf-8")

    first = run(0.5)
    save_audit(runs, replace(CLEAN, identity=first.audit_identity))
    assert [is_audited(run(scale)) for scale in (0.25, 0.5)] == [False, True]
    assert not is_audited(first)


@pytest.mark.parametrize("found", [None, CLEAN, LEAK])
def test_runs_show_has_it_in_one_line(
    found: AuditReport | None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if found is not None:
        found = replace(found, identity=identity_in(folder))
        save_audit(folder.parent, found)
    command = ["runs", "show", "last", "--runs", str(folder.parent)]
    for words in (command, [*command, "--json"]):
        app(words, "lstmtrader", standalone_mode=False)
    said = capsys.readouterr().out
    text, _, content = said.partition("\n{")
    sentence = None if found is None else found.sentence
    assert json.loads("{" + content)["audit"] == sentence
    assert [line for line in text.splitlines() if line.startswith("audited")] == [
        one for one in (sentence,) if one
    ]
