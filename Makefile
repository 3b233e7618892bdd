# Every target does its own set-up; scripts/set-up says what it needs. `make help` lists them.

PYTHON ?=
export PYTHON

BIN := .venv/bin
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
LOCKED := requirements/build.txt pyproject.toml scripts/set-up
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help demo dev test lint types contracts check format lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## Live through a year of real flights; ARGS="--days 30" for a month.
	@$(BIN)/monitor demo $(ARGS)

dev: $(RUNTIME) ## Open the Dagster UI on what was monitored so far.
	@$(BIN)/monitor dev $(ARGS)

test: $(DEV) ## Run the tests; ARGS="tests/monitoring -k psi" for some.
	@$(BIN)/python -m pytest $(ARGS)

lint: $(DEV) ## Check style and formatting.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## Check the types.
	@$(BIN)/mypy

contracts: $(DEV) ## Check that imports run down the floors.
	@$(BIN)/lint-imports

check: lint types contracts ## All checks that are not tests.

format: $(DEV) ## Format, and fix what can be fixed.
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# Development first: the other locks take their versions from it.
lock: ## Resolve the dependencies again (needs uv); UPGRADE=1 takes the newest.
	$(COMPILE) --extra demo --extra dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --extra demo -c requirements/dev.txt pyproject.toml -o requirements/runtime.txt
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt

clean: ## Remove the environment and the caches; what was monitored (.monitor) stays.
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements/runtime.txt $(LOCKED)
	@scripts/set-up runtime

$(DEV): requirements/dev.txt $(LOCKED)
	@scripts/set-up dev
