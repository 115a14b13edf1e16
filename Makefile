# Everything starts here. Needs Python >= 3.11 and make; uv is installed by hash into .venv-tools.
# Environments are keyed by the content of their lock: changed, they are installed again; otherwise left alone.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

find_python = for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done
PYTHON ?= $(shell $(find_python))
UV := .venv-tools/bin/uv
export UV_PYTHON_DOWNLOADS := never

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
WHEEL := dist/automl_operator-$(VERSION)-py3-none-any.whl
SOURCES := pyproject.toml README.md LICENSE $(shell find operator trial_runner -not -name '*.pyc' -not -name __pycache__)
# What unit and contract tests import: editable (the tree) or wheel (the built one).
TESTED ?= editable

# Tests on a real cluster need root, and touch the machine's network: only where that was asked for.
ON_CLUSTER := $(filter-out 0 false no,$(CI) $(CLUSTER))
OFF_CLUSTER := 'The same on a real Kubernetes cluster, started on this machine (root on Linux, Go): make chart test-cluster'

key = $(firstword $(shell cat $(1) | cksum))
TOOLS := .venv-tools/.locked-$(call key,requirements/tools.txt)
LOCKED := .venv/.locked-$(call key,requirements/dev.txt)
DEV := .venv/.editable-$(call key,pyproject.toml)
DEMO := .venv-demo/.locked-$(call key,requirements/local.txt)
TEST := .venv-test/.locked-$(call key,requirements/test.txt)
CLUSTER_TEST := .venv-cluster/.locked-$(call key,requirements/test.txt requirements/cluster-test.txt)
PEERS := flaml autogluon
PEER_FLAML := .venv-peer-flaml/.locked-$(call key,requirements/peer-flaml.txt)
PEER_AUTOGLUON := .venv-peer-autogluon/.locked-$(call key,requirements/peer-autogluon.txt)
BENCH := .venv-bench/.locked-$(call key,requirements/local.txt requirements/catboost.txt requirements/bench.txt)

##@ Use
.PHONY: demo
demo: .venv-demo/.wheel ## A model from the example, in two minutes
	@mkdir -p demo
	@.venv-demo/bin/automl fit -f examples/adult.yaml --out demo/adult

##@ Develop
.PHONY: install-dev
install-dev: $(DEV) ## .venv: everything but torch, this tree editable

.PHONY: test
test: $(DEV) $(WHEEL) ## check and end-to-end tests, against the built wheel; CLUSTER=1 or CI=true: chart and test-cluster, too
	@+$(if $(ON_CLUSTER),$(beside) --jobs 3 test-here test-cluster,$(beside) --jobs 2 test-here)
	@$(if $(ON_CLUSTER),,echo $(OFF_CLUSTER))

# A cluster mostly waits, and takes the longest: all else is done beside it.
# What both need is there before: two makes would install it over each other.
beside = $(MAKE) --no-print-directory --output-sync=line
.PHONY: test-here
test-here:
	@$(MAKE) check TESTED=wheel
	@$(MAKE) e2e
	@$(if $(ON_CLUSTER),$(MAKE) chart)

.PHONY: check
check: lint types imports generated unit ## Lint, types, import rules, generated files, unit and contract tests

.PHONY: lint
lint: $(DEV) ## ruff: rules and format
	.venv/bin/ruff check
	.venv/bin/ruff format --check

.PHONY: types
types: $(DEV) ## mypy, strict
	.venv/bin/mypy

.PHONY: imports
imports: $(DEV) ## import-linter and tests/architecture: who may import whom
	.venv/bin/lint-imports
	.venv/bin/python -m pytest -q tests/architecture

.PHONY: generated
generated: $(DEV) ## crds/, docs/reference/ and the tables of docs/operations.md are up to date
	.venv/bin/python tools/generate.py --check

.PHONY: unit
unit: $(if $(filter wheel,$(TESTED)),.venv-test/.wheel,$(DEV)) ## Unit and contract tests
	$(if $(filter wheel,$(TESTED)),.venv-test,.venv)/bin/python -m pytest -q tests/unit tests/contracts

.PHONY: e2e
e2e: .venv-test/.wheel ## End-to-end tests: the built wheel, real processes, real data
	.venv-test/bin/python -m pytest -q tests/e2e

.PHONY: test-cluster
test-cluster: .venv-cluster/.wheel ## Tests on a real Kubernetes cluster on this machine: root on Linux, Go
	.venv-cluster/bin/python tests/cluster

.PHONY: generate
generate: $(DEV) ## Write crds/, docs/reference/ and the tables of docs/operations.md from automl_api
	.venv/bin/python tools/generate.py

.PHONY: bench
bench: .venv-bench/.wheel ## Measure the built wheel, and write docs/performance.md
	.venv-bench/bin/python benchmarks

.PHONY: bench-tabular
bench-tabular: .venv-bench/.wheel peers ## Compare with other AutoML systems; hours on a quiet machine, goes on where it was
	.venv-bench/bin/python benchmarks/tabular.py

