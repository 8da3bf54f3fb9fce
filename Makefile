# The front door. `make run` and `make test` do all the set-up that they need.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
export TONGXIN_HOME ?= $(CURDIR)/var

MARK ?= not slow

.PHONY: run test test-slow lint bench bench-planner faults setup demo clean messages

run: setup ## Play the demo's main job with progress, then serve it at 127.0.0.1:8000
	$(BIN)/tongxin demo --serve

test: setup ## Run the default suite on SQLite (on PostgreSQL with TONGXIN_DATABASE_URL set)
	$(BIN)/pytest -q -n 2 --dist loadgroup -m "$(MARK)" $(PYTEST_ARGS)

test-slow: setup ## The long ones: every page in a browser, the demo, the drill on real data
	$(BIN)/pytest -q -n 2 --dist loadgroup -m slow $(PYTEST_ARGS)

lint: setup ## Format, lint, types, contracts, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: setup ## Measure the bars; tables go to docs/benchmarks/
	$(BIN)/python -m benchmarks

bench-planner: setup ## Measure the planner alone; BENCH="hhcrsp --seconds 60" for a part, BENCH=rivals for other engines
	$(if $(or $(if $(strip $(BENCH)),,all),$(findstring rivals,$(BENCH))),$(BIN)/uv sync --quiet --frozen --inexact --group bench --python $(BIN)/python)
	$(BIN)/python -m benchmarks.planner $(BENCH)

faults: setup ## Kill the server and the worker over and over; SHORT=1 for the form that CI runs
	$(BIN)/python -m faults $(if $(SHORT),--short)

messages: setup ## List texts without a Chinese translation
	$(BIN)/pytest -q tests/test_translations.py

setup: $(STAMP) ## Make .venv from the lock, build assets, compile translations
	@$(BIN)/python frontend/build.py
	@$(BIN)/python frontend/compile_messages.py
	@$(BIN)/python -m tongxin.engines.planner.compile
	@$(BIN)/python -m compileall -q src

$(STAMP): pyproject.toml uv.lock setup.sh
	bash setup.sh
	touch $(STAMP)

clean: ## Remove what set-up made (never the data folder)
	rm -rf $(VENV) frontend/node_modules src/tongxin/web/static/vendor src/tongxin/situation/fonts
