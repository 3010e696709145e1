# SPDX-License-Identifier: GPL-2.0-only
# What mydev costs beside its peers: tests/bench/, docs/benchmarks.md.

.PHONY: bench

BENCH_PROGRAMS = $(BENCH_SRC:tests/%.c=$(BUILD)/tests/%)

$(BUILD)/tests/bench/journal: TEST_PKGS = libsystemd

bench: $(BENCH_PROGRAMS) ## Measure mydev and its peers in the VM: one table, and build/bench.json
	@tests/deps vm
	@tests/bench/run $(BUILD)
