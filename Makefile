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
	@echo 'make bench  print how the work grows, as ratios of one run; UPWELL_BENCH_SIZES=1,50 leaves 20 GB out'
	@echo 'make drill  the long tests of what must not go wrong: minutes each'
	@echo 'make setup  only make the Python environment, in .venv'
	@echo 'make lock   remake requirements.txt and the container’s from pyproject.toml'

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
	$(PYTHON) tests/bench_http.py

# Ten thousand hostile posts, each code, column and odd body in each form, harm to a server while
# people save, then minutes of mixed traffic:
# UPWELL_DEADLOCK_MINUTES, UPWELL_HISTORY_RUNS, UPWELL_KILLS, UPWELL_SOAK_MINUTES,
# UPWELL_RUSH_SECONDS.
drill: export UPWELL_DEMO := 1
drill: export UPWELL_FUZZ_POSTS := 10000
drill: setup
	@sh .ci/system test
	UPWELL_HOSTILE_EACH=1 UPWELL_HOSTILE_TURNS=15 UPWELL_TAB_TURNS=500 \
		$(PYTHON) -m pytest -n 2 --dist worksteal -o faulthandler_timeout=3600 \
		tests/test_fuzz_forms.py tests/hostile
	UPWELL_DEADLOCK_MINUTES=$${UPWELL_DEADLOCK_MINUTES:-10} UPWELL_TRIALS=1000 UPWELL_CHANGES=500 \
		$(PYTHON) -m pytest -q -s -p no:randomly -o faulthandler_timeout=3600 \
		tests/test_races.py tests/test_lost_updates.py -k "eight_people or many_forms or at_once_each"
	UPWELL_HISTORY_RUNS=$${UPWELL_HISTORY_RUNS:-1000} UPWELL_HISTORY_STEPS=50 \
		$(PYTHON) -m pytest -q -s -p no:randomly -o faulthandler_timeout=3600 tests/test_history.py
	UPWELL_KILLS=$${UPWELL_KILLS:-120} $(PYTHON) -m pytest -q -s -p no:randomly -o faulthandler_timeout=3600 tests/faults/test_harm.py
	$(PYTHON) tests/drills/soak.py
	$(PYTHON) tests/drills/rush.py

# uv leaves the address of whatever place it read from out of the file.
lock: setup
	UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile pyproject.toml --all-extras --universal \
		--python-version 3.11 --generate-hashes --quiet --output-file requirements.txt
	UV_CUSTOM_COMPILE_COMMAND='make lock' .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
		--constraint requirements.txt --no-annotate --generate-hashes --quiet --output-file .container/requirements.txt
