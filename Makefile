# SPDX-License-Identifier: GPL-2.0-only
# Every command that a person types. `make help` lists them.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

VERSION := $(shell sed -n 's/^#define MYDEV_VERSION "\(.*\)"/\1/p' proto/version.h)
BUILD ?= build

# ---- Where things are installed; all of it below PREFIX but the modules ----
PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
SBINDIR = $(PREFIX)/sbin
LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
INCLUDEDIR = $(PREFIX)/include
SCHEMADIR = $(PREFIX)/share/mydev/schema
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d

# ---- The kernel to build modules for: the newest headers installed, or KDIR= ----
KDIR ?= $(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V | tail -n 1)
# The release as uname -r prints it, which is not always what kernelrelease says.
KREL := $(if $(KDIR),$(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null))
# For tests only, and in folders of their own: MYDEV_BREAK=NAME, with a defect of tests/broken; MYDEV_KUNIT=y, with the KUnit
# suites; MYDEV_GCOV=y, counting what is executed; MYDEV_GUIDE=y, with the drivers of docs/writing-a-backend.md.
KMOD = $(BUILD)/kmod/$(KREL)$(MYDEV_BREAK:%=-%)$(MYDEV_KUNIT:%=-kunit)$(MYDEV_GCOV:%=-gcov)$(MYDEV_GUIDE:%=-guide)

# ---- User land ----
CC ?= gcc
CFLAGS ?= -O2 -g
# Callbacks have the parameters that their caller passes, and what an initializer leaves out is 0: no warning of these two.
WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla \
	   -Wno-unused-parameter -Wno-missing-field-initializers
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(CFLAGS) -D_GNU_SOURCE -Iproto -Iproto/uapi
LIBMYDEV_PKGS = libnl-3.0 libkmod
DAEMON_PKGS = libsystemd inih
CLI_PKGS = json-c readline smartcols libsystemd
# What mydevctl loads when it is called, for what it is linked with takes longer to load than most commands (cli/parts.c).
PARTS = systemd readline smartcols kmod
PART_systemd = cli/doctor.c cli/events.c cli/journal.c cli/logs.c cli/loop.c cli/monitor.c cli/report.c \
	cli/report_parts.c cli/unit.c
PART_readline = cli/history.c cli/shell.c cli/tab.c
PART_smartcols = cli/table.c
PART_kmod = proto/module.c
PART_PKGS_systemd = libsystemd
PART_PKGS_readline = readline libsystemd
PART_PKGS_smartcols = smartcols
PART_PKGS_kmod = libkmod
pkg-cflags = $(shell pkg-config --cflags $(1))
pkg-libs = $(shell pkg-config --libs $(1))

