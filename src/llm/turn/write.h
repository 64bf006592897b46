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

/* Does the part go out: an image or a document, to a model that takes it? Where it does not, the
 * words that stand for it in the text are all. */
bool write_shows(const struct llm_request *r, const struct llm_part *p);
/* An image or a file that lies at a URL: which; NULL: its bytes are there. */
const char *write_url(const struct llm_part *p);
bool write_shows_any(const struct llm_request *r, const struct llm_message *m);

/* ---- where messages stand ---- */

/* The system messages that the conversation begins with. */
size_t write_systems(const struct llm_request *r);

/* That call of an assistant's message, or NULL. id may be NULL. */
const struct llm_tool_call *write_call(const struct llm_message *m, const char *id);

/* For codec.unit: each message stands by itself; or neighbours go out as one: a user's words and
 * the results of tools, an assistant's. */
size_t write_unit_alone(const struct llm_request *r, size_t i);
size_t write_unit_joined(const struct llm_request *r, size_t i);
/* Behind the last message that goes out as one with the one at i. */
size_t write_unit_end(const struct llm_request *r, size_t i);

#endif
