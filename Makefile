# make run, make test, make ui: everything else is in `spotify-platform --help`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: help run test lint ui install install-test libltdl clean

help:            ## this list
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ —/'

run: install     ## build the whole graph on the sample world and say what came of it
	@$(BIN)/spotify-platform run --world sample

ui: install      ## serve the Dagster UI with its daemon on 127.0.0.1:3000
	@$(BIN)/spotify-platform ui

# A file's tests stay together, so that no world is built twice; in this order the longest start first.
test: lint       ## lint, types and every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: install-test
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

install: $(VENV)/.installed

install-test: $(VENV)/.installed-test

# uv comes by pip into the environment itself, so that nothing but Python need be on the machine.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12")'
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.9'

$(VENV)/.installed: $(UV) pyproject.toml uv.lock
	@echo "Installing the locked dependencies"
	@$(UV) sync --quiet --frozen --inexact --compile-bytecode --no-dev --python $(BIN)/python
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing what the tests need"
	@$(UV) sync --quiet --frozen --inexact --compile-bytecode --group dev --all-extras --python $(BIN)/python
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(VENV)/azurite; \
	else echo "There is no npm: tests that need Azurite will be skipped"; fi
	@$(MAKE) --no-print-directory libltdl
	@touch $@

# Microsoft's SQL driver is linked with a library that small systems lack. Without root it goes beside the environment.
libltdl:
	@$(BIN)/python -c 'import ctypes; ctypes.CDLL("libltdl.so.7")' 2>/dev/null \
	|| (mkdir -p $(VENV)/libltdl && cd $(VENV)/libltdl && (apt-get download libltdl7 || (apt-get update && apt-get download libltdl7)) \
	    && dpkg -x libltdl7*.deb .) >/dev/null 2>&1 \
	|| echo "There is no libltdl7: tests of the SQL driver will be skipped"

$(VENV)/azurite: spotify_platform_tests/azurite/package-lock.json
	@mkdir -p $@ && cp spotify_platform_tests/azurite/package*.json $@ && touch $@
	@npm --prefix $@ ci --omit=dev --ignore-scripts --no-audit --no-fund --silent

clean:           ## remove the environment; data stays
	rm -rf $(VENV)
