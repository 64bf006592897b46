/*
 * args - the argument text of a tool call, as models really write it.
 *
 * Valid JSON is never touched. Only fixes that lose nothing are made (a code fence around,
 * trailing commas, Python's literals and quotes, lone surrogates); text that was cut short is
 * an error always, for closing it would give a command that only looks whole.
 */
#ifndef LLM_ARGS_H
#define LLM_ARGS_H

#include "base/error.h"
#include "base/json.h"
#include "llm/message.h"

/*
 * An object, or NULL: ERR_PARSE with text for the model. *note (caller frees, may be NULL as a
 * pointer): what was repaired, or NULL when nothing was. finish: LLM_FINISH_LENGTH refuses all.
 */
NODISCARD cJSON *args_parse(const char *text, enum llm_finish finish, char **note, struct error *e);

/* True if the text is one whole JSON object, to a parser that is not strict. */
bool args_is_object(const char *text, size_t n);

/* True if it is one to every parser, so that its bytes can be sent on as they are. NUL-terminated
 * text. */
bool args_is_exact(const char *text, size_t n);

/* The text as JSON for every parser, with what args_parse() would repair repaired in place: what
 * was right before the first fault stays as it is. False: it cannot be. */
bool args_mend(const char *text, struct buf *out);

/* Rewrite escapes that C strings cannot hold (lone surrogates, NUL) to \ufffd. True if any. */
bool args_mend_escapes(const char *text, size_t n, struct buf *out);

#endif
