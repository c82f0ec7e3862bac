# Everything happens in .venv; nothing needs root. See CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MAKEFLAGS += --no-print-directory

.PHONY: help test demo bench fuzz clean

help:
	@echo "make test   lint, types and every test (PC/SC tests where the packages are installed)"
	@echo "make demo   a tour with the simulator; needs no reader"
	@echo "make bench  APDUs per second and start-up time"
	@echo "make fuzz   coverage-guided fuzzing, FUZZ_SECONDS=60 for each of FUZZ_TARGETS"
	@echo "make clean  remove what these targets made"

test:
	@PYTHON="$(PYTHON)" MAKE="$(MAKE)" sh scripts/test.sh

demo: $(VENV)/.stamp-run
	@$(BIN)/python -m uimkit.demo

bench: $(VENV)/.stamp-test
	@$(BIN)/python scripts/bench/startup.py
	@PYTHONPATH=scripts $(BIN)/python scripts/bench/apdu_rate.py
	@$(BIN)/python scripts/bench/power_off_rate.py

FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= apdu image stream profile
fuzz: $(VENV)/.stamp-test
	@$(BIN)/python -c 'import atheris' 2>/dev/null || sh scripts/venv.sh "$(PYTHON)" "$(VENV)" '.[fuzz]'
	@for target in $(FUZZ_TARGETS); do \
		echo "== $$target"; \
		PYTHONPATH=scripts:. $(BIN)/python -m fuzz $$target -max_total_time=$(FUZZ_SECONDS) -max_len=4000 \
			-verbosity=0 -print_final_stats=1 || exit 1; \
	done

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find uimkit tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.stamp-run: pyproject.toml
	@sh scripts/venv.sh "$(PYTHON)" "$(VENV)" .
	@touch $@

$(VENV)/.stamp-test: pyproject.toml
	@sh scripts/venv.sh "$(PYTHON)" "$(VENV)" '.[test]'
	@touch $@
