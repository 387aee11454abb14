"""Law: ``config show`` tells what a run would use, ``config validate`` whether there is one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmtrader import Experiment
from lstmtrader.config.reading import parse_yaml

if TYPE_CHECKING:
    from tests.conftest import Program


def test_show_prints_every_setting_as_a_run_folder_has_it(
    tiny_yaml: Path, program: Program
) -> None:
    shown = program("config", "show", "tiny.yaml", cwd=tiny_yaml.parent)
    assert shown.returncode == 0, shown.stderr
    settings = parse_yaml(shown.stdout)
    assert settings == Experiment.from_yaml(tiny_yaml).config
    assert settings["members"] == 1  # a default
    assert settings["execution"] == "next_open"


def test_what_is_shown_can_be_run(tiny_yaml: Path, program: Program) -> None:
    whole = tiny_yaml.with_name("whole.yaml")
    whole.write_text(
        program("config", "show", "tiny.yaml", cwd=tiny_yaml.parent).stdout, encoding="utf-8"
    )
    assert Experiment.from_yaml(whole) == Experiment.from_yaml(tiny_yaml)


def test_show_applies_what_is_set(tiny_yaml: Path, program: Program) -> None:
    words = ("--set", "members=7", "--set", "model.params.network.hidden=3", "--json")
    shown = program("config", "show", "tiny.yaml", *words, cwd=tiny_yaml.parent)
    settings = json.loads(shown.stdout)
    assert settings["members"] == 7
    assert settings["model"]["params"]["network"]["hidden"] == 3
    assert settings == Experiment.from_yaml(tiny_yaml, words[1:4:2]).config


def test_show_of_a_wrong_config_is_one_line(tiny_yaml: Path, program: Program) -> None:
    refused = program("config", "show", "tiny.yaml", "--set", "member=7", cwd=tiny_yaml.parent)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "error: tiny.yaml: member: unknown key; did you mean members?\n"


@pytest.fixture
def desk(tiny_yaml: Path) -> Path:
    """A folder of three configs: sound, with a wrong key, and no YAML."""
    text = tiny_yaml.read_text(encoding="utf-8")
    (tiny_yaml.parent / "wrong.yaml").write_text(text + "mebers: 5\n", encoding="utf-8")
    (tiny_yaml.parent / "none.yaml").write_text("a: [1\nb: 2\n", encoding="utf-8")
    return tiny_yaml.parent


def test_validate_says_one_line_a_file(desk: Path, program: Program) -> None:
    told = program(
        "config", "validate", "tiny.yaml", "wrong.yaml", "none.yaml", "gone.yaml", cwd=desk
    )
    assert told.returncode == 2
    valid, wrong, none, gone = told.stdout.splitlines()
    assert valid == "valid: tiny.yaml"
    assert wrong == "wrong: wrong.yaml: mebers: unknown key; did you mean members?"
    assert none.startswith("wrong: none.yaml: line ")
    assert gone == "wrong: gone.yaml: cannot be read (No such file or directory)"


def test_validate_of_sound_ones_succeeds(desk: Path, program: Program) -> None:
    told = program("config", "validate", "tiny.yaml", "tiny.yaml", cwd=desk)
    assert (told.returncode, told.stdout) == (0, "valid: tiny.yaml\n" * 2)


def test_validate_as_json(desk: Path, program: Program) -> None:
    told = program("config", "validate", "tiny.yaml", "wrong.yaml", "--json", cwd=desk)
    assert told.returncode == 2
    sound, wrong = json.loads(told.stdout)
    assert sound == {"config": "tiny.yaml", "valid": True, "error": None}
    assert (wrong["config"], wrong["valid"]) == ("wrong.yaml", False)
    assert wrong["error"].startswith("wrong.yaml: mebers: unknown key")
