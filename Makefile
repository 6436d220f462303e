# Every habit of this repository; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/events libs/chassis libs/client services/identity services/journey deploy/local
PACKAGES := $(foreach member,$(MEMBERS),-e $(member))

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(PACKAGES)
	@touch $@

.PHONY: install
install: $(VENV)/installed ## make the Python environment in .venv

.PHONY: run
run: $(VENV)/installed ## run everything on this machine until Ctrl-C
	@exec $(BIN)/python -P -m percorso.local run

.PHONY: clean-data
clean-data: $(VENV)/installed ## remove the data folder after asking
	@exec $(BIN)/python -P -m percorso.local clean-data
