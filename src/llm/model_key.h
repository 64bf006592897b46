/*
 * model_key - the key that a model's requests carry: written down, of the environment, or what a
 * command of the user's prints. Thread: the one that makes requests.
 */
#ifndef LLM_MODEL_KEY_H
#define LLM_MODEL_KEY_H

#include "base/error.h"

struct loop;
struct model;

/*
 * *key: borrowed until the next call; NULL where none is needed. api_key_command is run by sh, as
 * the user and unconfined, when what it gave is older than api_key_seconds; its first line is the
 * key. MAY WAIT for it, 30 s: loop is stepped meanwhile until *stop; NULL: nothing else goes on.
 * ERR_CONFIG: none is set; ERR_IO: the command failed, with its last words.
 */
NODISCARD bool model_key_get(const struct model *m, struct loop *loop, const bool *stop,
                             const char **key, struct error *e);

/* A server refused the key. True: it came from a command some time ago, so the next may be taken.
 */
bool model_key_refused(const struct model *m);

void model_key_fini(void); /* wipes what commands gave */

#endif
