"""From a name as people write it to the names that Python wants."""

from __future__ import annotations

import importlib.metadata
import keyword
import re
import sys
from dataclasses import dataclass

from lstmtrader.errors import ConfigError

_WRITTEN = re.compile(r"[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 50
# Folders of a project: a package of that name would be taken for one of them.
_FOLDERS = ("configs", "runs", "tests")


@dataclass(frozen=True)
class Names:
    """The names of one thing.

    Parameters
    ----------
    module : str
        ``mean_reversion``.
    cls : str
        ``MeanReversion``.
    """

    module: str
    cls: str

    @staticmethod
    def of(written: str) -> Names:
        """Read a name such as ``mean-reversion``, ``mean_reversion`` or ``MeanReversion``.

        Raises
        ------
        ConfigError
            If no class can be called so.

        Examples
        --------
        >>> Names.of("mean-reversion")
        Names(module='mean_reversion', cls='MeanReversion')
        >>> Names.of("RSIDivergence").module
        'rsi_divergence'
        """
        if not _WRITTEN.fullmatch(written) or len(written) > _LONGEST:
            raise ConfigError(
                f"name: expected letters and digits, parted by dashes, such as mean-reversion, at "
                f"most {_LONGEST}; got {written!r}"
            )
        words = [word for part in re.split(r"[-_]", written) for word in _HUMP.split(part)]
        module = "_".join(words).lower()
        cls = "".join(word[0].upper() + word[1:] for word in words)
        for name in (module, cls):
            if keyword.iskeyword(name) or keyword.issoftkeyword(name):
                raise ConfigError(f"name: {name} is a word of Python itself; choose another")
        return Names(module, cls)


def package_name(written: str) -> str:
    """Return the name of a project's own package; refuse one that would hide another package.

    Raises
    ------
    ConfigError
    """
    package = Names.of(written).module
    taken = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions(), *_FOLDERS}
    if package in taken or package in ("lstmtrader", "strategies"):
        raise ConfigError(
            f"name: {package} would hide a package or folder of that name; choose another"
        )
    return package
