/*
 * policy - what a shell command line is, before anybody runs it.
 *
 * A strict reader of a small part of bash's grammar: words, quotes without expansion, && || ; |
 * and newline, redirections from a file and to /dev/null. Anything else (substitution,
 * assignment, here-documents, control flow) is UNKNOWN: never proven harmless. What is judged is
 * what is run, byte for byte: patterns are expanded and links followed as they lie now.
 * Thread: any.
 */
#ifndef HOST_POLICY_H
#define HOST_POLICY_H

#include "base/error.h"
#include "base/opt.h"

enum command_class {
    COMMAND_UNKNOWN, /* cannot be read; `why` names the spot */
    COMMAND_PLAIN,   /* readable, may change things; `why` names the first part that may */
    COMMAND_READS    /* every part only reads, inside the workspace */
};

/* A simple command of a line, its words without their quotes. */
struct command_part {
    char **words; /* at least one */
    size_t count;
    bool reads, network, leaves; /* as far as its words tell; leaves: the workspace */
};

struct command_info {
    enum command_class class;
    char why[200];
    struct command_part *parts; /* of one that cannot be read those before the spot */
    size_t count;
};

void command_info_fini(struct command_info *info);
/* dir: where it would run, canonical; the workspace, which it must not leave. */
void command_classify(const char *command, const char *dir, struct command_info *info);

/*
 * May it run under this whitelist? Every simple command's first word must be on it; a line
 * that cannot be read is refused. An empty list allows everything. ERR_DENIED lists what is
 * allowed.
 */
NODISCARD bool command_whitelisted(const struct command_info *info, const struct opt_list *list,
                                   struct error *e);

#endif
