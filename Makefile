# All that can be done with the checkout. Each target does its own set-up: `make demo` and `make test` need a fresh machine only.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_HOME := $(CURDIR)/build/ansible
lab := scripts/lab
play := $(lab) ansible-playbook -i molecule/inventory

.PHONY: help setup images lab netns
help:  ## This list
	@grep -hE '^[a-z-]+:.*##' Makefile | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

setup:  ## Install what the lab and the tests need on this machine
	@scripts/setup

images: setup  ## Build the images whose sources changed
	@scripts/images

lab: setup  ## Start the lab's bare hosts
	@scripts/images probe router host
	@$(play) molecule/lab/create.yml
	@echo "Log in to a host: scripts/lab docker exec -it rack1-host1 bash"

netns: setup  ## Kernel tests in network namespaces, in the node image (ARGS: pytest's)
	@scripts/images node-test
	@$(lab) docker run --rm --network none --cap-add ALL --cap-drop SYS_RESOURCE --security-opt seccomp=unconfined \
		--security-opt apparmor=unconfined --security-opt systempaths=unconfined --volume $(CURDIR):/src:ro \
		calico-node-test python3 -m pytest -p no:cacheprovider $(or $(ARGS),tests/netns)
