# goray's commands. "make help" lists them.

GO      ?= go
PYTHON  ?= python3
VENV    := .venv
BUILD   := build
GORAY   := $(BUILD)/goray
XGBOOST := 3.2.0
RAY     := 2.60.0
PYARROW := 26.0.1
RAY_PYTHON := $(BUILD)/ray/bin/python

export GORAY_VENV := $(CURDIR)/$(VENV)
# The tests and the lessons share one installed libxgboost, inside the build folder.
export GORAY_LIBXGBOOST := $(CURDIR)/$(BUILD)/xgboost/xgboost/lib/libxgboost.so
# Real data sets for tests; where they are absent, tests skip by name and lessons generate theirs.
GORAY_TEST_DATA ?= $(abspath ../shared/data)
ifneq ($(wildcard $(GORAY_TEST_DATA)),)
export GORAY_TEST_DATA
endif

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ---- set-up -----------------------------------------------------------------------------------

.PHONY: build
build: ## build the goray binary into build/
	@mkdir -p $(BUILD)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $(GORAY) .

$(VENV)/.ready: tests/requirements.txt
	@echo "setting up a private Python environment with Jupyter in $(VENV) ..."
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt
	@touch $@

$(BUILD)/xgboost/.ready-$(XGBOOST): | $(VENV)/.ready
	@echo "fetching libxgboost $(XGBOOST) ..."
	@mkdir -p $(BUILD)/xgboost/wheel
	$(VENV)/bin/python -m pip download -q --disable-pip-version-check --no-deps -d $(BUILD)/xgboost/wheel xgboost-cpu==$(XGBOOST)
	$(PYTHON) -m zipfile -e $(BUILD)/xgboost/wheel/xgboost_cpu-$(XGBOOST)-*.whl $(BUILD)/xgboost
	@touch $@

.PHONY: xgboost
xgboost: $(BUILD)/xgboost/.ready-$(XGBOOST) ## fetch libxgboost by package name

.PHONY: kernel
kernel: build $(VENV)/.ready ## install the kernel into the private environment
	@$(GORAY) install --prefix $(VENV)

.PHONY: setup
setup: kernel xgboost ## everything that the commands below need

# ---- use --------------------------------------------------------------------------------------

NOTEBOOK ?= notebooks/introduction.ipynb

.PHONY: run
run: setup ## execute the introduction notebook and leave it with its outputs and as HTML
	@$(VENV)/bin/python tests/notebooks/execute.py --out $(BUILD)/notebooks $(NOTEBOOK)

.PHONY: lab
lab: setup ## open the lessons in JupyterLab
	$(VENV)/bin/jupyter lab --notebook-dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: repl
repl: build ## start the terminal REPL
	@$(GORAY) repl

# ---- checks -----------------------------------------------------------------------------------

.PHONY: test
test: setup vet ## set up and run the whole test suite
	@# the disk may be fuller than a session would go on to spill to: the tests need little of it
	RAY_local_fs_capacity_threshold=1 GORAY_RAY=none GORAY_BINARY=$(CURDIR)/$(GORAY) $(GO) test -count=1 -timeout 20m ./...
	@$(MAKE) --no-print-directory e2e-ray-core

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: race
race: xgboost ## the tests of the concurrent rooms under the race detector
	$(GO) test -count=1 -race -timeout 20m ./kernel/wire/... ./kernel/session/... ./kernel ./runtime/... ./viz/... ./repl/... ./ailib/serve/...

.PHONY: e2e
e2e: setup ## JupyterLab and Notebook 7 in Chromium (installs Debian's where it can); goray build-kernel
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }
	$(GO) test -count=1 -timeout 20m -v ./tests/lab/... ./tests/dashboard/...
	GORAY_TEST_BUILD=1 $(GO) test -count=1 -timeout 20m ./kernel/lang/modules/rebuild

.PHONY: soak
soak: ## mixed work for 30 minutes; fails when a result is wrong or memory grows
	$(GO) run ./tests/soak

.PHONY: conformance
conformance: ## Go's own conformance programs in the engine, with the list of failures
	GORAY_CONFORMANCE=all $(GO) test -count=1 -timeout 60m -v ./tests/conformance/...

.PHONY: bench
bench: kernel ## rates of tasks, actors, puts, cells and requests; the engine beside CPython; pip ray
	$(GO) test -run '^$$' -bench . -benchtime 1s ./runtime/ray ./kernel/engine/typed ./kernel ./ailib/serve
	$(GO) test -run '^$$' -bench . -benchtime 1x ./tests/speed
	GORAY_RAY_PYTHON=$(wildcard $(CURDIR)/$(RAY_PYTHON)) $(GO) test -run '^$$' -bench . -benchtime 1x ./tests/parity
	$(VENV)/bin/python tests/jupyter/compare.py goray python3
	$(VENV)/bin/python tests/jupyter/interrupts.py

