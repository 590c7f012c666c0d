# The commands of the README: `make demo`, `make test`, `make bench` and `make table`. All make .venv
# first, with the pinned packages of requirements-dev.txt; `make bench` adds the peers of the
# comparison.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PEERS_INSTALLED := $(VENV)/installed-peers

.PHONY: demo test bench table lint format lock clean

demo: $(INSTALLED)
	$(BIN)/skcnn compare

test: $(INSTALLED)
	$(BIN)/pytest --cov --cov-report=term

bench: $(PEERS_INSTALLED)
	$(BIN)/python -m benchmarks $(ROW)

table: $(INSTALLED)
	$(BIN)/python -m benchmarks.mnist_table --write

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
	$(BIN)/pip-compile --quiet --upgrade --extra dev --generate-hashes --allow-unsafe \
		--no-strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file - pyproject.toml >> lock.txt
	mv lock.txt requirements-dev.txt

clean:
	rm -rf $(VENV) skcnn-output

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
