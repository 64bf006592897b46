#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "llm/failure_text.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"
#include "net/http.h"

static void failure_step_auth(struct buf *out, const struct model *m)
{
    if (m->key_env)
        buf_addf(out, " Check the key in %s; it must be one for %s.", m->key_env, m->api_base);
    else if (m->key_literal)
        buf_addf(out, " Check api_key at %s.", m->origin);
    else
        buf_addf(out, " No key was sent: add api_key: os.environ/NAME at %s.", m->origin);
}

static void failure_step_request(struct buf *out, const struct llm_failure *f,
                                 const struct model *m, const char *url)
{
    if (f->status == 404 || f->status == 405)
        buf_addf(out, " Is \"%s\" a model of this server, and %s its address? They come from %s.",
                 m->upstream, url ? url : m->api_base, m->origin);
    else if (strstr(f->error.text, "model"))
        buf_addf(out, " The model is \"%s\", from %s.", m->upstream, m->origin);
}

static void failure_step_connect(struct buf *out, const struct model *m)
{
    if (m->api_base && http_is_loopback(m->api_base))
        buf_addf(out, " Is the server running? \"mien doctor\" looks for servers.");
    else
        buf_addf(out, " Check the network and api_base (%s, from %s).",
                 m->api_base ? m->api_base : "none", m->origin);
}

static void failure_step(struct buf *out, const struct llm_failure *f, const struct model *m,
                         const char *url)
{
    switch (f->class) {
    case LLM_AUTH:
        failure_step_auth(out, m);
        break;
    case LLM_QUOTA:
        buf_addf(out, " Waiting does not help: add credit with the provider, or choose another "
                      "model (/model).");
        break;
    case LLM_RATE_LIMIT:
    case LLM_OVERLOADED:
        buf_addf(out, " Try again later, or choose another model (/model).");
        break;
    case LLM_CONTEXT:
        buf_addf(out, " Compact the conversation (/compact) or use a model with a larger window.");
        break;
    case LLM_BAD_REQUEST:
        failure_step_request(out, f, m, url);
        break;
    case LLM_CONNECT:
        failure_step_connect(out, m);
        break;
    case LLM_SERVER:
        buf_addf(out, " The server's own log says more.");
        break;
    case LLM_TIMEOUT:
        buf_addf(out, " A model that is still loading needs longer: raise the limit, or look at "
                      "the server.");
        break;
    default:
        break;
    }
}

static void failure_lead(struct buf *out, const struct llm_failure *f, const struct model *m)
{
    if (f->class == LLM_CONFIG || f->class == LLM_CANCELLED)
        return;
    if (f->status)
        buf_addf(out, "%s answered %d (%s): ", m->provider, f->status, llm_class_name(f->class));
    else if (f->class == LLM_STREAM || f->class == LLM_CONTEXT || f->class == LLM_SERVER ||
             f->class == LLM_OVERLOADED || f->class == LLM_RATE_LIMIT)
        buf_addf(out, "%s, in the middle of its answer: ", m->provider);
}

static void failure_numbers(struct buf *out, const struct llm_failure *f)
{
    if (f->class != LLM_CONTEXT || (!f->window && !f->requested))
        return;
    buf_adds(out, " (");
    if (f->requested)
        buf_addf(out, "%lld tokens asked for", (long long)f->requested);
    if (f->window)
        buf_addf(out, "%swindow %lld", f->requested ? ", " : "", (long long)f->window);
    buf_adds(out, ")");
}

void failure_explain(struct llm_failure *f, const struct model *m, const char *url)
{
    AUTO(buf) text = {0};
    AUTO(buf) step = {0};
    failure_step(&step, f, m, url);
    failure_lead(&text, f, m);
    /* A long message must not push the next step out of the text. */
    size_t n = strlen(f->error.text), room = sizeof f->error.text - 1;
    size_t used = text.len + step.len + 60;
    buf_add(&text, f->error.text,
            utf8_cut(f->error.text, n, room > used ? MIN(n, room - used) : 0));
    failure_numbers(&text, f);
    if (step.len && text.len && !strchr(".!?", text.ptr[text.len - 1]))
        buf_addc(&text, '.');
    buf_adds(&text, buf_cstr(&step));
    error_set(&f->error, f->error.code, "%s", buf_cstr(&text));
}
