PYTHON ?= python3
PORT ?= 8000
TRADEPOST_HOME ?= $(CURDIR)/tradepost-data
export PYTHON PORT

BIN := .venv/bin
READY := .venv/ready
BUILT_FROM := pyproject.toml hatch_build.py requirements/dev.txt $(wildcard src/tradepost/frontend/package*.json)
TYPED := $(wildcard src tests bench devtools)
STEP := .ci/step
DJANGO := env DJANGO_SETTINGS_MODULE=tradepost.settings TRADEPOST_HOME=.make/check $(BIN)/python -m django
PYTEST := $(BIN)/python -m pytest -n 2

.DEFAULT_GOAL := help
.PHONY: help install run test check bench
.NOTPARALLEL:

help: ## Say what can be made.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(READY) ## Make the virtual environment and install everything into it, only if something changed.
	@:

run: $(READY) ## Start a demonstration shop on PORT (8000), its data in TRADEPOST_HOME (./tradepost-data).
	@TRADEPOST_HOME="$(TRADEPOST_HOME)" $(BIN)/tradepost demo --no-browser

test: check ## Check, then run every test on SQLite and on PostgreSQL.
	@browser=; .ci/browser || browser=--ignore=tests/browser; \
	$(STEP) "tests on SQLite" env TRADEPOST_TEST_DATABASE=sqlite $(PYTEST) $$browser
	@$(STEP) "tests on PostgreSQL" env TRADEPOST_TEST_DATABASE=postgres $(PYTEST)

check: $(READY) ## Check format, style, types, imports, migrations and settings.
	@$(STEP) "format" $(BIN)/ruff format --quiet --check .
	@$(STEP) "style" $(BIN)/ruff check --quiet .
	@$(STEP) "types" env TRADEPOST_HOME=.make/check $(BIN)/mypy $(TYPED)
	@$(STEP) "imports" $(BIN)/lint-imports
	@$(STEP) "migrations" $(DJANGO) makemigrations --check --dry-run
	@$(STEP) "settings" env TRADEPOST_URL=https://shop.example.com $(DJANGO) check --deploy --fail-level WARNING

bench: $(READY) ## Measure every headline figure and write it under bench/results.
	@set -e; for file in $(filter-out bench/_%,$(wildcard bench/*.py)); do \
		name=$$(basename $$file .py); $(STEP) "$$name" $(BIN)/python -m bench.$$name; done

$(BIN)/uv:
	@$(STEP) "virtual environment" .ci/venv

$(READY): $(BIN)/uv $(BUILT_FROM)
	@$(STEP) "packages" $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(STEP) "tradepost" $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
