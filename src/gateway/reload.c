/* A models.yaml that changed while the gateway runs. */
#include "base/log.h"
#include "gateway/gateway_priv.h"

/* Requests under way hold on to what they found: old registries go when there are none. */
static void reload_forget(struct gateway *p)
{
    if (p->serving.len > 1 || p->reloaded.len < 2)
        return;
    for (size_t i = 0; i + 1 < p->reloaded.len; i++)
        models_free(p->reloaded.ptr[i]);
    p->reloaded.ptr[0] = p->reloaded.ptr[p->reloaded.len - 1];
    p->reloaded.len = 1;
}

void reload_models(struct gateway *p)
{
    struct error e = {0};
    struct models *m = p->o.reload ? p->o.reload(p->o.reload_arg, &e) : NULL;
    if (e.code != ERR_NONE)
        log_warn("proxy", "the models stay as they were: %s", e.text);
    if (!m)
        return;
    VEC_PUSH(&p->reloaded, m);
    p->o.models = m;
    log_info("proxy", "the models were read anew");
    reload_forget(p);
}
