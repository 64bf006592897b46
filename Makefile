# mien: build, test, install. `make help` lists the targets.
MAKEFLAGS += -r --no-print-directory
.DEFAULT_GOAL := all

# All cores, unless -j says otherwise; makes within get theirs from this one.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

BUILD ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
# Every kind and compiler builds apart: their objects never meet.
CC_NAME := $(notdir $(firstword $(CC)))
OUT := build/$(BUILD)$(if $(filter-out gcc,$(CC_NAME)),-$(CC_NAME))

VERSION := 0.1.0
# A tar of "make dist" has the commit in a file, where git archive wrote it.
COMMIT := $(or $(shell git rev-parse --short=10 HEAD 2>/dev/null),$(shell sed '/Format/d' src/cli/commit.txt))
PREFIX ?= /usr/local
DESTDIR ?=

PKGS := ncursesw readline libcjson yaml-0.1 sqlite3
TEST_PKGS := cmocka vterm
# Debian packages behind them. libcurl and libmicrohttpd are loaded at run time, their headers
# are needed to build.
DEPS := gcc libc6-dev pkg-config libncurses-dev libreadline-dev libcjson-dev libyaml-dev \
        libsqlite3-dev libcurl4-openssl-dev libmicrohttpd-dev
TEST_DEPS := $(DEPS) clang libcmocka-dev libvterm-dev tmux python3 libgd3 strace ncurses-term procps util-linux git curl ca-certificates
# An ssh server and a batch system: not for every test run to install on somebody's machine. Their
# tests are skipped where they are not.
CLUSTER_DEPS := openssh-client openssh-server slurmctld slurmd slurm-client munge
LINT_DEPS := $(TEST_DEPS) clang-format clang-tidy cppcheck

CFLAGS.debug    := -Og -g
CFLAGS.release  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS.asan     := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.tsan     := -O1 -g1 -fsanitize=thread
CFLAGS.coverage := -O0 -g3 --coverage
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wformat=2 -Wwrite-strings \
        -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
        -Wno-unused-parameter -Wno-missing-field-initializers
# Warnings are errors in the tests; a newer compiler must not stop a person from building.
WERROR ?=
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -fno-common -fPIE -pthread -Isrc -I. $(WARN) $(WERROR) \
             -DMIEN_VERSION='"$(VERSION)"' $(CFLAGS.$(BUILD)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread -pie -Wl,-z,relro,-z,now -Wl,--as-needed -rdynamic $(CFLAGS.$(BUILD)) $(LDFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -ldl

MAIN_SRC := src/cli/main.c
DIRS := src/* src/*/* ui/* behaviors behaviors/lib
SRC := $(sort $(filter-out $(MAIN_SRC),$(wildcard $(addsuffix /*.c,$(DIRS)))))
HEADERS := $(wildcard $(addsuffix /*.h,$(DIRS)))
DATA := $(sort $(wildcard themes/*.yaml themes/syntax/*.yaml behaviors/*.yaml behaviors/agents/*.yaml src/*/*.yaml src/*/*/*.yaml src/*/*.sql src/cli/new_*.in \
                           behaviors/python/*.py behaviors/python/*/*.py))
