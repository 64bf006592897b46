/*
 * opt - rows that describe settings: one row serves the parser, the help, the manual
 * and the error messages, for config files and for behavior parameters alike.
 *
 * A row names a member of a plain struct by offset:
 *   OPT_BOOL bool, OPT_INT int64_t, OPT_NUM double, OPT_STR and OPT_ENUM char *,
 *   OPT_LIST struct opt_list, OPT_JSON cJSON * (any value; NULL: none).
 * A table ends with a row whose name is NULL.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/error.h"
#include "base/json.h"
#include "base/yaml.h"

enum opt_type { OPT_BOOL, OPT_INT, OPT_NUM, OPT_STR, OPT_ENUM, OPT_LIST, OPT_JSON };

struct opt_list {
    char **items;
    size_t count;
};

struct opt {
    const char *name;
    enum opt_type type;
    size_t offset;
    const char *def;     /* default as YAML text; NULL = zero */
    double min, max;     /* both 0: no range */
    const char *choices; /* OPT_ENUM: "ask|auto|never" */
    const char *alias;   /* another accepted spelling, or several: "a|b" */
    const char *unit;    /* "tokens", "s": for help */
    const char *help;
};

/* Fill a zeroed struct with the defaults. A default that does not parse aborts. */
void opt_defaults(const struct opt *rows, void *into);

/*
 * Overlay a YAML map. Unknown key, wrong type or range: ERR_CONFIG naming file:line,
 * the key, what is allowed and the nearest name; `what` names the owner ("LoopDetection
 * Behavior"). NULL and null maps change nothing. Values before the error are kept.
 */
NODISCARD bool opt_overlay(const struct opt *rows, void *into, const struct yaml *map,
                           const char *what, struct error *e);

/* Set one value from text, as a command line or /set does. */
NODISCARD bool opt_set(const struct opt *rows, void *into, const char *name, const char *text,
                       struct error *e);

const struct opt *opt_find(const struct opt *rows, const char *name); /* aliases too */
char *opt_format(const struct opt *row, const void *from);            /* YAML text; caller frees */
void opt_clear(const struct opt *rows, void *in);                     /* frees strings and lists */

/* The name of `names[0..n)` nearest to `word`, or NULL when none is near. */
const char *opt_nearest(const char *word, const char *const *names, size_t n);

#endif
