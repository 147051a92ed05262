# `make run` and `make test` set up what is missing. On another Python: make PYTHON=python3.12 run
# Options of `dataops up`: make run ARGS="--port 0"
PYTHON ?= python3
ARGS :=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
IS_FIT := -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))'
# Not empty when the checkout was moved or the Python below the environment is gone: scripts name both by their full path.
RENEW := $(if $(wildcard $(BIN)/python),$(if $(findstring $(CURDIR)/,$(shell head -n 2 $(BIN)/dataops 2>/dev/null)),,renew),renew)
# Each test process has servers of its own, unless the environment names some: those cannot be shared.
PROCESSES := $(if $(DATAOPS_TEST_NATS_URL),0,3)

# $(call option,NAME): what pip is told by its configuration, which uv does not read.
option = $$($(PIP) config list | sed -n "s/^[^=]*[.]$(1)='\(.*\)'$$/\1/p" | tail -n 1)

# $(call install,LOCK,ARGUMENTS OF THE PREFLIGHT,SIZES): uv is several times as fast as pip; it goes again afterwards.
define install
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) is missing (Debian, Ubuntu: sudo apt-get install python3 python3-venv). Another: make PYTHON=python3.12 run" >&2; exit 1; }
	@if $(BIN)/python $(IS_FIT) 2>/dev/null; then python=$(BIN)/python; else python=$(PYTHON); fi; $$python -m services.cli.stack.preflight $(2)
	@echo "Installing into $(VENV): $(3)"
	@$(BIN)/python $(IS_FIT) 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@rm -rf $(VENV)/uv; \
	if $(PIP) install --no-deps --require-hashes --only-binary :all: --target $(VENV)/uv -r requirements-uv.lock; then \
		index="$(call option,index-url)" certificates="$(call option,cert)"; \
		[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
		[ -z "$$certificates" ] || export SSL_CERT_FILE="$$certificates"; \
		$(VENV)/uv/bin/uv pip install --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); \
	else false; fi || { echo "Now with pip, which takes longer"; $(PIP) install --require-hashes -r $(1); }
	@rm -rf $(VENV)/uv
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q contracts services
	@touch $@
endef

.PHONY: setup run test soak check lock browser renew

renew:

setup: $(VENV)/installed

$(VENV)/installed: requirements.lock pyproject.toml $(RENEW)
	$(call install,requirements.lock,,downloads about 230 MB and takes 850 MB of disk; what is there is not fetched again)

$(VENV)/installed-run: requirements-run.lock pyproject.toml $(RENEW)
	$(call install,requirements-run.lock,up $(ARGS),downloads about 85 MB and takes 300 MB of disk)

# What the tests need includes what runs.
run: $(VENV)/$(if $(wildcard $(VENV)/installed),installed,installed-run)
	@$(BIN)/dataops up $(ARGS)

test: browser
	$(BIN)/python -m pytest -m "not soak" -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

soak: browser
	$(BIN)/python -m pytest -m soak

# Without a browser the other tests run, and the end says which did not.
browser: setup
	@$(BIN)/python -m tests.browser.chromium

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	.ci/audit

# Pins stay as they are where they can; delete a lock first to take the newest of everything.
lock:
	@set -e; tool=$$(mktemp -d); trap 'rm -rf $$tool' EXIT; \
	$(PYTHON) -m venv $$tool && $$tool/bin/python -m pip -q install uv; \
	compile() { echo "$${needed-setuptools>=77}" | $$tool/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url "$$@" >/dev/null; }; \
	compile pyproject.toml - --extra servers --extra tracing --extra dev -o requirements.lock; \
	compile pyproject.toml - --extra tracing -o requirements-runtime.lock; \
	compile pyproject.toml - --extra servers -o requirements-run.lock; \
	needed=uv compile - -o requirements-uv.lock
