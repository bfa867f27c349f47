# Everything from nothing but python3 and make: each target makes and reuses .venv.
#
#   make demo        the digits example: trained in Lua and in Python, fine-tuned across the two
#   make test        the linters, then the whole test suite
#   make lint        ruff (rules and format) and mypy
#   make bench       the benchmarks, beside PyTorch where it is installed
#   make docs        the documentation as a site, in build/site
#   make migration   MIGRATION.md, anew from the registry
#   make signatures  the type stubs of the functions, anew from the methods
#
# PEERS says whether to install PyTorch (the CPU build, for comparing numbers and speed; nothing of ours imports it):
# `auto`, the default, does unless only the build with several gigabytes of CUDA is offered; 1 always, 0 never.
# Without it the comparisons are skipped, and say so.

PYTHON ?= python3
PEERS ?= auto
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq

# A test worker computes on one thread: two workers with a thread pool each would only get in each other's way.
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1

.PHONY: demo test lint bench docs migration signatures clean
.DELETE_ON_ERROR:

$(BIN)/python:
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# One stamp for each set of extras; a changed pyproject.toml makes all of them old.
$(VENV)/.base: pyproject.toml | $(BIN)/python
	@echo "installing the package"
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.base
	@echo "installing what the tests need"
	@$(PIP) -e '.[test]'
	@touch $@

$(VENV)/.docs: $(VENV)/.base
	@echo "installing what the documentation needs"
	@$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.peers-$(PEERS): $(VENV)/.base scripts/install_peers.py
	@$(BIN)/python scripts/install_peers.py $(PEERS)
	@touch $@

demo: $(VENV)/.base
	@cd models/digits && mkdir -p out && PATH="$(CURDIR)/$(BIN):$$PATH" && \
	echo "== th train.lua" && th train.lua -save out/lua_model.t7 && \
	echo "== python train.py" && python train.py --save out/python_model.t7 && \
	echo "== python finetune.py" && python finetune.py out/lua_model.t7 out/finetuned.t7 && \
	echo "== th evaluate.lua" && th evaluate.lua out/finetuned.t7 && \
	echo "== python picture.py" && python picture.py out

# numpy's types change with each version; ours are written against those of this one.
TYPED_NUMPY := 2.4
lint: $(VENV)/.test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted: run $(BIN)/ruff format ."; $(BIN)/ruff format --check .; exit 1; }
	@version=$$($(BIN)/python -c "import numpy; print(numpy.__version__)"); case $$version in \
	$(TYPED_NUMPY).*) $(BIN)/mypy --no-error-summary;; \
	*) echo "mypy: left out; the types are written against numpy $(TYPED_NUMPY), and this Python has $$version";; esac
	@echo "lint: clean"

test: lint $(VENV)/.peers-$(PEERS)
	@$(ONE_THREAD) $(BIN)/python -m pytest -q -n $(WORKERS)

bench: $(VENV)/.base $(VENV)/.peers-$(PEERS)
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs --quiet build --strict
	@echo "built build/site/index.html"

migration: $(VENV)/.base
	@$(BIN)/python -m lua_compat.guide.migration

signatures: $(VENV)/.test
	@$(BIN)/python scripts/make_signatures.py

clean:
	@rm -rf .cache .pytest_cache .mypy_cache .ruff_cache dist build
	@find pytorch_from_lua lua_compat tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
