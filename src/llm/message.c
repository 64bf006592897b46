#include "llm/message.h"

#include <stdlib.h>
#include <string.h>

void llm_calls_free(struct llm_tool_call *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(calls[i].id);
        free(calls[i].name);
        free(calls[i].args);
    }
    free(calls);
}

void llm_reply_fini(struct llm_reply *r)
{
    free(r->text);
    free(r->reasoning);
    llm_calls_free(r->calls, r->call_count);
    free(r->void_note);
    free(r->raw);
    free(r->url);
    memset(r, 0, sizeof *r);
}

const char *llm_finish_name(enum llm_finish f)
{
    static const char *const names[] = {"", "stop", "length", "tool_calls", "filter", "unknown"};
    return names[f];
}
