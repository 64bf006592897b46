/*
 * texts - what is said to a model: instructions, reminders, questions. Shipped in
 * behaviors/prompts.yaml, which is the one list of their names and of the {places} in each; the
 * user's prompts.yaml replaces single ones. Immutable once loaded; any thread. text_fill() of
 * base/text.h fills the places.
 */
#ifndef CONFIG_TEXTS_H
#define CONFIG_TEXTS_H

#include "base/buf.h"
#include "base/error.h"

struct texts;

struct texts *texts_new(void); /* as shipped */
void texts_free(struct texts *t);

/* The user's own over the shipped ones; a file that is not there is fine. A name nobody knows is
 * ERR_CONFIG with file:line and the nearest. Once. */
NODISCARD bool texts_load(struct texts *t, const char *path, struct error *e);
/* What of the user's texts lacks a place, a line each; "" nothing. */
const char *texts_complaints(const struct texts *t);

/* The name must be one of them. Borrowed from t. */
const char *texts_get(const struct texts *t, const char *name);

/* Every shipped text, in order; places: "{goal} {step}". */
void texts_each(const struct texts *t,
                void (*visit)(void *arg, const char *name, const char *places), void *arg);

#endif
