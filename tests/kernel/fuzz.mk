# SPDX-License-Identifier: GPL-2.0-only
# The fuzzer of the modules: one program of all that is in fuzz/.

KERNEL_FUZZ_SRC := $(wildcard tests/kernel/fuzz/*.c)
KERNEL_FUZZ = $(BUILD)/tests/kernel/fuzz/fuzz

$(KERNEL_FUZZ_SRC:%.c=$(BUILD)/%.o): Makefile | build-deps
$(KERNEL_FUZZ): $(KERNEL_FUZZ_SRC:%.c=$(BUILD)/%.o) $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(LIBMYDEV_PKGS)))
test-programs: $(KERNEL_FUZZ)
tidy: $(KERNEL_FUZZ_SRC:%.c=$(BUILD)/tidy/%.ok)
