#include "behavior/choice.h"

#include <fnmatch.h>
#include <string.h>

void tool_choice_fini(struct tool_choice *c)
{
    for (size_t i = 0; i < c->rules.len; i++)
        free(c->rules.ptr[i].pattern);
    VEC_FREE(&c->rules);
    *c = (struct tool_choice){0};
}

void tool_choice_switch(struct tool_choice *c, const char *pattern, bool on)
{
    VEC_PUSH(&c->rules, ((struct tool_rule){mem_strdup(pattern), on}));
    c->changes++;
}

void tool_choice_only(struct tool_choice *c, const char *list)
{
    static const char apart[] = ", \t";
    tool_choice_switch(c, "*", false);
    for (size_t n; *(list += strspn(list, apart)); list += n) {
        n = strcspn(list, apart);
        AUTO_FREE char *one = mem_strndup(list, n);
        tool_choice_switch(c, one, true);
    }
}

static const struct tool_rule *rule_for(const struct tool_choice *c, const struct tool *t)
{
    for (size_t i = c ? c->rules.len : 0; i-- > 0;)
        if (fnmatch(c->rules.ptr[i].pattern, t->name, 0) == 0)
            return &c->rules.ptr[i];
    return NULL;
}

bool tool_choice_allows(const struct tool_choice *c, const struct tool *t)
{
    const struct tool_rule *r = rule_for(c, t);
    return !r || r->on || (t->flags & (TOOL_ENDS_GOAL | TOOL_ENDS_STEP));
}

bool tool_choice_names(const struct tool_choice *c, const struct tool *t)
{
    const struct tool_rule *r = rule_for(c, t);
    return r && r->on;
}
