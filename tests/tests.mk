# SPDX-License-Identifier: GPL-2.0-only
# How mydev is tried out: unit tests on the host, system tests in the VM, checks, demo.

.PHONY: test test-unit test-system check demo shell test-programs unit-deps

test: ## Run every test, on the host and in the VM
	@tests/all

test-unit: $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC)) ## Run the unit tests (host, under ASan and UBSan), TAP
	@for t in $^; do CMOCKA_MESSAGE_OUTPUT=TAP $$t || status=1; done; exit $${status:-0}

test-system: test-programs ## Run the system tests in the VM, TAP; TESTS= names some of tests/system/*.bats
	@tests/deps vm
	@tests/vm/run --timeout 4800 $(VM_FLAGS) -- bats --tap $(or $(TESTS:%=/src/%),/src/tests/system)

test-programs: $(TEST_PROGRAMS)

check: ## Check sources, papers and generated files without running anything
	@tests/check

demo: ## Boot a VM with the stack and play a session that shows what it does
	@tests/deps vm
	@echo "Booting a VM with mydev installed in it; the session follows."
	@tests/vm/run --timeout 600 -- /src/tests/demo

shell: ## Boot a VM with the stack running; ends in mydevctl
	@tests/deps vm
	@tests/vm/run --interactive --timeout 0 -- sh -c 'modprobe mydev_virt devices=2 && systemctl start mydevd && \
		echo "mydevctl in a VM with two software devices: help or Tab shows what there is, Ctrl-D ends it all." && \
		trap : INT && { mydevctl; true; }'

# ---- Unit tests: everything of user land but its main functions, under sanitizers ----
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g
UNIT_LIB_SRC = $(PROTO_SRC) $(filter-out %/main.c,$(DAEMON_SRC) $(CLI_SRC))
UNIT_PKGS = $(LIBMYDEV_PKGS) $(CLI_PKGS) $(DAEMON_PKGS) cmocka

unit-deps: build-deps
	@tests/deps unit

$(BUILD)/unit/%.o: %.c | unit-deps
	@mkdir -p $(@D)
	@echo "  CC      $@" >&2
	@$(CC) $(ALL_CFLAGS) $(SANITIZE) -I. $(call pkg-cflags,$(UNIT_PKGS)) -MMD -MP -c -o $@ $<
$(BUILD)/unit/all.a: $(UNIT_LIB_SRC:%.c=$(BUILD)/unit/%.o)
	@rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/unit/test_%: $(BUILD)/unit/tests/unit/test_%.o $(BUILD)/unit/all.a
	@echo "  LINK    $@" >&2
	@$(CC) $(SANITIZE) -o $@ $^ $(call pkg-libs,$(UNIT_PKGS))

include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
