"""`lstmtrader audit`: bad input is one line; what was found is said in full."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from audits import CLEAN, HINTED, LEAK, UNJUDGED
from typer.testing import CliRunner

from lstmtrader.audit.finding import AuditReport
from lstmtrader.cli.audit_summary import print_audit
from lstmtrader.cli.failures import run_app
from lstmtrader.cli.main import app


def said_of(report: AuditReport, capsys: pytest.CaptureFixture[str]) -> str:
    print_audit(report, Path("runs/.audits/[x]/audit.html"))
    return capsys.readouterr().out


@pytest.mark.parametrize("report", [CLEAN, LEAK, UNJUDGED])
def test_everything_that_was_found_is_printed(
    report: AuditReport, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said_of(report, capsys)
    lines = text.splitlines()
    assert lines[-2:] == [report.sentence, "audit: runs/.audits/[x]/audit.html"]
    for probe in report.probes:
        (row,) = (line for line in lines if re.match(rf"│ {probe.probe} ", line))
        assert f"│ {probe.outcome} " in row
        for said in (*probe.notes, *probe.hints, *probe.unjudged):
            assert f"  {said}" in lines


def test_a_leak_says_which_stage_since_when_and_by_how_much(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the order things flow; signs of markup are printed as they are."""
    lines = said_of(LEAK, capsys).splitlines()
    found = [line for line in lines if re.match(r"(data|feature|strategy)\b", line)]
    feature = LEAK.findings[1]
    assert found == [
        "data: Bars vanished.",
        f"{feature.guilty}: {feature.what} (since 2018-01-02, AAPL, by 0.001)",
        "strategy Peeking: Weights moved. (since 2019-03-04, KO, by 0.25)",
    ]


def test_hints_make_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert HINTED.hints
    assert "audited: clean" in said_of(CLEAN, capsys)


@pytest.mark.parametrize(
    ("report", "code"), [(CLEAN, 0), (LEAK, 1), (UNJUDGED, 2)], ids=lambda one: str(one)[:5]
)
def test_exit_codes(report: AuditReport, code: int) -> None:
    assert report.exit_code == code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.yaml",), "nowhere.yaml"),
        (("tiny.yaml", "--set", "sed=1"), "tiny.yaml: sed: unknown key; did you mean seed?"),
        (("tiny.yaml", "--set", "strategy.target=a:B"), "no module 'a'"),
    ],
)
def test_errors_of_the_config_are_one_line_and_leave_nothing(
    words: tuple[str, ...],
    message: str,
    tiny_yaml: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tiny_yaml.parent)
    command = ["audit", *words]
    code = run_app(lambda: app(command, "lstmtrader", standalone_mode=False), debug=False)
    stdout, stderr = capsys.readouterr()
    assert (code, stdout) == (2, "")
    assert message in stderr
    assert stderr.count("\n") == 1
    assert [path.name for path in tiny_yaml.parent.iterdir()] == ["tiny.yaml"]


def test_the_help_has_examples_and_exit_codes() -> None:
    text = CliRunner().invoke(app, ["audit", "--help"], prog_name="lstmtrader").output
    text = " ".join(text.replace("│", " ").split())
    for words in ("Examples", "audit configs/quickstart.yaml", "--quick", "Exit code: 0 nothing"):
        assert words in text, words
