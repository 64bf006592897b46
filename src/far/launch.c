#include "far/launch.h"

#include <string.h>

#include "far/launcher.h"
#include "host/process_env.h"

void launch_decide(struct launch *l, const char *workspace, bool isolated)
{
    if (!l->words.len && isolated)
        VEC_PUSH(&l->words, mem_strdup("env"));
    if (!l->words.len)
        return;
    VEC_PUSH(&l->words, NULL); /* behind the last */
    l->words.len--;
    const char *const *words = (const char *const *)l->words.ptr;
    l->isolated = isolated;
    l->here = launcher_stays(words);
    l->far = !l->here || isolated;
    l->carry =
        isolated || (l->far && (strcmp(workspace, "carry") == 0 ||
                                (strcmp(workspace, "shared") != 0 && launcher_carries(words))));
}

void launch_fini(struct launch *l)
{
    for (size_t i = 0; i < l->words.len; i++)
        free(l->words.ptr[i]);
    for (size_t i = 0; i < l->environment.len; i++)
        free(l->environment.ptr[i]);
    VEC_FREE(&l->words);
    VEC_FREE(&l->environment);
    free(l->program);
    *l =
        (struct launch){.far = l->far, .carry = l->carry, .here = l->here, .isolated = l->isolated};
}

static cJSON *list_of(const char *const *words, size_t n)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(words[i]));
    return list;
}

char *launch_line(const struct launch *l, const struct launch_order *o)
{
    AUTO_JSON *j = cJSON_CreateObject();
    size_t n = 0;
    while (o->words[n])
        n++;
    json_add(j, "launcher", list_of((const char *const *)l->words.ptr, l->words.len));
    AUTO_FREE char *self = l->here ? process_self() : NULL;
    json_add_str(j, "program", self ? self : l->program ? l->program : "mien");
    json_add(j, "words", list_of(o->words, n));
    json_add_str(j, "agent", o->agent);
    json_add_str(j, "workspace", o->workspace);
    json_add_bool(j, "carry", l->carry);
    json_add(j, "environment",
             list_of((const char *const *)l->environment.ptr, l->environment.len));
    json_add(j, "set", list_of(&o->set, o->set ? 1 : 0));
    json_add_int(j, "start_ms", l->start_ms);
    json_add_int(j, "lost_ms", l->lost_ms);
    json_add_str(j, "name", o->name);
    json_add_bool(j, "isolated", l->isolated);
    json_add_str(j, "check", o->check);
    json_add_int(j, "check_ms", o->check_ms);
    return json_print(j);
}
