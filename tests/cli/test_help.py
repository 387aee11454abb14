"""Law: every command says what it does and gives an example, and the examples are ones it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import typer.main

from lstmtrader.cli.main import app

ROOT = typer.main.get_command(app)
PROGRAM = "lstmtrader"
# What typer raises for any word that a command does not take.
WRONG_USE = typer.BadParameter.__mro__[1]


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that name each command; of a group, those of its commands."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words
        return
    for name, one in sorted(inner.items()):
        yield from commands(one, (*words, name))


def named(words: tuple[str, ...]) -> Any:
    found: Any = ROOT
    for word in words:
        found = found.commands[word]
    return found


def examples(command: Any) -> list[str]:
    """The lines of an epilog that begin with the program, or lead to it in a shell."""
    lines = (line.strip() for line in (command.epilog or "").split("\n\n"))
    return [line for line in lines if re.match(rf"(cd \S+ && )?{PROGRAM} ", line)]


NAMES = list(commands(ROOT))
EXAMPLES = [(words, text) for words in NAMES for text in examples(named(words))]
each = pytest.mark.parametrize("words", NAMES, ids=" ".join)
each_example = pytest.mark.parametrize(("words", "text"), EXAMPLES, ids=[t for _, t in EXAMPLES])


def test_the_commands_are_found() -> None:
    some = {("run",), ("init",), ("new", "strategy"), ("config", "validate"), ("data", "check")}
    assert some <= set(NAMES)


@each
def test_it_says_what_it_does(words: tuple[str, ...]) -> None:
    command = named(words)
    assert command.help
    for parameter in command.params:
        help_ = getattr(parameter, "help", None)
        assert help_ or parameter.name == "help", f"{' '.join(words)} {parameter.name}"


@each
def test_it_gives_an_example_of_itself(words: tuple[str, ...]) -> None:
    shown = examples(named(words))
    own = [text for text in shown if _called(text)[: len(words)] == list(words)]
    assert own, f"{' '.join(words)}: no example in its help"
    assert (named(words).epilog or "").startswith(("Example:", "Examples:"))


@each_example
def test_an_example_is_taken_by_the_command_it_names(words: tuple[str, ...], text: str) -> None:
    """Its options exist, its words fit in number and type; nothing is run."""
    called = _called(text)
    command, depth = ROOT, 0
    while (inner := getattr(command, "commands", None)) is not None:
        command, depth = inner[called[depth]], depth + 1
    context = command.make_context(text, called[depth:], resilient_parsing=False)
    assert context.params


def test_an_example_that_is_none_would_be_caught() -> None:
    command = named(("run",))
    with pytest.raises(WRONG_USE):
        command.make_context("run", ["configs/quickstart.yaml", "--sett", "members=5"])
    with pytest.raises(WRONG_USE):
        command.make_context("run", [])


def _called(text: str) -> list[str]:
    """The words after the program's name; of several commands in a row, the last."""
    words = shlex.split(text.rpartition(" && ")[2])
    assert words[0] == PROGRAM
    return words[1:]
