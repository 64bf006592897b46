# mien: build, test, install. `make help` lists the targets.
MAKEFLAGS += -r
.DEFAULT_GOAL := all

BUILD ?= debug
# Every compiler and kind builds apart: objects of gcc and clang never meet.
CC_NAME = $(notdir $(firstword $(CC)))
ifeq ($(origin CC),default)
CC := gcc
endif
OUT := build/$(BUILD)$(if $(filter-out gcc,$(CC_NAME)),-$(CC_NAME))

PREFIX ?= /usr/local
VERSION := 0.1.0
PKGS := ncursesw readline libcjson yaml-0.1 sqlite3
TEST_PKGS := cmocka vterm

CFLAGS.debug   := -Og -g3
CFLAGS.release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS.asan    := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g3 -fsanitize=thread
CFLAGS.coverage := -O0 -g3 --coverage
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wundef -Wformat=2 -Wwrite-strings \
        -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
        -Wno-unused-parameter -Wno-missing-field-initializers
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -fno-common -fPIE -pthread -Isrc -I. -I$(OUT) $(WARN) $(WERROR) \
             -DMIEN_VERSION='"$(VERSION)"' $(CFLAGS.$(BUILD)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread -pie -Wl,-z,relro,-z,now -rdynamic $(CFLAGS.$(BUILD)) $(LDFLAGS)
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
LIBS = $(shell pkg-config --libs $(PKGS)) -ldl

SRC := $(sort $(filter-out src/cli/main.c,$(wildcard src/*/*.c ui/*.c behaviors/*.c)))
DATA := $(sort $(wildcard themes/*.yaml behaviors/agents/*.yaml behaviors/playbooks/*.yaml src/*/*.yaml src/*/*.sql ui/*.yaml))
OBJ := $(SRC:%.c=$(OUT)/%.o) $(OUT)/data.o
MAIN := $(OUT)/src/cli/main.o

all: $(OUT)/mien compile_commands.json

$(OUT)/mien: $(MAIN) $(OBJ)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Files that ship inside the binary, as one table of name and bytes.
$(OUT)/data.c: src/base/embed.sh Makefile $(DATA)
	@mkdir -p $(@D)
	@sh src/base/embed.sh $(DATA) > $@.tmp && mv $@.tmp $@
$(OUT)/data.o: $(OUT)/data.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

-include $(OBJ:.o=.d) $(MAIN:.o=.d)

ifndef VERBOSE
Q = @echo "  $(firstword $(notdir $(CC))) $@";
endif
.PHONY: all
