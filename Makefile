# Everything happens in .venv; nothing needs root. See CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MAKEFLAGS += --no-print-directory

.PHONY: help test demo bench clean

help:
	@echo "make test   lint, types and every test (PC/SC tests where the packages are installed)"
	@echo "make demo   a tour with the simulator; needs no reader"
	@echo "make bench  APDUs per second and start-up time"
	@echo "make clean  remove what these targets made"

test:
	@PYTHON="$(PYTHON)" MAKE="$(MAKE)" sh scripts/test.sh

demo: $(VENV)/.stamp-run
	@$(BIN)/python -m uimkit.demo

bench: $(VENV)/.stamp-test
	@$(BIN)/python scripts/bench/startup.py
	@PYTHONPATH=scripts $(BIN)/python scripts/bench/apdu_rate.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find uimkit tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.stamp-run: pyproject.toml
	@sh scripts/venv.sh "$(PYTHON)" "$(VENV)" .
	@touch $@

$(VENV)/.stamp-test: pyproject.toml
	@sh scripts/venv.sh "$(PYTHON)" "$(VENV)" '.[test]'
	@touch $@
