# Every target sets up what it needs; a second run does not repeat it.
PYTHON ?= python3
WORKERS ?= 2
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test coverage shipped sample check world build bench soak reference lock

VENV := .venv
AWS_VENV := .venv-aws
READY := $(VENV)/.ready
AWS_READY := $(AWS_VENV)/.ready
BIN := $(VENV)/bin
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(AWS_VENV)/bin/sam
PYTHON_SOURCES := lambda simulator cli tests bench .ci/finish_build.py .ci/registry_reference.py

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

demo: $(READY) $(AWS_READY)  ## a camera on a simulated Echo Show, through the real template; writes front-door.png
	@$(BIN)/camera-skill demo --snapshot front-door.png

test: $(READY) $(AWS_READY)  ## the tests, without AWS; campaigns and what takes long are in `sample` and `soak`
	@$(BIN)/pytest -m "not soak and not long" --numprocesses $(WORKERS) --dist loadgroup

coverage: $(READY) $(AWS_READY)  ## the same, and which lines and branches they reach
	@$(BIN)/pytest -m "not soak and not long" --numprocesses $(WORKERS) --dist loadgroup --cov --cov-report= && \
		$(BIN)/coverage report --skip-covered --fail-under 90

check: $(READY) $(AWS_READY)  ## linters, types, templates
	@$(BIN)/ruff check $(PYTHON_SOURCES)
	@$(BIN)/ruff format --check $(PYTHON_SOURCES)
	@$(BIN)/mypy $(PYTHON_SOURCES)
	@for template in template.yaml infrastructure/*.yaml; do \
		$(SAM) validate --lint --template-file $$template || exit 1; done

world: $(READY) $(AWS_READY)  ## the local world in the foreground, until Ctrl-C
	@$(BIN)/camera-skill world start --foreground

build: $(AWS_READY)  ## what `sam deploy` deploys, for arm64 and x86_64
	@.ci/build

bench: $(READY) $(AWS_READY)  ## a warm offer and a cold start, against the bare calls
	@$(BIN)/python -m bench.offer

sample: $(READY) $(AWS_READY)  ## a sample of each long campaign, and the tests that start worlds of their own
	@$(BIN)/pytest -m "soak or long" --numprocesses $(WORKERS) --dist loadgroup

soak: $(READY) $(AWS_READY)  ## the long campaigns, whole
	@SOAK=1 $(BIN)/pytest --timeout 3600 --capture tee-sys --verbose -m soak

reference: $(READY)  ## docs/reference/registry-api.md, from the schemas of the registry API
	@PYTHONPATH=lambda $(BIN)/python .ci/registry_reference.py > docs/reference/registry-api.md

lock: $(READY)  ## new pins and hashes, from the .in files
	@compile="$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-header --no-annotate"; \
	$$compile lambda/requirements.in --output-file lambda/requirements.txt && \
	$$compile requirements/develop.in --constraint lambda/requirements.txt --output-file requirements/develop.txt && \
	$$compile requirements/aws.in --output-file requirements/aws.txt && \
	$$compile requirements/pip.in --output-file requirements/pip.txt

# On the Python that ships, where it is another one than that of the other environments.
SHIPPED := $(shell sed -n '/^  PythonRuntime:/,/Default:/s/ *Default: *//p' template.yaml)

shipped: .venv-shipped/.ready .venv-aws-shipped/.ready  ## the tests of what ships, on the Python that ships
	@CAMERA_SKILL_AWS_TOOLS=$(CURDIR)/.venv-aws-shipped .venv-shipped/bin/pytest -m "not soak and not long" \
		--numprocesses $(WORKERS) --dist loadgroup tests/unit tests/architecture tests/contract tests/integration \
		tests/end_to_end/test_deployed_function.py

.venv-shipped/.ready: requirements/develop.txt requirements/pip.txt
	@echo "Setting up .venv-shipped for $(SHIPPED) (once)"
	@.ci/venv "$$(.ci/find-python $(SHIPPED) || echo $(SHIPPED))" .venv-shipped requirements/develop.txt
	@.venv-shipped/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-aws-shipped/.ready: requirements/aws.txt requirements/pip.txt
	@echo "Setting up .venv-aws-shipped for $(SHIPPED) (once)"
	@.ci/venv "$$(.ci/find-python $(SHIPPED) || echo $(SHIPPED))" .venv-aws-shipped requirements/aws.txt
	@touch $@

$(READY): requirements/develop.txt requirements/pip.txt
	@echo "Setting up $(VENV) (once)"
	@.ci/venv $(PYTHON) $(VENV) requirements/develop.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(AWS_READY): requirements/aws.txt requirements/pip.txt
	@echo "Setting up $(AWS_VENV): local AWS and SAM CLI (once)"
	@.ci/venv $(PYTHON) $(AWS_VENV) requirements/aws.txt
	@touch $@
