# The commands of README.md and CONTRIBUTING.md. All make .venv first, with the pinned packages of
# requirements-dev.txt; `make bench` adds the peers of the comparison. `make test-lowest` has an
# environment of its own, with the oldest packages that pyproject.toml promises.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PEERS_INSTALLED := $(VENV)/installed-peers
LOWEST := .venv-lowest
LOWEST_INSTALLED := $(LOWEST)/installed
IN_PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal
# SlipCover counts lines without a trace function, which on Python 3.11 takes half as long again.
# The limit has a command of its own: with it, a parallel run prints less than it has counted.
SLIPCOVER := $(BIN)/python -m slipcover --out coverage.json
COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --no-strip-extras \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--output-file -

.PHONY: demo test test-fast test-lowest bench table lint format lock lock-lowest clean

demo: $(INSTALLED)
	$(BIN)/skcnn compare

test: $(INSTALLED)
	$(SLIPCOVER) --source skcnn --json -m pytest $(IN_PARALLEL)
	$(SLIPCOVER) --merge coverage.json --skip-covered --fail-under 95

test-fast: $(INSTALLED)
	$(BIN)/pytest $(IN_PARALLEL) -m "not slow"

test-lowest: $(LOWEST_INSTALLED)
	$(LOWEST)/bin/pytest $(IN_PARALLEL)

bench: $(PEERS_INSTALLED)
	$(BIN)/python -m benchmarks $(ROW)

table: $(INSTALLED)
	$(BIN)/python -m benchmarks.error_table --write

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(INSTALLED)
	$(BIN)/pip install --quiet pip-tools
	echo '# What skcnn is developed and tested with, on Python 3.11. Made by `make lock`.' > lock.txt
	$(COMPILE) --extra dev --extra onnx --extra reading pyproject.toml >> lock.txt
	mv lock.txt requirements-dev.txt

# Each "package>=version" of pyproject.toml becomes "package==version"; what these need is current.
lock-lowest: $(INSTALLED)
	$(BIN)/pip install --quiet pip-tools
	sed -n 's/^    "\([a-z0-9-]*\)>=\([0-9.]*\)",$$/\1==\2/p' pyproject.toml | sort --unique > lowest.in
	printf "pytest\npytest-xdist\ntensorboard\n" >> lowest.in
	echo '# The oldest packages that pyproject.toml promises. Made by `make lock-lowest`.' > lock.txt
	$(COMPILE) lowest.in >> lock.txt
	mv lock.txt requirements-lowest.txt
	rm lowest.in

clean:
	rm -rf $(VENV) $(LOWEST) skcnn-output coverage.json

$(INSTALLED): requirements-dev.txt pyproject.toml
	@echo "Installing the pinned packages into $(VENV): a minute or two."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(PEERS_INSTALLED): $(INSTALLED)
	@echo "Installing the peers into $(VENV)."
	$(BIN)/pip install --quiet --no-build-isolation --editable '.[benchmark]'
	touch $@

$(LOWEST_INSTALLED): requirements-lowest.txt pyproject.toml
	@echo "Installing the oldest packages into $(LOWEST): a minute or two."
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/pip install --quiet --require-hashes -r requirements-lowest.txt
	$(LOWEST)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
