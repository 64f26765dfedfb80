# Rapport. The two commands of a newcomer: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo up down test check format bench bomb bench-exposition bench-scores bench-intake bench-publish bench-recovery bench-pages bench-dashboards pictures chaos outage soak sdks mutate mutants histories render lock clean
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
PY := .venv/bin/python
# A version manager's shim exists without the version that it is named after.
CHECK_PYTHON = $(PYTHON) --version >/dev/null 2>&1 || { echo "$(PYTHON) cannot be run; name another Python, or its path: make PYTHON=path/to/python3.13 setup" >&2; exit 2; }; $(PYTHON) deploy/check_python.py $(PYTHON)
ARGS ?=
COMPOSE := docker compose -f deploy/compose.yaml

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## Make .venv from the committed lock, once (PYTHON=python3.13)
	@$(if $(filter command environment,$(origin PYTHON)),$(CHECK_PYTHON))

.venv/.ready: requirements.lock pyproject.toml
	@echo "setting up .venv (once; later runs need no network)"
	@$(CHECK_PYTHON)
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m uv pip sync --quiet --require-hashes --python $(PY) requirements.lock
	@$(PY) -m uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Run the whole on real Kafka with real purchases (ARGS=--once, ARGS="--once --json")
	@exec $(PY) -m rapport demo $(ARGS)

up: setup ## Run everything with Docker Compose, Grafana too (DEMO=1 publishes the demo's data, and loads its past)
	@rm -rf dist && $(PY) -m hatchling build -t wheel -d dist >/dev/null
	@$(COMPOSE) up --build --detach --wait worker intake prometheus alertmanager grafana
	@$(if $(DEMO),$(COMPOSE) run --rm demo && $(COMPOSE) run --rm history && $(COMPOSE) run --rm load-history)
	@echo "pages http://127.0.0.1:9464/   Grafana http://127.0.0.1:3000   Prometheus http://127.0.0.1:9090   events: POST http://127.0.0.1:8480/events"

down: ## End what `make up` started; the data stays (ARGS=--volumes removes it)
	@$(COMPOSE) --profile demo down $(ARGS)

# Tests start hundreds of processes. Without bytecode on disk each of them compiles all its imports.
test check: export PYTHONDONTWRITEBYTECODE =

test: setup ## Run every test (installs prometheus, alertmanager, chromium and npm when root on Debian)
	@bash deploy/install-test-tools.sh
	@$(PY) tests/shared/warm_broker.py
	@$(PY) -m pytest --quiet -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(PY) -m pytest --quiet --doctest-modules streams schemas

bench: setup ## Rapport beside its peers, on one machine and in one run
	@$(PY) bench/run.py $(ARGS)
	@$(PY) bench/prometheus/exposition.py $(filter --json,$(ARGS))
	@$(PY) bench/scores.py $(filter --json,$(ARGS))
	@$(PY) bench/intake.py $(filter --json,$(ARGS))
	@$(PY) bench/publish.py $(filter --json,$(ARGS))
	@$(PY) bench/recovery.py $(filter --json,$(ARGS))
	@$(PY) bench/pages.py $(filter --json,$(ARGS))
	@$(PY) bench/prometheus/dashboards.py $(filter --json,$(ARGS))

bench-exposition: setup ## One scrape of 100,000 series beside prometheus-client (ARGS=--json)
	@exec $(PY) bench/prometheus/exposition.py $(ARGS)

bench-scores: setup ## One client, and a fleet of 1,000: how long all scores take
	@exec $(PY) bench/scores.py $(ARGS)

bench-intake: setup ## The HTTP intake under load: events/s, latency, errors
	@exec $(PY) bench/intake.py $(ARGS)

bench-publish: setup ## Only the publisher, beside bare kafka-python and confluent-kafka
	@exec $(PY) bench/publish.py $(ARGS)

bench-pages: setup ## The client pages at 1,000 clients: first byte and whole page
	@exec $(PY) bench/pages.py $(ARGS)

bench-dashboards: setup ## Grafana's fleet page at 1,000 and 10,000 clients: size and time of a refresh
	@exec $(PY) bench/prometheus/dashboards.py $(ARGS)

chaos: setup ## Faults on a running line; the ledger must come out as if there were none (QUICK=1, SEED=n)
	@exec $(PY) tests/system/chaos/run.py $(if $(QUICK),--quick) $(if $(SEED),--seed $(SEED)) $(ARGS)

pictures: setup ## Take pictures of the demo's pages, to .rapport/pictures (ARGS=--docs, ARGS="--url URL")
	@exec nice $(PY) deploy/demo/pictures.py $(ARGS)

bomb: setup ## A million events for 100,000 invented clients must add no series and no memory
	@exec $(PY) bench/bomb.py $(ARGS)

outage: setup ## Kafka away for MINUTES=10, then back: nothing lost, memory bounded
	@exec $(PY) tests/system/chaos/outage.py --minutes $(or $(MINUTES),10) $(ARGS)

soak: setup ## A steady load for MINUTES=20: memory and series must stay flat
	@exec $(PY) tests/system/chaos/soak.py --minutes $(or $(MINUTES),20) $(ARGS)

sdks: setup ## Let the official CloudEvents SDKs publish, and record their bytes (needs go, a JDK and npm)
	@RAPPORT_SDKS=1 $(PY) -m pytest --quiet tests/system/sdks $(ARGS)

mutate: setup ## Change the code in COUNT=200 places, drawn by SEED=n: a fast test must notice 88 %
	@exec nice $(PY) tests/system/mutation/run.py $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) $(ARGS)

mutants: setup ## Change alert and recording rules: a rule test must notice (ARGS="--alert NAME", ARGS=--json)
	@exec nice $(PY) tests/system/rule_mutation/rule_mutants.py $(ARGS)

histories: setup ## Replay recorded histories and write their scores anew: review the diff
	@exec $(PY) tests/system/histories/replay.py

bench-recovery: setup ## A worker with 1,000,000 pages: how long until it is ready again
	@exec $(PY) bench/recovery.py $(ARGS)

render: setup ## Write what is generated from the catalogue
	@$(PY) -m rapport render

check: setup ## Format, lint, types, import rules, generated files, contracts
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	@$(PY) -m pytest --quiet tests/libraries/test_fence.py
	@$(PY) -m rapport render --check
	@$(PY) -m rapport contracts check

format: setup ## Format and mend what ruff can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

lock: ## Renew requirements.lock (needs the network)
	@$(PY) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --all-extras --python-version 3.11 --upgrade pyproject.toml -o requirements.lock
	@$(PY) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --extra worker --extra intake --extra import --python-version 3.11 --constraint requirements.lock pyproject.toml -o deploy/image.lock

clean: ## Remove what make made
	rm -rf .venv .rapport dist build
