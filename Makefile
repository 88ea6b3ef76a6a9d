.DEFAULT_GOAL := help
.PHONY: help demo test generate verify check lint types bench clean

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 24

demo: $(INSTALLED)  ## Run real workflows on a real PostgreSQL, and show what happened
	$(BIN)/python examples/run_workflows.py --demo

test: $(INSTALLED)  ## Run all tests (DATABASE_URL: on that server instead of the embedded one)
	$(BIN)/python -m pytest -n 2

generate: $(INSTALLED)  ## Write what is generated, from schema/ and queries/
	$(BIN)/python tools/generate.py

verify: $(INSTALLED)  ## Fail if anything generated is stale, edited, missing or left over
	$(BIN)/python tools/generate.py --check

check: $(INSTALLED)  ## Compare the database of DATABASE_URL with the generated code
	$(BIN)/attune-store check

lint: $(INSTALLED)  ## Check style, imports and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(INSTALLED)  ## Check types with mypy --strict and pyright strict
	$(BIN)/mypy
	$(BIN)/pyright

bench: $(INSTALLED)  ## Measure next to peers
	$(BIN)/python benchmarks/read_rows.py

clean:  ## Remove the environment and all caches
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements-dev.txt pyproject.toml sqlc-gen-psycopg/pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . -e sqlc-gen-psycopg
	touch $@
