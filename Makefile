# Two commands are all a newcomer needs: `make run` and `make test`.
# Every path is relative, so a checkout path with spaces does no harm.

SHELL := /bin/sh
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench drill lock

help:
	@echo 'make run    start the demo practice on http://127.0.0.1:8000'
	@echo 'make test   run every check and every test, in the browser too'
	@echo 'make check  only the checks: lint, format, types, layers, templates, migrations'
	@echo 'make bench  print how the work grows, as ratios of one run'
	@echo 'make drill  what takes too long for every day: ten thousand hostile posts'
	@echo 'make setup  only make the Python environment, in .venv'
	@echo 'make lock   remake requirements.txt from pyproject.toml'

setup:
	@sh .ci/setup

run: export UPWELL_DEMO := 1
run: setup
	@sh .ci/system run
	@exec $(PYTHON) manage.py demo

test: export UPWELL_DEMO := 1
test: setup
	@sh .ci/system test
	@$(MAKE) --no-print-directory check
	$(PYTHON) -m pytest -n 2 --dist worksteal

check: export UPWELL_DEMO := 1
check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo --no-cache
	@echo 'djade --check --target-version 5.2 (templates)'
	@find templates -name '*.html' -print0 | xargs -0 -r .venv/bin/djade --check --target-version 5.2
	$(PYTHON) manage.py makemigrations --check --dry-run

bench: export UPWELL_DEMO := 1
bench: setup
	$(PYTHON) -m pytest -q -s -p no:randomly tests/bench.py

drill: export UPWELL_DEMO := 1
drill: export UPWELL_FUZZ_POSTS := 10000
drill: setup
	@sh .ci/system test
	$(PYTHON) -m pytest -n 2 --dist worksteal tests/test_fuzz_forms.py

# uv leaves the address of whatever place it read from out of the file.
lock: setup
	UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile pyproject.toml --all-extras --universal \
		--python-version 3.11 --generate-hashes --quiet --output-file requirements.txt
