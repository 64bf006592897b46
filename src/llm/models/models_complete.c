#include "llm/models/family.h"
#include "llm/models/known.h"
#include "llm/models/models_priv.h"

void model_complete(struct model *m, bool own)
{
    struct known k;
    bool known = known_find(m->provider, m->upstream, &k);
    const struct family *f = family_of(m);
    if (!m->window && own)
        m->window = k.window ? k.window : f->window;
    if (!m->max_output)
        m->max_output = k.output;
    if (!m->sees && known)
        m->sees = k.sees ? 1 : 0;
    if (m->price_in > 0 || m->price_out > 0)
        return;
    m->price_in = known ? k.in : f->price_in / 1e6;
    m->price_out = known ? k.out : f->price_out / 1e6;
    if (m->price_cached <= 0)
        m->price_cached = known ? k.cached : f->price_cached / 1e6;
}