PROTO_SRC := $(wildcard proto/*.c)
DAEMON_SRC := $(wildcard daemon/*.c)
CLI_SRC := $(wildcard cli/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
PARTS_SRC := $(foreach part,$(PARTS),$(PART_$(part)))
BENCH_SRC := $(wildcard tests/bench/*.c)
SYSTEM_SRC := $(wildcard tests/system/*.c)
KERNEL_SRC := $(wildcard tests/kernel/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
DOCS_SRC := $(wildcard docs/man/*.c)
MODULE_FILES := $(wildcard module/*.[ch] module/Kbuild)
USER_SRC := $(PROTO_SRC) $(DAEMON_SRC) $(CLI_SRC) $(UNIT_SRC) $(BENCH_SRC) $(SYSTEM_SRC) $(KERNEL_SRC) $(DOCS_SRC)
MAN_PAGES := $(wildcard docs/man/*.[1-8])

PROGRAMS = $(BUILD)/mydevd $(BUILD)/mydevctl
PART_OBJECTS = $(PARTS:%=$(BUILD)/parts/mydevctl-%.so)
MAN_FILL = $(BUILD)/docs/man/fill
# One program each, but for walk and race, which have parts.
WALK_PARTS = $(wildcard tests/kernel/walk_*.c)
WALK = $(BUILD)/tests/kernel/walk
RACE_PARTS = $(wildcard tests/system/race_*.c)
RACE = $(BUILD)/tests/system/race
TEST_PROGRAMS = $(patsubst tests/%.c,$(BUILD)/tests/%,\
	$(filter-out $(WALK_PARTS) $(RACE_PARTS),$(BENCH_SRC) $(SYSTEM_SRC) $(KERNEL_SRC)))

include tests/tests.mk

.PHONY: all user modules generate install install-user install-modules uninstall clean help \
	compile_commands.json build-deps

all: user modules ## Build everything: user land into build/, modules against KDIR

user: $(PROGRAMS) $(PART_OBJECTS) ## Build mydevd and mydevctl

build-deps:
	@tests/deps build

$(USER_SRC:%.c=$(BUILD)/%.o): Makefile | build-deps

define compile
@mkdir -p $(@D)
@echo "  CC      $@"
@$(CC) $(ALL_CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef
define link
@mkdir -p $(@D)
@echo "  LINK    $@"
@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(1)
endef

$(BUILD)/proto/%.o: proto/%.c
	$(call compile,-fPIC $(call pkg-cflags,$(LIBMYDEV_PKGS)))
$(BUILD)/daemon/%.o: daemon/%.c
	$(call compile,$(call pkg-cflags,$(DAEMON_PKGS)))
$(BUILD)/cli/%.o: cli/%.c
	$(call compile,-fPIC $(call pkg-cflags,$(CLI_PKGS)))
$(BUILD)/tests/%.o: tests/%.c
	$(call compile,$(call pkg-cflags,$(LIBMYDEV_PKGS)))

$(BUILD)/docs/%.o: docs/%.c
	$(call compile,-I.)

$(BUILD)/libmydev.a: $(PROTO_SRC:%.c=$(BUILD)/%.o)
	@echo "  AR      $@"
	@rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/mydevd: $(DAEMON_SRC:%.c=$(BUILD)/%.o) $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(DAEMON_PKGS) $(LIBMYDEV_PKGS)))
# Scripts start it again and again, and a shared library is a twelfth of what that takes (make bench). Where there are only
# shared ones: make MYDEVCTL_LIBS='-ljson-c -lnl-3'. Its parts use what it has of libmydev, and nothing of these.
MYDEVCTL_LIBS = -Wl,-Bstatic $(call pkg-libs,json-c libnl-3.0) -Wl,-Bdynamic
$(BUILD)/mydevctl: $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(PARTS_SRC),$(CLI_SRC) $(PROTO_SRC)))
	$(call link,-rdynamic $(MYDEVCTL_LIBS))
$(foreach part,$(PARTS),$(eval $(BUILD)/parts/mydevctl-$(part).so: $(PART_$(part):%.c=$(BUILD)/%.o)))
$(PART_OBJECTS): $(BUILD)/parts/mydevctl-%.so:
	$(call link,-shared $(call pkg-libs,$(PART_PKGS_$*)))
$(MAN_FILL): $(BUILD)/docs/man/fill.o $(patsubst %.c,$(BUILD)/%.o,$(filter-out cli/main.c cli/parts.c,$(CLI_SRC))) $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(CLI_PKGS) $(LIBMYDEV_PKGS)))
$(WALK): $(WALK).o $(WALK_PARTS:%.c=$(BUILD)/%.o) $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(LIBMYDEV_PKGS)))
$(RACE): $(RACE).o $(RACE_PARTS:%.c=$(BUILD)/%.o) $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(LIBMYDEV_PKGS)))
$(filter-out $(WALK) $(RACE),$(TEST_PROGRAMS)): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libmydev.a
	$(call link,$(call pkg-libs,$(LIBMYDEV_PKGS) $(TEST_PKGS)))

-include $(shell find $(BUILD) -name '*.d' -not -path '*/kmod/*' 2>/dev/null)

# ---- Modules: built in build/kmod/RELEASE over links to the sources, so that the tree stays clean ----
modules: ## Build the modules against KDIR (default: newest /lib/modules/*/build)
	@if [ -z '$(KREL)' ]; then \
		echo "make modules: no kernel headers found$(if $(KDIR), in $(KDIR)); install them (apt-get install linux-headers-amd64) or name a build tree with KDIR=" >&2; exit 1; fi
	@mkdir -p $(KMOD)/module
	@ln -sfn $(CURDIR)/proto $(KMOD)/proto
	@find $(KMOD)/module -xtype l -delete
	@ln -sf $(MODULE_FILES:%=$(CURDIR)/%) $(KMOD)/module/
	$(if $(MYDEV_BREAK),@cp --remove-destination $(MODULE_FILES) $(KMOD)/module/ && \
		patch -s -p0 -d $(KMOD) <tests/broken/$(MYDEV_BREAK).patch)
	$(if $(MYDEV_GUIDE),@tests/guide $(KMOD)/guide && cp $(KMOD)/guide/*.c $(KMOD)/module/ && \
		rm $(KMOD)/module/Kbuild && cat module/Kbuild $(KMOD)/guide/Kbuild >$(KMOD)/module/Kbuild)
	@echo "  KBUILD  $(KREL)"
	@$(MAKE) -s -C $(KDIR) M=$(abspath $(KMOD))/module $(if $(W),W=$(W)) $(if $(C),C=$(C)) $(KBUILD_FLAGS) modules

# ---- Generated from the specs and the command table, and checked in ----
generate: ## Write again what is generated from the specs and from the command table
	@tests/deps build
	@proto/generate.py proto/mydev.yaml uapi=proto/uapi/linux/mydev_netlink.h \
		kernel-h=module/netlink_gen.h kernel-c=module/netlink_gen.c \
		objects-h=proto/objects_gen.h objects-c=proto/objects_gen.c \
		requests=tests/kernel/fuzz/spec_gen.c schema=proto/schema reference=docs/protocol.md
	@proto/generate.py proto/stream.yaml objects-h=proto/stream_gen.h objects-c=proto/stream_gen.c \
		schema=proto/schema
	@proto/generate.py cli/objects.yaml objects-h=cli/objects_gen.h objects-c=cli/objects_gen.c \
		schema=cli/schema
	@$(MAKE) --no-print-directory -s $(MAN_FILL)
	@$(MAN_FILL) <docs/man/mydevctl.1 >$(BUILD)/mydevctl.1 && mv $(BUILD)/mydevctl.1 docs/man/mydevctl.1

# ---- Installing ----
install: install-user install-modules ## Install below DESTDIR (without: also register with systemd, udev, depmod)
	@if [ -z '$(DESTDIR)' ]; then systemd/register; fi

# Files with @PREFIX@ in them, and where the files of systemd/ go.
define place
	@install -d $(DESTDIR)$(dir $(2))
	@sed 's|@PREFIX@|$(PREFIX)|g' $(1) > $(DESTDIR)$(2) && chmod $(3) $(DESTDIR)$(2)
endef

# Units, rules, users and catalog are looked for below these two only.
.PHONY: known-prefix
known-prefix:
	@if [ -z '$(DESTDIR)$(filter /usr /usr/local,$(PREFIX))' ]; then \
		echo "make install: systemd and udev look for nothing below $(PREFIX): install below /usr or /usr/local (PREFIX=), or stage a package (DESTDIR=)" >&2; exit 1; fi

install-user: known-prefix user
	@echo "  INSTALL $(DESTDIR)$(PREFIX)"
	@install -D -m 755 $(BUILD)/mydevd $(DESTDIR)$(SBINDIR)/mydevd
	@install -D -m 755 $(BUILD)/mydevctl $(DESTDIR)$(BINDIR)/mydevctl
	@install -D -m 644 -t $(DESTDIR)$(LIBDIR)/mydev $(PART_OBJECTS)
	@install -d $(DESTDIR)$(SCHEMADIR) && install -m 644 proto/schema/*.json cli/schema/*.json $(DESTDIR)$(SCHEMADIR)
	@install -d $(DESTDIR)$(INCLUDEDIR)/linux && install -m 644 proto/uapi/linux/*.h $(DESTDIR)$(INCLUDEDIR)/linux
	$(call place,systemd/mydevd.service,$(LIBDIR)/systemd/system/mydevd.service,644)
	$(call place,systemd/mydevd.conf,$(LIBDIR)/mydev/mydevd.conf,644)
	$(call place,systemd/mydev.catalog,$(LIBDIR)/systemd/catalog/mydev.catalog,644)
	$(call place,systemd/mydev.sysusers,$(LIBDIR)/sysusers.d/mydev.conf,644)
	$(call place,systemd/60-mydev.rules,$(LIBDIR)/udev/rules.d/60-mydev.rules,644)
	@install -D -m 644 cli/completions/mydevctl.bash $(DESTDIR)$(BASHDIR)/mydevctl
	@install -D -m 644 cli/completions/_mydevctl $(DESTDIR)$(ZSHDIR)/_mydevctl
	@install -D -m 644 cli/completions/mydevctl.fish $(DESTDIR)$(FISHDIR)/mydevctl.fish
	@for page in $(MAN_PAGES); do install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done

install-modules: modules
	@echo "  INSTALL $(DESTDIR)/lib/modules/$(KREL)/updates/mydev"
	@install -d $(DESTDIR)/lib/modules/$(KREL)/updates/mydev
	@install -m 644 $(KMOD)/module/*.ko $(DESTDIR)/lib/modules/$(KREL)/updates/mydev/

INSTALLED = $(SBINDIR)/mydevd $(BINDIR)/mydevctl $(PREFIX)/share/mydev $(LIBDIR)/mydev \
	$(patsubst proto/uapi/%,$(INCLUDEDIR)/%,$(wildcard proto/uapi/linux/*.h)) \
	$(LIBDIR)/systemd/system/mydevd.service $(LIBDIR)/systemd/catalog/mydev.catalog \
	$(LIBDIR)/sysusers.d/mydev.conf $(LIBDIR)/udev/rules.d/60-mydev.rules \
	$(BASHDIR)/mydevctl $(ZSHDIR)/_mydevctl $(FISHDIR)/mydevctl.fish \
	$(foreach page,$(MAN_PAGES),$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))

uninstall: ## Remove what install placed
	@echo "  REMOVE  mydev from $(DESTDIR)$(PREFIX) and $(DESTDIR)/lib/modules"
	@rm -rf $(INSTALLED:%=$(DESTDIR)%) $(wildcard $(DESTDIR)/lib/modules/*/updates/mydev)
	@if [ -z '$(DESTDIR)' ]; then systemd/register; fi

compile_commands.json: ## Write it for editors and clang tools (user land)
	@tests/deps check
	@bear --output $@ -- $(MAKE) -B user

clean: ## Remove build/
	rm -rf $(BUILD) compile_commands.json

help: ## List the targets
	@echo "mydev $(VERSION): make TARGET, of"
	@sed -n 's/^\([a-z_.-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 25
	@echo "Variables: KDIR= DESTDIR= PREFIX=$(PREFIX) BUILD=$(BUILD); for the kernel's build:"
	@echo "  W=1 (warnings) C=1 (sparse) KBUILD_FLAGS= (whatever else)"
