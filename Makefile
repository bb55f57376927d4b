# make demo      the guide, from nothing to the message in the queue
# make test      unit, contract and end-to-end tests
# make lint      ruff and pyright
# make bench     figures of this machine: cold and warm starts of instances
# make destroy   take the demo's stack and the local cloud down
# make setup     only what the others need first: Python packages, Pulumi engine, provider

PYTHON ?= python3
PORT ?= 8321
BIN := .venv/bin

export LOCALCLOUD_PORT := $(PORT)

.PHONY: demo test lint bench destroy setup environment lock

demo: setup
	@$(BIN)/python -m demo

destroy: environment
	@$(BIN)/python -m demo destroy

test: setup
	@$(BIN)/python -m pytest $(TESTS)

lint: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

bench: environment
	@$(BIN)/python bench/instances.py

setup: environment
	@$(BIN)/python -m toolchain

environment:
	@$(PYTHON) toolchain/environment.py

# The locked files name no index: they install from whichever one is configured.
lock: environment
	@echo "uv" | $(BIN)/uv pip compile - --universal --generate-hashes --no-header --quiet --output-file requirements/uv.txt
	@$(BIN)/uv pip compile pyproject.toml components/pyproject.toml --group dev --universal \
		--generate-hashes --no-header --no-emit-index-url --no-emit-package fc-async-tasks \
		--constraint requirements/uv.txt --quiet --output-file requirements/all.txt
