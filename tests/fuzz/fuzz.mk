# SPDX-License-Identifier: GPL-2.0-only
# Fuzzers (libFuzzer, ASan, UBSan) for what comes from outside: netlink, events on their way to the journal, the
# configuration, command lines, answers of other machines. tests/fuzz/corpus/ has what they begin with.

.PHONY: fuzz

FUZZ_CC ?= clang
FUZZ_SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g
# clang does not see that a cleanup attribute uses its variable.
FUZZ_WARNINGS = -Wno-unused-variable -Wno-unused-function
FUZZERS = $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
# So many inputs by each fuzzer, or as many as the seconds allow: make fuzz FUZZ_LIMIT=-max_total_time=3600
FUZZ_LIMIT ?= -runs=20000

fuzz-deps: build-deps
	@tests/deps unit fuzz

$(BUILD)/fuzz/%.o: %.c | fuzz-deps
	@mkdir -p $(@D)
	@echo "  CC      $@" >&2
	@$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_WARNINGS) $(FUZZ_SANITIZE) -fsanitize=fuzzer-no-link -I. $(call pkg-cflags,$(UNIT_PKGS)) -MMD -MP -c -o $@ $<
$(BUILD)/fuzz/all.a: $(UNIT_LIB_SRC:%.c=$(BUILD)/fuzz/%.o)
	@rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/all.a
	@echo "  LINK    $@" >&2
	@$(FUZZ_CC) $(FUZZ_SANITIZE) -fsanitize=fuzzer -o $@ $^ $(call pkg-libs,$(UNIT_PKGS))

fuzz: $(FUZZERS:%=$(BUILD)/fuzz/fuzz_%) ## Fuzz the parsers; FUZZ_LIMIT=-max_total_time=SECONDS for longer
	@for f in $(FUZZERS); do \
		mkdir -p $(BUILD)/fuzz/found/$$f; \
		echo "  FUZZ    $$f" >&2; \
		$(BUILD)/fuzz/fuzz_$$f $(FUZZ_LIMIT) -max_len=4096 -timeout=10 -artifact_prefix=$(BUILD)/fuzz/$$f- \
			$(BUILD)/fuzz/found/$$f tests/fuzz/corpus/$$f >$(BUILD)/fuzz/$$f.log 2>&1 || \
			{ tail -n 60 $(BUILD)/fuzz/$$f.log; exit 1; }; \
	done
.SECONDARY: $(FUZZERS:%=$(BUILD)/fuzz/tests/fuzz/fuzz_%.o)