OBJ := $(SRC:%.c=$(OUT)/%.o) $(OUT)/data.o
UNIT := $(patsubst %.c,$(OUT)/%,$(sort $(wildcard tests/unit/*.c tests/engine/*.c)))
SCREEN := $(if $(wildcard tests/screen/runner.c),$(OUT)/tests/screen/runner)
FUZZ := $(patsubst %.c,%,$(notdir $(wildcard tests/fuzz/*.c)))

all: $(OUT)/mien compile_commands.json ## build it (BUILD=release|debug|asan|tsan|coverage)

$(OUT)/mien: $(OUT)/src/cli/main.o $(OBJ)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<
$(OUT)/tests/%.o: EXTRA_CFLAGS = -Itests -Itests/support $(shell pkg-config --cflags $(TEST_PKGS))

# The commit is in main.c alone: another one costs one file and a link.
$(OUT)/src/cli/main.o: EXTRA_CFLAGS = -DMIEN_COMMIT='"$(COMMIT)"'
$(OUT)/src/cli/main.o: $(OUT)/commit
$(OUT)/commit: FORCE
	@mkdir -p $(@D); echo '$(COMMIT)' | cmp -s - $@ || echo '$(COMMIT)' > $@
FORCE:

# Files that ship inside the binary, as one table of names and bytes.
$(OUT)/data.c: src/base/embed.sh Makefile $(DATA)
	@mkdir -p $(@D)
	@sh src/base/embed.sh $(DATA) > $@.tmp && mv $@.tmp $@
$(OUT)/data.o: $(OUT)/data.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Ninety programs of the same objects: gold, which comes with binutils, needs half the time.
TEST_LINKER := $(if $(shell command -v ld.gold 2>/dev/null),-fuse-ld=gold)
TEST_LIBS := $(shell pkg-config --libs $(TEST_PKGS) 2>/dev/null)
TEST_HELP := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/support/*.c))
$(UNIT) $(SCREEN): %: %.o $(OBJ) $(TEST_HELP)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(TEST_LINKER) -Wl,--wrap=llm_call,--wrap=_skip -o $@ $< $(OBJ) $(TEST_HELP) $(LIBS) $(TEST_LIBS)

$(OUT)/tests/no_userns: tests/tools/no_userns.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 $(WARN) -o $@ $<

$(OUT)/tests/inject.so: tests/faults/inject.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -fPIC -shared -D_GNU_SOURCE $(WARN) -o $@ $<

compile_commands.json: Makefile $(SRC) $(MAIN_SRC)
	@{ echo '['; sep=; for f in $(SRC) $(MAIN_SRC); do \
	  printf '%s{"directory":"%s","file":"%s","arguments":["cc"' "$$sep" "$(CURDIR)" "$$f"; \
	  for a in -std=c17 -D_GNU_SOURCE -Isrc -I. -DMIEN_VERSION=0 $(PKG_CFLAGS) -c "$$f"; do \
	  printf ',"%s"' "$$a"; done; printf ']}'; sep=','; done; echo ']'; } > $@

run: deps ## install what is missing, build, open mien on the embedded model (WORKSPACE=DIR)
	@$(MAKE) BUILD=release all
	@dir="$(WORKSPACE)"; [ -n "$$dir" ] || { dir=$$(mktemp -d) && printf 'A scratch place to try mien.\n' > "$$dir/README.txt"; }; \
	 exec build/release/mien -m playbook/tour -C "$$dir"

deps: ## install the packages a build needs, through apt
	@sh tests/tools/deps.sh $(DEPS)
lint-deps:
	@sh tests/tools/deps.sh $(LINT_DEPS)
test-deps:
	@sh tests/tools/deps.sh $(TEST_DEPS)

cluster-deps: ## sshd and Slurm, for tests of other machines; on Debian they start as services
	@sh tests/tools/deps.sh $(CLUSTER_DEPS)

test: test-deps ## build with gcc and clang, run every test, ASan and UBSan once
	@bash tests/run.sh

test-long: test-deps ## what costs more: the whole matrix, every pair of behaviors
	@$(MAKE) BUILD=debug unit && bash tests/run.sh --long

unit: $(OUT)/mien $(UNIT) $(SCREEN) $(OUT)/tests/no_userns $(OUT)/tests/inject.so ## build this kind's test programs
unit-objects: $(addsuffix .o,$(UNIT) $(SCREEN)) # compiled, for their warnings, and not linked
asan tsan: ## the tests under a sanitizer
	@$(MAKE) BUILD=$@ unit && bash tests/run.sh --only $@
coverage: ## line coverage of the tests
	@$(MAKE) BUILD=coverage unit && bash tests/run.sh --only coverage
	@gcov -n $$(find build/coverage/src build/coverage/ui build/coverage/behaviors -name '*.gcda') 2>/dev/null | \
	 awk '/^File .(src|ui|behaviors)/{f=$$2} /^Lines/ && f{split($$2,a,":"); sub("%","",a[2]); printf "%6.1f%% %s\n", a[2], f; f=""}' | sort -n

TIDY_FLAGS = -std=c17 -D_GNU_SOURCE -DMIEN_VERSION=\"0\" -Isrc -I. $(PKG_CFLAGS)
lint: lint-deps ## format, layers, manual, static analysis
	@$(MAKE) check-layers check-docs
	@clang-format --dry-run --Werror $(SRC) $(MAIN_SRC) $(HEADERS) $(wildcard tests/*/*.[ch])
	@cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	  --suppressions-list=tests/lint/cppcheck.txt -D_GNU_SOURCE '-DMIEN_VERSION=""' '-DcJSON_ArrayForEach(e,a)=for(e=(a)->child;e;e=e->next)' -Isrc -I. $(SRC) $(MAIN_SRC)
	@printf '%s\n' $(SRC) $(MAIN_SRC) | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$$@" -- $(TIDY_FLAGS)' tidy 2>&1 | \
	  { ! grep -E -A4 '(error|warning):'; }
	@echo "lint: clean"
format: ## rewrite the sources by .clang-format
	@clang-format -i $(SRC) $(MAIN_SRC) $(HEADERS) $(wildcard tests/*/*.[ch])
check-layers: ## arrows point down, no knots: tests/tools/structure.py
	@python3 tests/tools/structure.py
check-docs: $(OUT)/mien ## every option, command, key and event stands in the manual
	@sh tests/tools/docs.sh $(OUT)/mien
sizes: ## the longest files and functions: places to look
	@wc -l $(SRC) $(MAIN_SRC) | sort -rn | sed -n 2,16p

bench: ## speed and weight, beside a bare ncurses program
	@$(MAKE) BUILD=release all build/release/tests/engine/matrix && sh tests/bench/run.sh build/release/mien
fuzz: ## each fuzz target for FUZZ_SECONDS (default 30)
	@sh tests/fuzz/run.sh $(FUZZ)

attack: test-deps ## every way out of the sandbox that we know, tried: a table, some 15 minutes
	@$(MAKE) BUILD=debug unit && python3 tests/attack/attack.py

faults: test-deps ## each call of the C library that a tour makes fails once: some 30 minutes
	@$(MAKE) BUILD=debug unit && python3 tests/faults/faults.py

clients: $(OUT)/mien ## real clients from npm on scripted servers, through mien with (MIEN_CLIENTS_INSTALL=1 brings them)
	@MIEN=$(CURDIR)/$(OUT)/mien python3 tests/suites/clients.py && MIEN=$(CURDIR)/$(OUT)/mien python3 tests/suites/sdks.py && MIEN=$(CURDIR)/$(OUT)/mien python3 tests/suites/acp.py

sdk-types: $(OUT)/mien ## what is sent, against the types of the official SDKs (npm brings them)
	@MIEN=$(CURDIR)/$(OUT)/mien python3 tests/suites/sdk_types.py

packages: deps ## make deb, dist and portable, and try what they made
	@sh tests/tools/deps.sh dpkg-dev lintian
	@bash tests/suites/packages.sh

mcp-conformance: $(OUT)/mien ## the Model Context Protocol's own tests of clients: a table (MIEN_CLIENTS_INSTALL=1 brings them)
	@MIEN=$(CURDIR)/$(OUT)/mien python3 tests/suites/mcp_conformance.py && MIEN=$(CURDIR)/$(OUT)/mien python3 tests/e2e/mcp.py servers_of_others

suites: test-deps ## test suites of other programs, inside the sandbox and outside: the same must pass
	@$(MAKE) BUILD=debug all && python3 tests/suites/suites.py

INSTALL_BUILD ?= release
BUILT := build/$(INSTALL_BUILD)/mien
# What behavior.h includes, and what a behavior's file needs beside it.
BEHAVIOR_HEADERS := $(addprefix base/,defs.h error.h mem.h buf.h json.h opt.h yaml.h effects.h text.h utf8.h clock.h)
COMPLETIONS := bash:share/bash-completion/completions/mien zsh:share/zsh/site-functions/_mien \
               fish:share/fish/vendor_completions.d/mien.fish
install: ## what "make" built, into PREFIX (default /usr/local)
	@[ -x $(BUILT) ] || { echo "There is no $(BUILT) yet: run make first, as yourself" >&2; exit 1; }
	install -Dm755 -s $(BUILT) $(DESTDIR)$(PREFIX)/bin/mien
	for c in $(COMPLETIONS); do MIEN_CONFIG_DIR=/nonexistent $(BUILT) completions $${c%:*} | \
	  install -Dm644 /dev/stdin $(DESTDIR)$(PREFIX)/$${c#*:} || exit 1; done
	install -Dm644 behaviors/behavior.h $(DESTDIR)$(PREFIX)/include/mien/behavior.h
	for h in $(BEHAVIOR_HEADERS); do install -Dm644 src/$$h $(DESTDIR)$(PREFIX)/include/mien/$$h; done
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' src/cli/mien-behavior.pc.in | \
	  install -Dm644 /dev/stdin $(DESTDIR)$(PREFIX)/share/pkgconfig/mien-behavior.pc
	for m in man/*.[157]; do install -Dm644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m#man/}; done
uninstall: ## remove what install put there
	rm -rf $(DESTDIR)$(PREFIX)/include/mien $(DESTDIR)$(PREFIX)/share/pkgconfig/mien-behavior.pc
	for c in $(COMPLETIONS); do rm -f $(DESTDIR)$(PREFIX)/$${c#*:}; done
	rm -f $(DESTDIR)$(PREFIX)/bin/mien $(foreach m,$(wildcard man/*.[157]),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))

NAMED := mien-$(VERSION)
dist: ## the last commit as a tar with its checksum, the same each time: build/dist
	@mkdir -p build/dist
	git archive --format=tar --prefix=$(NAMED)/ HEAD | gzip -9n > build/dist/$(NAMED).tar.gz
	cd build/dist && sha256sum $(NAMED).tar.gz > $(NAMED).tar.gz.sha256

deb: deps ## a Debian package of the release build: build/deb
	@sh tests/tools/deps.sh dpkg-dev
	@$(MAKE) BUILD=release all
	+@sh src/cli/deb.sh $(VERSION) build/deb "$(BEHAVIOR_HEADERS)"

# The C library and libm are the machine's; what Debian has as an archive is linked in, the rest
# lies in lib/ beside the program. DT_RPATH, since a library's own libraries are looked for there too.
$(OUT)/portable: $(OUT)/src/cli/main.o $(OBJ)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -s -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib' -o $@ $^ \
	  -Wl,-Bstatic -lreadline -lncursesw -ltinfo -lyaml -lsqlite3 -Wl,-Bdynamic -lcjson -lm -ldl
portable: deps ## for any Linux with this glibc or a newer one: build/portable
	@$(MAKE) BUILD=release build/release/portable
	@sh src/cli/portable.sh build/release/portable build/portable $(NAMED)-$(shell uname -m)

clean: ## remove build/
	rm -rf build compile_commands.json

help: ## this list
	@sed -n 's/^\([a-z-][a-z -]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "  %-14s %s\n", $$1, $$2}'

-include $(OBJ:.o=.d) $(OUT)/src/cli/main.d $(UNIT:=.d) $(SCREEN:=.d) $(TEST_HELP:.o=.d)

ifndef VERBOSE
Q = @echo "  $(CC_NAME) $@";
endif
.SECONDARY:
.PHONY: all run deps test-deps lint-deps cluster-deps test test-long unit asan tsan coverage lint format check-layers check-docs \
        sizes bench fuzz attack faults clients mcp-conformance sdk-types suites install uninstall dist deb portable packages clean help FORCE