.PHONY: ray
ray: $(RAY_PYTHON) ## install pip ray, which goray is tested on and measured against

$(RAY_PYTHON):
	@echo "installing ray $(RAY) into an environment of its own, $(BUILD)/ray ..."
	@$(PYTHON) -m venv $(BUILD)/ray \
		&& $(BUILD)/ray/bin/python -m pip install -q --disable-pip-version-check "ray[default,client]==$(RAY)" numpy pyarrow==$(PYARROW) \
		|| { rm -rf $(BUILD)/ray; exit 1; }

# The oldest release of Ray that the client knows; its wheels end with Python 3.11.
OLD_RAY := 2.9.3
OLD_RAY_PYTHON ?= $(firstword $(foreach v,3.11 3.10 3.9,$(shell python$(v) -c "import sys; print(sys.executable)" 2>/dev/null)) $(PYTHON))
RAY_TESTS := ./runtime/internal/rayauth ./runtime/internal/rayclient/... ./runtime/internal/rayworker/... ./runtime/internal/rayjobs ./runtime/realray

.PHONY: ray293
ray293: $(BUILD)/ray293/.ready ## install the oldest ray that goray is tested on

# A folder that is there but not ready holds an installation that was broken off.
$(BUILD)/ray293/.ready:
	@echo "installing ray $(OLD_RAY) into an environment of its own, $(BUILD)/ray293 ..."
	@rm -rf $(BUILD)/ray293; $(OLD_RAY_PYTHON) -m venv $(BUILD)/ray293
	@$(BUILD)/ray293/bin/python -m pip install -q --disable-pip-version-check "ray[default,client]==$(OLD_RAY)" "numpy<2" "setuptools<80" \
		&& touch $@ || { rm -rf $(BUILD)/ray293; echo "ray $(OLD_RAY) has no wheel for this Python: its tests are left out"; }

.PHONY: e2e-ray
e2e-ray: setup $(RAY_PYTHON) $(BUILD)/ray293/.ready ## the tests on real Ray clusters (installs pip ray; an old release too where it has a wheel)
	GORAY_RAY=$(CURDIR)/$(BUILD)/ray GORAY_OUT=$(CURDIR)/$(BUILD)/cluster GORAY_BINARY=$(CURDIR)/$(GORAY) $(GO) test -count=1 -p 1 -timeout 60m -v $(RAY_TESTS) ./runtime/launcher/... ./tests/cluster
	@[ ! -e $(BUILD)/ray293/.ready ] || GORAY_RAY=$(CURDIR)/$(BUILD)/ray293 $(GO) test -count=1 -p 1 -timeout 60m -v $(RAY_TESTS)

.PHONY: e2e-ray-core
e2e-ray-core: ## the core of e2e-ray in ten minutes, where pip ray is installed already
	@if [ -x $(RAY_PYTHON) ]; then GORAY_RAY_QUICK=1 GORAY_RAY=$(CURDIR)/$(BUILD)/ray $(GO) test -count=1 -p 1 -timeout 20m -run 'Conformance|OnRay' $(RAY_TESTS); \
	else echo "e2e-ray-core: skipped, there is no Ray in $(BUILD)/ray (make ray installs it)"; fi

.PHONY: bench-ray
bench-ray: $(RAY_PYTHON) ## goray beside Python on one Ray cluster, in one run
	GORAY_RAY=$(CURDIR)/$(BUILD)/ray GORAY_OUT=$(CURDIR)/$(BUILD)/cluster $(GO) test -run '^$$' -bench BesidePython -benchtime 1x -timeout 40m ./tests/cluster
	GORAY_RAY=$(CURDIR)/$(BUILD)/ray $(GO) test -run '^$$' -bench ShimOverhead -benchtime 3x -timeout 10m ./runtime/internal/rayworker

.PHONY: generate
generate: ## write the generated tables anew
	$(GO) generate ./...

.PHONY: verify
verify: generate ## fail when a generated file differs from what its generator writes
	@git diff --exit-code --stat -- '*gen_*' || { echo "generated files are stale: run make generate and commit"; exit 1; }

.PHONY: clean
clean: ## remove what the commands above made
	rm -rf $(BUILD) $(VENV)
