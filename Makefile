# Each target does all set-up on a fresh machine first. See CONTRIBUTING.md for smaller steps.
.PHONY: help report test bench kernel-report parity golden setup build

# Filtered copies of system .pc files, written by scripts/setup.
export PKG_CONFIG_PATH := $(CURDIR)/.build/pkgconfig

help:
	@echo "make report   build, train reports/quickstart and render it (about 2 minutes after the build)"
	@echo "make test     the whole test suite, in release mode"
	@echo "make bench    this machine against PyTorch, in about 15 minutes (QUICK=1: about 4)"
	@echo "make kernel-report   measure every algorithm and render reports/kernels (about 2 minutes)"
	@echo "make parity   train in PyTorch from our weights, for the tests that compare with it (about 5 minutes)"
	@echo "make golden   accept the drawings of the current build as golden files"

setup:
	@scripts/setup

build: setup
	swift build -c release --product offprint

report: build
	@scripts/report

test: setup
	@scripts/test

bench: build
	@Benchmarks/run $(if $(QUICK),--quick) $(ARGS)

kernel-report: build
	@python3 Benchmarks/kernel_report.py $(ARGS)
	.build/release/offprint render reports/kernels/experiment.md

parity: setup
	@Benchmarks/parity

golden: setup
	OFFPRINT_ACCEPT_GOLDEN=1 swift test -c release --filter PlotTests
