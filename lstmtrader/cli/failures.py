"""What the user sees when something goes wrong: one line, and an exit code."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator

from lstmtrader.errors import LstmtraderError

INTERRUPTED = 130


def run_app(app: Callable[[], object], *, debug: bool) -> int:
    """Run the command line and return the exit code.

    An error of this package is one line on standard error and its own exit code (2); Ctrl-C says
    what was kept and gives 130. With `debug` the traceback is shown as well. Wrong options are
    answered by the command line itself, with 2.
    """
    try:
        app()
    except LstmtraderError as error:
        _say("error: " + " ".join(str(error).split()), error, debug=debug)
        return error.exit_code
    except KeyboardInterrupt as error:
        _say("interrupted", error, debug=debug)
        return INTERRUPTED
    except SystemExit as exit_:
        # Typer turns Ctrl-C into an exit of its own and keeps it as the cause.
        cause = exit_.__context__ and exit_.__context__.__cause__
        if not isinstance(cause, KeyboardInterrupt):
            raise
        _say("interrupted", cause, debug=debug)
        return INTERRUPTED
    return 0


def _say(text: str, error: BaseException, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    sys.stderr.write("\n".join([text, *getattr(error, "__notes__", ())]) + "\n")


@contextlib.contextmanager
def named_in_errors(config: str) -> Iterator[None]:
    """Begin the message of every error of this package with the file it came from."""
    try:
        yield
    except LstmtraderError as error:
        named = type(error)(f"{config}: {error}")
        for note in getattr(error, "__notes__", ()):
            named.add_note(note)
        raise named from error
