# Every target sets up what it needs; a second run does not repeat it.
PYTHON ?= python3
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check

VENV := .venv
AWS_VENV := .venv-aws
READY := $(VENV)/.ready
AWS_READY := $(AWS_VENV)/.ready

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

$(READY): requirements/develop.txt pyproject.toml
	@echo "Setting up $(VENV) (once)"
	@.ci/venv $(PYTHON) $(VENV) requirements/develop.txt
	@$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(AWS_READY): requirements/aws.txt
	@echo "Setting up $(AWS_VENV), local AWS and SAM CLI (once)"
	@.ci/venv $(PYTHON) $(AWS_VENV) requirements/aws.txt
	@touch $@
