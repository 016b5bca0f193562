# Every command installs what it lacks (Debian packages with sudo or as root, npm packages) and does nothing twice.
SHELL := /bin/bash
PRESET ?= release
.DEFAULT_GOAL := help

.PHONY: help setup build run sandbox test test-asan test-tsan soak fuzz bench lint format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install compiler, libraries, PostgreSQL, Node packages
	@scripts/setup.sh build database node test lint

build: ## Compile the bot (build/release/vagrolant)
	@scripts/setup.sh build
	@scripts/build.sh $(PRESET) vagrolant

run: ## Run the bot with the settings in .env
	@scripts/setup.sh build database
	@scripts/build.sh $(PRESET) vagrolant
	@scripts/run.sh build/$(PRESET)/vagrolant

sandbox: ## Run everything on this machine, no Discord account needed
	@scripts/setup.sh build database node
	@scripts/build.sh $(PRESET) vagrolant
	@scripts/sandbox.sh build/$(PRESET)/vagrolant

test: ## Run all tests: unit, PostgreSQL, sandbox, end to end
	@scripts/setup.sh build database node test
	@scripts/build.sh $(PRESET) all
	@scripts/test.sh $(PRESET)

test-asan: ## Run unit and database tests with AddressSanitizer and UBSan
	@scripts/setup.sh build database node
	@scripts/build.sh asan all
	@scripts/test.sh asan

test-tsan: ## Run unit and database tests with ThreadSanitizer
	@scripts/setup.sh build database node
	@scripts/build.sh tsan all
	@scripts/test.sh tsan

soak: ## Kill the bot a thousand times over a stream of commands
	@scripts/setup.sh build database node
	@scripts/build.sh $(PRESET) vagrolant
	@scripts/soak.sh build/$(PRESET)/vagrolant

fuzz: ## Fuzz what reads bytes from outside, each target for FUZZ_SECONDS (300)
	@scripts/setup.sh build node
	@scripts/build.sh release fuzz
	@scripts/fuzz.sh build/release "" $(or $(FUZZ_SECONDS),300)

bench: ## Measure against the peers; tables here, JSON in bench/results/
	@scripts/setup.sh build database node bench
	@scripts/build.sh release all
	@scripts/bench.sh

lint: ## Check format, clang-tidy, eslint, types, include directions
	@scripts/setup.sh build node lint
	@scripts/lint.sh

format: ## Format C++ and TypeScript in place
	@scripts/setup.sh node lint
	@scripts/format.sh

clean: ## Remove what was built (keeps .data/)
	rm -rf build sandbox/page/dist
