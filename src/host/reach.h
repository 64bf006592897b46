/*
 * reach - what one command asks for beyond what every command has: the network, a directory, the
 * devices, other processes. Read from words; what it means for a sandbox is sandbox_reach.h's.
 * Thread: any.
 */
#ifndef HOST_REACH_H
#define HOST_REACH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"

enum reach_kind { REACH_NETWORK, REACH_HOST, REACH_PATH, REACH_DEVICE, REACH_TRACE, REACH_KINDS };

struct reach_item {
    enum reach_kind kind;
    char
        *what; /* PATH: the directory, canonical; HOST: "name", "name:port" or a group; else NULL */
};

struct reach {
    VEC(struct reach_item) items; /* none twice */
};

void reach_fini(struct reach *r);

/*
 * Add what a word names: "network", "network:HOST" (a name, a name and a port, 127.0.0.1 and a
 * port, a group of registries), "path:DIR" (absolute, or "~" and "~/x"), "device", "trace".
 * ERR_USAGE for a word nobody knows, for ".." and for a name that leads through a link;
 * ERR_NOT_FOUND where there is no such directory; ERR_DENIED for what no command gets: keys, what
 * stands for the kernel, what git or mien run.
 */
NODISCARD bool reach_add(struct reach *r, const char *word, struct error *e);
/* The same for a rule: a directory need not exist, and may be one that no command gets. */
NODISCARD bool reach_add_named(struct reach *r, const char *word, struct error *e);
/* All words of a list, or of one string; NULL: none. named: as a rule has them. */
NODISCARD bool reach_add_words(struct reach *r, const cJSON *words, bool named, struct error *e);
/* A copy of an item of another. */
void reach_put(struct reach *r, const struct reach_item *item);

/* The hosts of a named group ("npm"), NULL-terminated; NULL: it is none. */
const char *const *reach_item_hosts(const struct reach_item *item);

/* Does having a mean having b: the same, or a directory within its own? */
bool reach_item_covers(const struct reach_item *a, const struct reach_item *b);
bool reach_covers(const struct reach *r, const struct reach_item *item);

/* As it is asked for, "path:/srv/x". */
void reach_item_add_name(const struct reach_item *item, struct buf *out);
/* All of them, commas between. Caller frees. */
char *reach_names(const struct reach *r);
/* What it opens, for people: "write in /srv/x, less keys and passwords". */
void reach_item_add_meaning(const struct reach_item *item, struct buf *out);

/* The words that can be asked for, as an error names them. */
const char *reach_known(void);

#endif
