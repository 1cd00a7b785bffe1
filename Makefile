# All that can be done with the checkout. Each target does its own set-up: a fresh machine is enough.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_HOME := $(CURDIR)/build/ansible
# Tests have a lab of their own, beside that of a demo.
in_lab := CALICO_LAB=test $(if $(FULL),CALICO_LAB_HOSTS=8)
steps := lint unit artifact netns coexistence engines molecule
# What takes longer: real packets compared with the verdict, sequences of states of the store.
more = $(if $(FULL),--packets=500000 --sequences=3 --peers=200 --routes=1000 -o faulthandler_timeout=900)
# What a call of make's own would take for the end of an argument.
comma := ,
# 105,000 bodies in all.
all_engines := --releases=bookworm$(comma)trixie$(comma)sid --slow --bodies=35000 -o faulthandler_timeout=900
say = @printf '\n==> %s\n' "$(1)"

.PHONY: help setup demo demo-down test test-full lint unit artifact netns coexistence engines molecule bench bench-agent bench-docker bench-ipam bench-fabric images lab golden format lock clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ sub(/:.*/, "", $$1); printf "make %-11s %s\n", $$1, $$2 }'

setup:  ## Install what the lab and the tests need on this machine
	@scripts/setup

demo: setup  ## Turn bare Docker hosts into one routed, fenced network, and prove it
	@scripts/timed "make demo" sh -c 'scripts/images probe router host node && scripts/demo'

demo-down:  ## Take the lab down; nothing stays behind
	@scripts/demo-down

test: setup  ## Everything that must pass, in 30 minutes on 2 cores
	@scripts/timed "make test" make $(steps)
	@printf '\nsteps: %s passed, 0 failed\n' $(words $(steps))

test-full: export FULL := yes
test-full: test bench bench-agent bench-docker bench-ipam bench-fabric  ## The same with all engines, 8 hosts, more of what is random, and the figures

lint: setup  ## Style, types, layers, documentation
	$(call say,lint)
	ruff check
	ruff format --check
	mypy
	PYTHONPATH=.:images/node lint-imports
	yamllint --strict .
	ansible-lint
	antsibull-changelog lint
	antsibull-docs lint-collection-docs --plugin-docs .

unit: setup  ## Tests without root and network (ARGS: pytest's)
	$(call say,unit tests)
	pytest -q $(more) $(ARGS)

artifact: setup  ## The collection as users install it
	$(call say,the collection as users install it)
	pytest -q tests/artifact $(ARGS)

netns: setup  ## Kernel tests in network namespaces, in the node image (ARGS: pytest's)
	$(call say,kernel tests)
	@scripts/in-node-test -- python3 -m pytest -q -p no:cacheprovider $(more) $(or $(ARGS),tests/netns)

coexistence: setup  ## Kernel tests beside real Docker engines, firewalld and ufw (ARGS: pytest's)
	$(call say,beside other firewalls)
	@CALICO_IMAGE=node-coexistence scripts/in-node-test --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup -- \
		python3 -m pytest -q -p no:cacheprovider $(or $(ARGS),tests/coexistence)

engines: setup  ## The driver with real Docker engines and containers (ARGS: pytest's, such as --releases=trixie,sid)
	$(call say,with real Docker engines)
	@scripts/images probe
	@scripts/in-engine-test python3 -m pytest -q -p no:cacheprovider $(if $(FULL),$(all_engines)) $(or $(ARGS),tests/engines)

molecule: setup  ## The roles and the network on the lab
	$(call say,molecule)
	@scripts/images probe node
	@$(in_lab) scripts/images router host $(if $(FULL),host-bookworm host-sid)
	@$(in_lab) scripts/lab molecule test
	@$(in_lab) scripts/demo-down

bench: setup  ## Figures of the running lab, into build/bench
	@scripts/images probe router host node
	@scripts/lab pytest -q tests/benchmarks $(ARGS)

bench-agent: setup  ## Figures of the agent (REVISIONS="HEAD~5 .", ROUNDS=5, SCENARIOS)
	@scripts/bench-agent

bench-docker: setup  ## Figures of containers' starts beside Docker's bridge (ROUNDS=10, RELEASES=trixie,sid)
	@scripts/bench-docker

bench-ipam: setup  ## Figures of handing out addresses, into build/bench/figures
	@mkdir -p build/bench/figures
	@scripts/in-node-test --volume $(CURDIR)/build/bench/figures:/out -- python3 -m tests.benchmarks.addresses /out

bench-fabric: setup  ## Figures of BIRD with many nodes, into build/bench/fabric.json
	@mkdir -p build/bench
	@scripts/in-node-test --volume $(CURDIR)/build/bench:/out -- python3 -m tests.benchmarks.fabric /out

images: setup  ## Build the images whose sources changed (ARGS: which)
	@scripts/images $(ARGS)

lab: setup  ## Start the lab's bare hosts
	@scripts/images probe router host
	@scripts/lab ansible-playbook -i molecule/inventory molecule/lab/create.yml
	@echo "Log in to a host: scripts/lab docker exec -it rack1-host1 bash"

golden: setup  ## Renew the golden files; read the difference
	pytest -q tests/unit -k golden --update-golden
	git --no-pager diff --stat tests/golden

format: setup  ## Format the Python code
	ruff check --fix --exit-zero
	ruff format

lock: setup  ## Renew requirements.lock from requirements.in
	python -m venv build/uv && build/uv/bin/pip install -q uv
	build/uv/bin/uv pip compile --quiet --universal --python-version 3.10 --fork-strategy requires-python --no-header \
		--no-annotate --no-emit-index-url requirements.in -o requirements.lock

clean: demo-down  ## Remove what the targets made in the checkout
	@$(in_lab) scripts/demo-down
	@scripts/images --remove
	rm -rf build .venv
