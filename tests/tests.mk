# SPDX-License-Identifier: GPL-2.0-only
# How mydev is tried out: unit tests on the host, system tests in the VM, checks, demo.

.PHONY: test test-unit test-system test-kernels test-cross golden keys check check-kernel coverage \
	tidy demo shell test-programs unit-deps

test: ## Run every test, on the host and in the VM
	@tests/all

test-unit: $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC)) ## Run the unit tests (host, under ASan and UBSan), TAP
	@for t in $^; do CMOCKA_MESSAGE_OUTPUT=TAP $(EMULATOR) $$t || status=1; done; exit $${status:-0}

test-system: test-programs ## Run the system tests in the VM, TAP; TESTS= names some bats files
	@tests/deps vm
	@tests/vm/run --monitor --kbuild MYDEV_GUIDE=y --timeout 4800 $(VM_FLAGS) -- bats --tap $(or $(TESTS:%=/src/%),/src/tests/system)

test-kernels: test-programs ## Build for Debian's kernels and run the system tests on each; KERNELS=, TESTS= as above
	@tests/deps vm module check
	@KERNELS='$(KERNELS)' TESTS='$(TESTS)' tests/kernels

golden: ## Write down anew what mydevctl prints (tests/system/golden/); look at the difference
	@tests/deps vm
	@tests/vm/run $(VM_FLAGS) --share tests/system/golden --env MYDEV_GOLDEN=/share -- bats --tap /src/tests/system/golden.bats

keys: ## At a release: add the JSON keys that are new to those which have to stay (tests/keys.txt)
	@tests/keys --add proto/schema cli/schema

test-cross: ## Build for arm64 and s390x, run the unit tests as there, boot arm64 with a device tree
	@tests/deps build cross
	@tests/cross/all

test-programs: $(TEST_PROGRAMS)

check: ## Check sources, papers and generated files; of mydev, runs the generator and the fuzzers
	@tests/check

# What takes too long for check and test; each prerequisite can be run alone.
check-kernel: test-programs ## Prove the modules: static analysers, kernels that watch themselves; SUITES= names some
	@tests/check-kernel $(SUITES)

coverage: test-programs ## Run the tests with modules that count, and print what of them is executed; TESTS= as above
	@tests/deps vm kernel
	@tests/kernel/build sanitized
	@VM_FLAGS='$(VM_FLAGS)' tests/coverage $(BUILD) $(TESTS)

tidy: $(patsubst %.c,$(BUILD)/tidy/%.ok,$(USER_SRC) $(FUZZ_SRC))

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
UNIT_LIB_SRC = $(PROTO_SRC) $(filter-out %/main.c cli/parts.c,$(DAEMON_SRC) $(CLI_SRC))
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

# ---- clang-tidy: what it is to look for is in .clang-tidy ----
define tidy
@mkdir -p $(@D)
@echo "  TIDY    $<"
@said=$$(clang-tidy --quiet $< -- $(ALL_CFLAGS) -I. $(call pkg-cflags,$(1)) 2>&1) && \
	said=$$(echo "$$said" | sed -E '/^([0-9]+ warnings? generated\.)?$$/d') && [ -z "$$said" ] || { echo "$$said"; exit 1; }
@touch $@
endef

$(BUILD)/tidy/%.ok: %.c $(BUILD)/%.o .clang-tidy
	$(call tidy,$(LIBMYDEV_PKGS) $(DAEMON_PKGS) $(CLI_PKGS))
# Both are compiled in ways of their own.
$(UNIT_SRC:%.c=$(BUILD)/tidy/%.ok): $(BUILD)/tidy/%.ok: %.c $(BUILD)/unit/%.o .clang-tidy
	$(call tidy,$(UNIT_PKGS))
$(FUZZ_SRC:%.c=$(BUILD)/tidy/%.ok): $(BUILD)/tidy/%.ok: %.c $(BUILD)/fuzz/%.o .clang-tidy
	$(call tidy,$(UNIT_PKGS))

include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include tests/kernel/fuzz.mk
