/*
 * seal - what only a model's server understands of an answer (signatures, encrypted reasoning,
 * members beside the text), as one word that a client carries and sends back: "mien1:" and base64.
 *
 * The client's dialects have a place for such a word (the signature of a thinking block, a
 * reasoning item's encrypted_content, thoughtSignature), and by its beginning it is told from a
 * real one. It is no secret and no promise: who sends it may have made it up, so what is in it
 * counts only where it is whole JSON, and only for the origin it names. Thread: any.
 */
#ifndef LLM_SEAL_H
#define LLM_SEAL_H

#include "llm/message.h"

#define SEAL_MARK "mien1:"

/* Caller frees. */
char *seal_make(const struct llm_parts *parts);
/* The seal of reasoning whose words the client has: `member` is what its server calls it, or NULL
 * where it is no member but a text of its own. Caller frees. */
char *seal_words(const char *origin, const char *member);

/* A seal of words with the words in it, for clients that may not keep them. Caller frees. */
char *seal_whole(const char *seal, const char *words);

bool seal_is_ours(const char *word); /* NULL: no */

/* False: it is none, or holds what is no JSON; *out is empty then. words: of the reasoning that
 * the seal stood beside, or NULL. */
bool seal_open(const char *word, const char *words, struct llm_parts *out);

#endif
