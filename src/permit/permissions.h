/*
 * permissions - rules in configuration: what may run and reach, what is asked, what is refused.
 *
 * A list in config.yaml, a row a rule: allow, ask or deny, a command's words, and the reach it is
 * about; or files that are written. Within one file the last rule that matches wins, between files
 * the stricter; what a project allows is nothing, so that it only narrows. See mien-config(5).
 * Thread: any, once loaded.
 */
#ifndef PERMIT_PERMISSIONS_H
#define PERMIT_PERMISSIONS_H

#include "base/mem.h"
#include "base/yaml.h"
#include "config/config.h"
#include "host/policy.h"
#include "host/reach.h"

enum verdict { VERDICT_NONE, VERDICT_ALLOW, VERDICT_ASK, VERDICT_DENY };

struct rule {
    enum verdict verdict;
    VEC(char *) words;  /* patterns of a command's; none: any command */
    struct reach reach; /* none: it is about running */
    VEC(char *) writes; /* patterns of files that file tools change; none: it is about commands */
    const char *file;
    int line;
    size_t layer; /* rules of one file have one; growing */
    bool project; /* a project's */
};

struct permissions {
    VEC(struct rule) rules; /* in the order of the files and within them */
    struct yaml *here;      /* what the user said "this program here" to */
};

void permissions_fini(struct permissions *p);

/* All of the configuration, and what the user allowed in this workspace before. ERR_CONFIG names
 * file:line: a row that is none, two that contradict each other. */
NODISCARD bool permissions_load(struct permissions *p, const struct config *c,
                                const char *workspace, struct error *e);

/* What the rules say of running a command (item NULL), or of its reaching that; *by: the rule that
 * said so, NULL for none. cwd: programs that it holds are nobody's that a rule allows. */
enum verdict permissions_judge(const struct permissions *p, const char *command,
                               const struct command_info *info, const struct reach_item *item,
                               const char *cwd, const struct rule **by);

/* What they say of a file tool's change of a file; path: as the workspace names it, absolute
 * outside. */
enum verdict permissions_judge_write(const struct permissions *p, const char *path,
                                     const struct rule **by);

/* "deny git push --force", "allow npm ci with network", "allow writes AGENTS.md". */
void rule_add_text(const struct rule *r, struct buf *out);

/* The words of a rule that allows this command's program, "npm ci *"; NULL where there are several,
 * or it runs whatever it is given. Caller frees. */
char *permissions_program(const struct command_info *info);
/* Keep such a rule for this workspace, for later sessions too; it holds once loaded. */
NODISCARD bool permissions_remember(const char *words, const struct reach *reach,
                                    const char *workspace, struct error *e);

#endif
