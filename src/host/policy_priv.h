/*
 * policy_priv - a simple command as the policy's reader gives it to the policy's judges.
 * For src/host/policy*.c only.
 */
#ifndef HOST_POLICY_PRIV_H
#define HOST_POLICY_PRIV_H

#include <stdbool.h>
#include <stddef.h>

/* Words after quotes are removed and patterns expanded; words[0] is the program. Borrowed. */
struct simple_command {
    const char *const *words;
    size_t count;
    const char *root; /* the workspace, canonical */
    const char *dir;  /* where it runs: root, or beneath it */
};

/* Is it proven that it only reads, and only inside the workspace? */
bool policy_reads(const struct simple_command *c);

/* May a program read what this operand names: a file or a directory inside the workspace,
 * wherever links lead, or nothing at all? */
bool policy_path_reads(const struct simple_command *c, const char *path);

/* Does what it says call other machines? Do its words name places outside the workspace? */
bool policy_reaches_network(const struct simple_command *c);
bool policy_leaves(const struct simple_command *c);

/* Which options a program may be given. In rows, one word each: of `longs`, "name" stands alone,
 * "name=" takes a value, "name?" may take one behind '='. */
struct policy_options {
    const char *flags;  /* letters without a value; '#': -NUMBER */
    const char *valued; /* letters with one */
    const char *longs;
    bool alone; /* each letter in a word of its own, a number behind it at most */
};

/* What words[at] is under these. */
enum policy_word { WORD_OPERAND, WORD_OPTION, WORD_END, WORD_REFUSED };

/* Steps over the value too, *at is moved onto it. END: "--", everything behind is an operand.
 * value: of the option, "" none; letter: of the last short option, 0: it was a long one. */
enum policy_word policy_word_is(const struct policy_options *o, const struct simple_command *c,
                                size_t *at, const char **value, char *letter);

/* git, that only reads, in a repository whose configuration makes it run nothing. */
bool policy_git_reads(const struct simple_command *c);

/* Texts in languages of their own: do they only read what they are given? */
bool policy_sed_reads(const char *script);
bool policy_awk_reads(const char *program);
bool policy_jq_reads(const char *filter);

#endif
