/*
 * rules - an ordered list of patterns, each of which names something when a text matches it.
 *
 * A rule in a configuration is {when: REGEX, mode: NAME, in: title|text|tool|error|any};
 * the expression is POSIX extended and ignores case.
 */
#ifndef BEHAVIORS_LIB_RULES_H
#define BEHAVIORS_LIB_RULES_H

#include <regex.h>

#include "base/json.h"

#define RULES_MAX 100

/* The texts a rule may look at. RULE_ANY is what it looks at when it does not say. */
enum rule_in {
    RULE_TITLE = 1 << 0,
    RULE_TEXT = 1 << 1,
    RULE_TOOL = 1 << 2,
    RULE_ERROR = 1 << 3,
    RULE_ANY = RULE_TITLE | RULE_TEXT,
};

struct rule {
    regex_t when;
    const char *pattern, *mode; /* borrowed from the JSON */
    unsigned in;                /* of enum rule_in */
    bool compiled;
};

struct rules {
    struct rule *ptr;
    size_t len;
    unsigned in; /* of all of them */
};

/* Borrowed; NULL: not known, nothing matches it. */
struct rule_texts {
    const char *title, *text, *tool, *error;
};

/*
 * Read a list; NULL is an empty one. json is borrowed and must outlive *r, which is empty before.
 * ERR_CONFIG names the number of the rule, from 1, and what is wrong with it; rules_fini() *r
 * then too.
 */
NODISCARD bool rules_read(struct rules *r, const cJSON *json, struct error *e);
void rules_fini(struct rules *r);

/* The first of its texts that it matches, as one of enum rule_in; 0: none. Of a text the first
 * 8000 bytes are looked at. */
unsigned rule_match(const struct rule *r, const struct rule_texts *texts);

/* Is it a mode's name, "a+b", or empty, and no path or address? ERR_CONFIG begins with `what`. */
NODISCARD bool rule_check_mode(const char *mode, const char *what, struct error *e);

#endif