.PHONY: peers
peers: $(PEER_FLAML) $(PEER_AUTOGLUON) ## Install those systems

.PHONY: bench-cluster
bench-cluster: .venv-cluster/.wheel ## The same for a real Kubernetes cluster on this machine: root on Linux, Go
	.venv-cluster/bin/python benchmarks cluster

.PHONY: wheel
wheel: $(WHEEL) ## Build dist/

.PHONY: images
images: ## Build the images into the cache, root on Debian; BASE_IMAGE=... takes a registry's base
	@PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m images

.PHONY: chart
chart: $(DEV) ## The chart by helm lint, kubeconform and its unit tests; takes Go, and minutes once
	.venv/bin/python -m pytest -q tests/chart

.PHONY: cluster-up
cluster-up: images ## A real Kubernetes cluster on this machine: root on Linux, Go; built once, minutes
	@PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m cluster up --built-images

.PHONY: cluster-down
cluster-down: ## Stop it, and remove every trace of it from this machine
	@PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m cluster down

##@ Maintain
compile = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(UPGRADE)
own = $(compile) --overrides requirements/without.in
locked = requirements/dev.txt
.PHONY: lock
lock: $(TOOLS) ## Resolve requirements/ again; UPGRADE=--upgrade for newer versions
	@# dev is resolved first and constrains the others: one version of a package everywhere.
	@$(own) pyproject.toml $(foreach e,predict runner operator local cluster catboost dev,--extra $(e)) -o $(locked)
	@$(own) pyproject.toml -c $(locked) -o requirements/base.txt
	@for e in predict runner operator local cluster catboost torch; do \
		$(own) pyproject.toml -c $(locked) --extra $$e -o requirements/$$e.txt || exit; done
	@$(own) pyproject.toml -c $(locked) $(foreach e,local operator cluster catboost test,--extra $(e)) -o requirements/test.txt
	@$(compile) --no-deps --group pyproject.toml:cluster -o requirements/cluster-test.txt
	@$(compile) --group pyproject.toml:tools -o requirements/tools.txt
	@$(compile) --no-deps --group pyproject.toml:bench -o requirements/bench.txt
	@for p in $(PEERS); do $(compile) --group pyproject.toml:peer-$$p -o requirements/peer-$$p.txt || exit; done

.PHONY: clean
clean: ## Remove environments, caches, outputs; demo/ stays
	rm -rf .venv .venv-* build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help
help: ## This text
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Environments

$(TOOLS):
	@test -n "$(PYTHON)" || { echo 'error: no Python >= 3.11 found; install one, or say make PYTHON=/path/to/python' >&2; exit 2; }
	@echo 'Installing uv into .venv-tools' >&2
	@$(PYTHON) -m venv --clear .venv-tools
	@.venv-tools/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --only-binary :all: \
		-r requirements/tools.txt
	@touch $@

# $(1) the environment, $(2) its locks. A venv whose Python has gone is made anew.
define install
	@echo 'Installing $(2:%=requirements/%.txt) into $(1)' >&2
	@$(1)/bin/python -c '' 2>/dev/null || $(UV) venv --quiet --clear --python $(PYTHON) $(1)
	@$(UV) pip sync --python $(1)/bin/python --require-hashes --only-binary :all: --compile-bytecode \
		$(2:%=requirements/%.txt)
	@rm -f $(1)/.locked-*
endef

$(LOCKED): | $(TOOLS)
	$(call install,.venv,dev)
	@touch $@

$(DEV): $(LOCKED)
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@rm -f .venv/.editable-*
	@touch $@

$(DEMO): | $(TOOLS)
	$(call install,.venv-demo,local)
	@touch $@

$(TEST): | $(TOOLS)
	$(call install,.venv-test,test)
	@touch $@

$(CLUSTER_TEST): | $(TOOLS)
	$(call install,.venv-cluster,test cluster-test)
	@touch $@

$(BENCH): | $(TOOLS)
	$(call install,.venv-bench,local catboost bench)
	@touch $@

$(PEER_FLAML): | $(TOOLS)
	$(call install,.venv-peer-flaml,peer-flaml)
	@touch $@

$(PEER_AUTOGLUON): | $(TOOLS)
	$(call install,.venv-peer-autogluon,peer-autogluon)
	@touch $@

.venv-demo/.wheel: $(DEMO)
.venv-test/.wheel: $(TEST)
.venv-cluster/.wheel: $(CLUSTER_TEST)
.venv-bench/.wheel: $(BENCH)
.venv-demo/.wheel .venv-test/.wheel .venv-cluster/.wheel .venv-bench/.wheel: $(WHEEL)
	@$(UV) pip install --quiet --python $(@D)/bin/python --no-deps --reinstall --compile-bytecode $(WHEEL)
	@touch $@

$(WHEEL): $(SOURCES) | $(TOOLS)
	@$(UV) build --quiet --no-build-isolation --python .venv-tools/bin/python --out-dir dist .
	@touch $@
