# Every verb works in a fresh clone. `make help` lists them.
PYTHON ?= python3
# files of tests that run at the same time
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo demo-web test check format bench clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with the exact versions of constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11 install")'
	@echo 'Installing into $(VENV), once; it takes a minute or two.'
	@$(PYTHON) -m venv $(VENV)
	@PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: install ## play the whole story in 40 seconds: local Slack, real HAProxy, no cluster needed
	$(BIN)/pod-proxier demo

demo-web: install ## the same to click through: the local Slack as a page in the browser, on loopback
	$(BIN)/pod-proxier demo --web

test: install ## run every test that this machine can run
	@folder=$$(mktemp -d -t pp.XXXXXX) && trap "rm -rf $$folder" EXIT && \
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --basetemp $$folder/t  # short, for sockets are in it

check: install ## format, lint, types, imports, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/integration/database/test_migrations.py -k "tables_that_the_program_knows and sqlite"

format: install ## let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

clean: ## remove what the verbs above made in this checkout
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
