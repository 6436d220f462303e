# Every habit of this repository; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/events libs/chassis libs/citizens libs/client libs/city services/identity services/insights services/journey services/notifications services/portal deploy/local
PACKAGES := $(foreach member,$(MEMBERS),-e $(member))
CODE := libs services deploy tests docs
EXPORT := uv export --quiet --frozen --no-emit-workspace --no-header --no-annotate
IN_IMAGE := $(foreach member,$(filter-out deploy/local,$(MEMBERS)),--package percorso-$(notdir $(member)))
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2
NARROW := $(if $(SERVICE),/$(SERVICE))
SPECTRAL := .work/spectral/node_modules/.bin/spectral
NATIONAL_RULES := ../shared/contracts/oas-rules/agid.yml

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(VENV)/installed: requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(PACKAGES)
	@touch $@

.PHONY: install
install: $(VENV)/installed ## make the Python environment in .venv

.PHONY: lock
lock: $(VENV)/installed ## renew the pins: of everything, and of what the containers' image holds
	@$(BIN)/uv lock --quiet
	@$(BIN)/$(EXPORT) --all-packages > requirements.lock
	@$(BIN)/$(EXPORT) --no-default-groups --group build --package percorso-workspace $(IN_IMAGE) > deploy/requirements.lock

.PHONY: run
run: $(VENV)/installed ## run everything on this machine until Ctrl-C
	@exec $(BIN)/python -P -m percorso.local run

.PHONY: clean-data
clean-data: $(VENV)/installed ## remove the data folder after asking
	@exec $(BIN)/python -P -m percorso.local clean-data

.PHONY: secrets
secrets: $(VENV)/installed ## make keys and passwords for deploy/compose.yaml, once
	@exec $(BIN)/python -P -m percorso.local.containers deploy

.PHONY: format
format: $(VENV)/installed ## write the code as everybody writes it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lint
lint: $(VENV)/installed ## check form and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/installed ## check types
	@$(BIN)/mypy $(CODE)

.PHONY: arch
arch: $(VENV)/installed ## check who knows whom, and the tree's own rules
	@$(BIN)/lint-imports --no-logo
	@$(PYTEST) -q tests/architecture

.PHONY: check
check: lint types arch ## format, lint, types, dependency rules, architecture

.PHONY: unit
unit: $(VENV)/installed ## tests without sockets; SERVICE=journey narrows
	@$(PYTEST) -q tests/unit$(NARROW)

.PHONY: contract
contract: $(VENV)/installed ## tests of what others rely on
	@$(PYTEST) -q tests/contract

.PHONY: integration
integration: $(VENV)/installed ## one part with real PostgreSQL and Kafka; SERVICE=journey narrows
	@$(PYTEST) -q tests/integration$(NARROW)

.PHONY: e2e
e2e: $(VENV)/installed ## the whole stack, as its users meet it
	@$(PYTEST) -q tests/e2e

.PHONY: test
test: check ## all of it, with PostgreSQL and Kafka of its own; what CI runs; SEED=n takes an order again
	@$(PYTEST) --ignore=tests/architecture --numprocesses=$(WORKERS) $(if $(SEED),--randomly-seed=$(SEED))

.PHONY: chaos
chaos: $(VENV)/installed ## faults under load, judged by an oracle; SEED=n, TEETH=1 plants bugs
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(TEETH),--teeth)

.PHONY: bench
bench: $(VENV)/installed ## budgets beside their limits, 25 minutes; FIGURES="ingest pages", ROUNDS=3, GROWTH=100 (million rows)
	@$(BIN)/python -m tests.load $(FIGURES) --save $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(GROWTH),--growth $(GROWTH))

.PHONY: precision
precision: $(VENV)/installed ## of what is suggested first at the city's planted life events, how much was wanted
	@$(BIN)/python -m tests.precision

.PHONY: screenshots
screenshots: $(VENV)/installed ## a picture of each page in docs/screenshots, of a stack with the demo people
	@$(BIN)/python -m tests.support.screenshots

.PHONY: docs
docs: $(VENV)/installed ## renew the reference pages that stand in the code
	@$(BIN)/python -m docs.generate

$(SPECTRAL):
	@npm install --prefix .work/spectral --silent --no-audit --no-fund --ignore-scripts \
		@stoplight/spectral-cli@6.16.3

.PHONY: oas
oas: docs ## AsyncAPI's rules and the national ones for APIs, on what `make docs` wrote
ifeq ($(shell command -v npm),)
	@echo "skipped: Spectral, which runs the rules, comes by npm, which is absent"
else
	@$(MAKE) --silent $(SPECTRAL)
	@$(SPECTRAL) lint -r docs/generate/asyncapi-rules.yml --fail-severity=warn docs/reference/asyncapi.json
ifeq ($(wildcard $(NATIONAL_RULES)),)
	@echo "skipped: the national rules are beside the checkout, in ../shared, which is absent"
else
	@$(SPECTRAL) lint -r $(NATIONAL_RULES) --fail-severity=warn docs/reference/openapi/*.json
endif
endif

.PHONY: schema
schema: $(VENV)/installed ## renew the picture of each service's migrated schema
	@$(BIN)/python -m tests.support.schemas
