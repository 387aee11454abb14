# make demo: from a fresh clone to a tear sheet.   make test: from a fresh clone to every check.
# Both need Python 3.11 or newer, make and the package index; nothing else must be there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Not compiled: most of what comes with the libraries is never imported, the rest is at its first use.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
	--constraint constraints.txt

# Two at a time fill the cores: none of them starts processes of its own.
ON_TWO_CORES := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 LSTMTRADER_WORKERS=1 $(BIN)/pytest -n 2

# Where this is set, every process of the tests would compile anew what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test install install-dev lint types tests docs notebooks browser clean

demo: install
	$(BIN)/lstmtrader run configs/quickstart.yaml

test:
	$(MAKE) --jobs=2 --output-sync=target browser lint types
	$(MAKE) tests

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

# The pip that Python 3.11 brings takes twice as long to read the index.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) 'pip>=26'

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[dev]'
	touch $(VENV)/.installed $@

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev
	$(BIN)/mypy

# Two processes, one thread each, so that they do not fight over the cores. Notebooks take long: first.
tests: install-dev browser
	$(ON_TWO_CORES) --dist loadgroup --nbmake --nbmake-timeout=180 notebooks tests

notebooks: install-dev
	$(ON_TWO_CORES) --nbmake --nbmake-timeout=180 notebooks

# The site of docs/, in build/site. The tests build it as strictly, and run every block of it.
docs: install-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Chromium opens the report in the browser tests.
browser:
	@sh tests/browser/install.sh

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache test-artefacts
