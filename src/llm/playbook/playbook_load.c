#include <regex.h>
#include <string.h>

#include "base/data.h"
#include "base/mem.h"
#include "base/opt.h"
#include "llm/playbook/playbook_priv.h"

#define PLAYBOOK_WINDOW 8192

static bool playbook_keys(const struct yaml *map, const char *const *known, size_t n,
                          const char *what, struct error *e)
{
    if (map->kind != YAML_MAP)
        return yaml_error(map, e, "%s must be a map", what);
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->items[i]->key;
        bool ok = false;
        for (size_t k = 0; k < n && !ok; k++)
            ok = strcmp(key, known[k]) == 0;
        const char *near = ok ? NULL : opt_nearest(key, known, n);
        if (!ok)
            return yaml_error(map->items[i], e, "%s has no \"%s\"%s%s%s", what, key,
                              near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return true;
}

static bool playbook_regex(const struct yaml *y, struct error *e)
{
    regex_t re;
    char why[128];
    if (!y)
        return true;
    if (y->kind != YAML_SCALAR)
        return yaml_error(y, e, "%s must be text", y->key);
    int bad = regcomp(&re, y->value, REG_EXTENDED | REG_NOSUB);
    if (bad)
        regerror(bad, &re, why, sizeof why);
    else
        regfree(&re);
    return !bad ||
           yaml_error(y, e, "%s: \"%s\" is no regular expression: %s", y->key, y->value, why);
}

static bool playbook_when(const struct yaml *w, struct error *e)
{
    static const char *const known[] = {"user", "tool", "result"};
    return !w ||
           (playbook_keys(w, known, COUNT_OF(known), "when", e) &&
            playbook_regex(yaml_get(w, "user"), e) && playbook_regex(yaml_get(w, "result"), e));
}

static bool playbook_number(const struct yaml *map, const char *key, struct error *e)
{
    const struct yaml *v = yaml_get(map, key);
    double d;
    return !v || (yaml_as_num(v, &d) && d >= 0) ||
           yaml_error(v, e, "%s must be a number, 0 or more", key);
}

static bool playbook_word(const struct yaml *map, const char *key, const char *const *words,
                          size_t n, struct error *e)
{
    const struct yaml *v = yaml_get(map, key);
    const char *s = yaml_str(map, key, "");
    for (size_t i = 0; i < n; i++)
        if (strcmp(s, words[i]) == 0)
            return true;
    return !v || yaml_error(v, e, "%s is \"%s\"; it must be one of %s, %s%s%s", key, s, words[0],
                            words[1], n > 2 ? ", " : "", n > 2 ? words[2] : "");
}

static bool playbook_fault(const struct yaml *f, struct error *e)
{
    static const char *const known[] = {"kind", "after", "status", "message", "times"};
    static const char *const kinds[] = {"cut", "stall", "status", "reset"};
    if (!f)
        return true;
    if (!playbook_keys(f, known, COUNT_OF(known), "fault", e))
        return false;
    if (!yaml_get(f, "kind"))
        return yaml_error(f, e, "a fault needs a kind: cut, stall, status or reset");
    return playbook_word(f, "kind", kinds, COUNT_OF(kinds), e) && playbook_number(f, "after", e) &&
           playbook_number(f, "status", e) && playbook_number(f, "times", e);
}

static bool playbook_call(const struct yaml *c, struct error *e)
{
    static const char *const known[] = {"tool", "args", "as"};
    if (!playbook_keys(c, known, COUNT_OF(known), "a call", e))
        return false;
    if (!yaml_str(c, "tool", NULL))
        return yaml_error(c, e, "a call needs \"tool: NAME\"");
    const struct yaml *args = yaml_get(c, "args");
    return !args || args->kind != YAML_SEQ ||
           yaml_error(args, e, "args must be a map (or text, to send it as it is)");
}

static bool playbook_turn(const struct yaml *t, struct error *e)
{
    static const char *const known[] = {"say",  "reasoning", "call",   "calls", "when",
                                        "pace", "fault",     "finish", "usage", "end"};
    static const char *const finishes[] = {"stop", "length", "filter"};
    static const char *const usage[] = {"input", "cached", "output"};
    if (!playbook_keys(t, known, COUNT_OF(known), "a turn", e) ||
        !playbook_when(yaml_get(t, "when"), e) || !playbook_fault(yaml_get(t, "fault"), e) ||
        !playbook_number(t, "pace", e) ||
        !playbook_word(t, "finish", finishes, COUNT_OF(finishes), e))
        return false;
    for (size_t i = 0; i < play_call_count(t); i++)
        if (!playbook_call(play_call_at(t, i), e))
            return false;
    const struct yaml *u = yaml_get(t, "usage");
    return !u || (playbook_keys(u, usage, COUNT_OF(usage), "usage", e) &&
                  playbook_number(u, "input", e) && playbook_number(u, "cached", e) &&
                  playbook_number(u, "output", e));
}

static bool playbook_check(const struct yaml *y, struct error *e)
{
    static const char *const known[] = {"window",    "pace",        "overflow", "turns",
                                        "behaviors", "description", "name"};
    static const char *const overflow[] = {"error", "none"};
    const struct yaml *turns = yaml_get(y, "turns");
    if (!playbook_keys(y, known, COUNT_OF(known), "a playbook", e) ||
        !playbook_number(y, "window", e) || !playbook_number(y, "pace", e) ||
        !playbook_word(y, "overflow", overflow, COUNT_OF(overflow), e))
        return false;
    if (!turns || turns->kind != YAML_SEQ)
        return yaml_error(turns ? turns : y, e, "a playbook needs \"turns:\", a list");
    for (size_t i = 0; i < turns->count; i++)
        if (!playbook_turn(turns->items[i], e))
            return false;
    return true;
}

static bool playbook_is_path(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".yaml") == 0) ||
           (n > 4 && strcmp(name + n - 4, ".yml") == 0);
}

static struct yaml *playbook_shipped(const char *name, struct error *e)
{
    static const char *const places[] = {"src/llm/playbook", "behaviors/playbooks"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s.yaml", places[i], name);
        const struct data_file *f = data_find(path);
        if (f && strcmp(name, "models") != 0)
            return yaml_parse(f->text, f->size, f->name, e);
    }
    error_set(e, ERR_NOT_FOUND,
              "no playbook \"%s\"; playbook/tour is shipped, "
              "playbook/FILE.yaml reads a file",
              name);
    return NULL;
}

struct yaml *playbook_load(const char *upstream, struct error *e)
{
    struct yaml *y =
        playbook_is_path(upstream) ? yaml_load(upstream, e) : playbook_shipped(upstream, e);
    if (!y || playbook_check(y, e))
        return y;
    yaml_tree_free(y);
    return NULL;
}

int64_t playbook_window(const struct yaml *y)
{
    double d;
    return yaml_as_num(yaml_get(y, "window"), &d) && d >= 1 ? (int64_t)d : PLAYBOOK_WINDOW;
}
