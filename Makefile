# make demo      the guide, from nothing to the message in the queue
# make test      unit, contract and end-to-end tests
# make lint      ruff and pyright
# make bench     measured side by side with what people use instead; docs/benchmarks.md (QUICK=1: that it runs)
# make conformance  localcloud and an Alibaba Cloud account compared; docs/conformance.md
# make destroy   take the demo's stack and the local cloud down
# make recover   bring the demo's stack back after an update that was cut off (YES=1: don't ask)
# make audit     known weaknesses of what is locked (exit 3: it could not be asked)
# make release   wheel and plugin of the components, built and tried in empty environments
# make reference docs/reference.md, from the components' schema
# make setup     only what the others need first: Python packages, Pulumi engine, provider

PYTHON ?= python3
PORT ?= $(or $(LOCALCLOUD_PORT),8321)
BIN := .venv/bin

export LOCALCLOUD_PORT := $(PORT)

.PHONY: demo test lint bench conformance destroy recover audit release reference setup environment lock port python

demo: port setup
	@$(BIN)/python -m demo

destroy: port environment
	@$(BIN)/python -m demo destroy

recover: port setup
	@$(BIN)/python -m demo recover $(if $(YES),--yes)

test: setup
	@$(BIN)/python -m pytest $(TESTS)

lint: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

bench: setup
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(PARTS)

conformance: environment
	@$(BIN)/python -m tests.conformance

audit: environment
	@$(BIN)/python requirements/audit.py

release: setup
	@$(BIN)/python -m release

reference: environment
	@$(BIN)/python docs/reference.py > docs/reference.md

setup: environment
	@$(BIN)/python -m toolchain

environment: python
	@$(PYTHON) toolchain/environment.py

# Before anything is set up: a wrong word is not worth minutes of building.
port: python
	@$(PYTHON) demo/port.py

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "make: there is no Python called $(PYTHON) here: install 3.10 or newer, or name yours, as in PYTHON=/usr/bin/python3.12" >&2; exit 1; }

# The locked files name no index: they install from whichever one is configured.
lock: environment
	@echo "uv" | $(BIN)/uv pip compile - --universal --generate-hashes --no-header --quiet --output-file requirements/uv.txt
	@$(BIN)/uv pip compile pyproject.toml components/pyproject.toml --group dev --universal \
		--generate-hashes --no-header --no-emit-index-url --no-emit-package fc-async-tasks \
		--constraint requirements/uv.txt --quiet --output-file requirements/all.txt
	@$(BIN)/uv pip compile requirements/peers.in --universal --python-version 3.10 --generate-hashes \
		--no-header --no-emit-index-url --quiet --output-file requirements/peers.txt
