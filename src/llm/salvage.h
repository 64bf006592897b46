/*
 * salvage - tool calls that a server without the right parser left in the text.
 *
 * Looked for only when no structured call came, outside code fences, and for tools on offer.
 * <tool_call>{json}</tool_call> (Hermes, Qwen) and one bare or fenced {"name", "arguments"}
 * object are run; other markup is kept from the person and reported to the model.
 */
#ifndef LLM_SALVAGE_H
#define LLM_SALVAGE_H

#include "llm/llm.h"

/* How far a growing text has been looked at. {0} starts. */
struct salvage {
    size_t at;   /* scanned up to here */
    bool fence;  /* inside ``` */
    bool marked; /* markup begins at `at` */
};

/* Bytes of text that surely are no tool call: those may be shown already. */
size_t salvage_safe(struct salvage *s, const char *text, size_t n);

enum salvage_result { SALVAGE_NONE, SALVAGE_CALLS, SALVAGE_UNREADABLE };

/*
 * At the end of a text whose markup begins at `mark`: read the calls (ids left NULL).
 * UNREADABLE puts text for the model into *note. The caller frees all.
 */
enum salvage_result salvage_read(const char *text, size_t mark, const struct llm_tool *tools,
                                 size_t tool_count, bool cut, struct llm_tool_call **calls,
                                 size_t *call_count, char **note);

#endif
