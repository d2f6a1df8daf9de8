# `make run` and `make test` do everything that a fresh machine needs; the steps are in scripts/.
.PHONY: help setup run test conformance fmt clean

export HUGR_CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/hugr

# CI builds each commit in a fresh clone: what is compiled stays with the other cached files.
ifeq ($(CI),true)
export CARGO_TARGET_DIR ?= $(HUGR_CACHE)/target
export CARGO_INCREMENTAL ?= 0
endif

help: ## Lists the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Fetches DuckDB and the example data, installs packages, writes .cargo/config.toml
	@scripts/setup.sh

run: setup ## Starts a cluster of one management node and two work nodes over the example data
	@scripts/in_terminal.sh scripts/run.sh

test: setup ## Checks format, lints and docs, runs all tests and examples
	@scripts/test.sh

conformance: setup ## Compares a standalone server with the conformance corpus, where there is one
	@scripts/conformance.sh

fmt: ## Formats the code
	@cargo fmt --all

clean: ## Removes what the build wrote into the clone; the cache stays
	@cargo clean
	@rm -rf .data .duckdb .cargo/config.toml
