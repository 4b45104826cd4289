# Frontdesk: `make demo` to try it, `make test` before you commit. Needs Python 3.11+ and make.

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/runtime.installed
EVERYTHING := .venv/development.installed
PEERS := .venv-bench/peers.installed

.PHONY: help setup demo test stress lint bench score lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

# The project itself is installed in place, without asking for anything that is not locked.
$(RUNTIME): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(EVERYTHING): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNTIME)

setup: $(EVERYTHING) ## .venv with everything, tests and the PostgreSQL driver included

# Whatever is installed already will do.
demo: | $(if $(wildcard $(EVERYTHING)),,$(RUNTIME)) ## a clinic in your browser; FRESH=1 begins anew
	@$(BIN)/frontdesk demo

test: $(EVERYTHING) ## the suite, on SQLite and a real PostgreSQL, in a few minutes
	@$(BIN)/pytest --numprocesses=2 --dist=loadfile -m "not stress"

stress: $(EVERYTHING) ## the same promises with full counts
	@$(BIN)/pytest -m stress --durations=15

lint: $(EVERYTHING) ## formatter, linter, type checker
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

# What we compare with brings its own libraries, so it lives in its own environment.
$(PEERS): requirements-bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

bench: $(EVERYTHING) $(PEERS) ## benchmarks beside peers and yardsticks, as ratios; LARGE=1 adds a larger clinic
	@$(BIN)/python -m tests.benchmarks $(if $(LARGE),--large)

score: $(EVERYTHING) $(PEERS) ## how much is understood, per set and language; SETS=folder for other sets
	@$(BIN)/python -m tests.understanding --errors 20 $(if $(SETS),--sets $(SETS))

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--output-file requirements.txt pyproject.toml requirements-build.in
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--output-file requirements-dev.txt --extra dev --constraint requirements.txt pyproject.toml requirements-build.in
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--output-file requirements-bench.txt requirements-bench.in
