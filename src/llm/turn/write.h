/*
 * write - for codecs: the pieces that requests of every dialect are written with.
 */
#ifndef LLM_WRITE_H
#define LLM_WRITE_H

#include "base/buf.h"
#include "llm/message.h"

/* A JSON string; NULL is an empty one. */
void write_string(struct buf *out, const char *s);

/* A call's id as it is where a server takes letters, digits, - and _ only, or, with `nine`, nine
 * letters and digits: the same id always becomes the same other, in calls and in results. */
void write_id(struct buf *out, const char *id, bool nine);

/* What a tool ran with, as JSON text of an object: the exact bytes if they are JSON for any server,
 * else what was made of them. Caller frees. */
char *write_args(const char *args);

/* ,"name":"text"; nothing for NULL. */
void write_member(struct buf *out, const char *name, const char *text);

/* ,"name":json - what is JSON already. */
void write_json(struct buf *out, const char *name, const char *json);

/* The schema of a tool's arguments: of any object, where it has none. Borrowed. */
const char *write_schema(const struct llm_tool *tool);

#endif
