/*
 * text_toolcalls - tool calls that a server without the right parser left in the text.
 *
 * Looked for only when no structured call came, outside code fences, and for tools on offer.
 * <tool_call>{json}</tool_call> (Hermes, Qwen) and one bare or fenced {"name", "arguments"}
 * object are run; other markup is kept from the user and reported to the model.
 */
#ifndef LLM_TEXT_TOOLCALLS_H
#define LLM_TEXT_TOOLCALLS_H

#include "llm/message.h"

/* How far a growing text has been looked at. {0} starts. */
struct text_toolcalls {
    size_t at;   /* scanned up to here */
    bool fence;  /* inside ``` */
    bool marked; /* markup begins at `at` */
};

/* Bytes of text that surely are no tool call: those may be shown already. */
size_t text_toolcalls_safe(struct text_toolcalls *s, const char *text, size_t n);

enum text_toolcalls_result { TEXT_TOOLCALLS_NONE, TEXT_TOOLCALLS_CALLS, TEXT_TOOLCALLS_UNREADABLE };

/*
 * At the end of a text whose markup begins at `mark`: read the calls (ids left NULL).
 * UNREADABLE puts text for the model into *note. The caller frees all.
 */
enum text_toolcalls_result text_toolcalls_read(const char *text, size_t mark,
                                               const struct llm_tool *tools, size_t tool_count,
                                               bool cut, struct llm_tool_call **calls,
                                               size_t *call_count, char **note);

#endif
