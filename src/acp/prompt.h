/*
 * prompt - the content blocks of a session/prompt as the text that the engine takes. Images become
 * files that the text names; other files are named as they lie. Thread: the owner's.
 */
#ifndef ACP_PROMPT_H
#define ACP_PROMPT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

/*
 * workspace: absolute. dir: where images are put, made at need; *dir is NULL before the first and
 * then the caller's to remove. ERR_USAGE for a block that mien does not take (audio), ERR_PARSE
 * for one that is broken, ERR_IO.
 */
NODISCARD bool prompt_text(const cJSON *blocks, const char *workspace, char **dir, struct buf *out,
                           struct error *e);

#endif
