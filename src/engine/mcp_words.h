/*
 * mcp_words - what MCP servers offer beside tools: prompts, which are commands of the user
 * (/server:prompt), and resources, which are named in what the user says (@server:address).
 * MAY WAIT where a server is asked. Thread: engine.
 */
#ifndef ENGINE_MCP_WORDS_H
#define ENGINE_MCP_WORDS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

struct engine;

/* Prompts of the servers that run, as commands: added to a catalog. */
void mcp_add_commands(struct engine *g, cJSON *list);

/* Is it called like one, "server:prompt"? */
bool mcp_is_prompt(const char *name);
/* What it says, filled in with the words, by order or as name=value. Caller frees; NULL: *e. */
char *mcp_prompt_text(struct engine *g, const char *name, const char *words, struct error *e);

/* Append what "server:address" holds, with its name; images are put into *media as tools show them.
 * False with e->code ERR_NONE: no server is called so. arg: the engine. */
bool mcp_resource_text(void *arg, const char *name, struct buf *out, cJSON **media,
                       struct error *e);

/* Lists for people: what is "prompts" or "resources". */
NODISCARD bool mcp_words_report(struct engine *g, const char *what, struct buf *out,
                                struct error *e);

#endif
