# Linkage Gateway: needs Python 3.11 or newer, and make. `make help` lists what there is to do.

# A venv of its own. On a closed network: make demo PIP_ARGS="--no-index --find-links wheels" (docs/dependencies.md)
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
PIP_ARGS ?=
ARGS ?=
BUNDLE_ARGS ?=
# Test processes side by side.
JOBS ?= 2
# How long `make fuzz` looks for inputs that the format engine answers wrongly.
FUZZ_SECONDS ?= 60
# How long `make chaos` breaks everything, after how many faults it ends at the latest, and with which seed; without one
# it takes a new one, and prints it.
CHAOS_SECONDS ?= 1800
CHAOS_FAULTS ?= 10000
CHAOS_SEED ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint fuzz chaos nodes reference screens lock audit bundle clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

help: ## List what there is to do.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo-installed ## Play a sample city on this machine; once through and verified with ARGS=--once.
	@$(BIN)/linkage-gateway demo $(ARGS)

test: $(VENV)/.test-installed ## Run every check and every test, with real servers; PYTEST_ARGS narrows the tests.
	@.ci/debian-packages tests/support/debian-packages.txt
	@failed=0; \
	$(MAKE) --no-print-directory lint || failed=1; \
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(PYTEST_ARGS) </dev/null || failed=1; \
	exit $$failed

lint: $(VENV)/.test-installed ## Run the checks of style, types and import contracts.
	@failed=0; \
	$(BIN)/ruff check . || failed=1; \
	$(BIN)/ruff format --check . || failed=1; \
	$(BIN)/mypy || failed=1; \
	$(BIN)/lint-imports --no-logo || failed=1; \
	exit $$failed

fuzz: $(VENV)/.test-installed ## Look for records and layouts that break the format engine, for FUZZ_SECONDS (60).
	@$(BIN)/python tests/fuzz/fuzz.py --seconds $(FUZZ_SECONDS)

chaos: $(VENV)/.test-installed ## Break lines, hosts, disk, clock and gateway for CHAOS_SECONDS (1800) or CHAOS_FAULTS (10000); all must arrive once.
	@.ci/debian-packages tests/support/debian-packages.txt
	@$(BIN)/python -m tests.chaos.run --seconds $(CHAOS_SECONDS) --faults $(CHAOS_FAULTS) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED))

nodes: $(VENV)/.test-installed ## Kill, hang and cut off three nodes for CHAOS_SECONDS (1800); every file must arrive once.
	@.ci/debian-packages tests/support/debian-packages.txt
	@$(BIN)/python -m tests.chaos.nodes --seconds $(CHAOS_SECONDS) $(if $(CHAOS_SEED),--seed $(CHAOS_SEED))

reference: $(VENV)/.test-installed ## Write the pages of docs/ that are generated from the code.
	@$(BIN)/python -m gateway.reference docs/reference
	@$(BIN)/python -m gateway.reference.lifecycle_diagram docs/lifecycle.md
	@$(BIN)/python -m gateway.planning.plan_picture config docs

screens: $(VENV)/.test-installed ## Take the pictures of the status page for the operators' manual anew.
	@$(BIN)/python -m tests.support.screens docs/screens

lock: $(VENV)/.test-installed ## Renew the versions and digests that images and bundles are made of.
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra postgres --extra fast --extra traces --python-version 3.11 --universal \
		--generate-hashes --no-header --no-annotate --upgrade --output-file deploy/requirements.txt
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra postgres --extra fast --extra traces --extra demo --python-version 3.11 --universal \
		--generate-hashes --no-header --no-annotate --upgrade --constraint deploy/requirements.txt \
		--output-file deploy/bundle/requirements.txt
	@$(BIN)/uv pip compile --quiet --group build --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --upgrade \
		--output-file deploy/build-requirements.txt

audit: $(VENV)/.test-installed ## Compare what images and bundles are made of with the published weaknesses; without a network: ADVISORIES=all.zip.
ifdef ADVISORIES
	@$(BIN)/python deploy/audit.py $(ADVISORIES)
else
	@$(BIN)/pip-audit --strict --no-deps --disable-pip --require-hashes --progress-spinner off \
		--requirement deploy/bundle/requirements.txt
endif

bundle: $(VENV)/.test-installed ## Make an archive that installs without a network; BUNDLE_ARGS="--platform linux-aarch64" for others.
	@$(BIN)/python deploy/bundle/make_bundle.py --out dist $(BUNDLE_ARGS)

clean: ## Remove what was installed, cached or built here.
	rm -rf $(VENV) build dist var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find adapters gateway tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) has no working venv module (on Debian: the package python3-venv)" >&2; rm -rf $(VENV); exit 1; }

# The stamps come after the packages, so that an installation that was cut off is made again.
$(VENV)/.demo-installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) ..."
	@$(PIP) $(PIP_ARGS) --editable '.[demo]' </dev/null
	@touch $@

$(VENV)/.test-installed: pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV), with what the tests need ..."
	@$(PIP) $(PIP_ARGS) --editable '.[test]' </dev/null
	@touch $@ $(VENV)/.demo-installed
