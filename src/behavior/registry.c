#include "behavior/registry.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

#define BEHAVIOR(name) extern const struct behavior behavior_##name;
#include "behaviors/behaviors.def"
#undef BEHAVIOR

const struct behavior *const behavior_types[] = {
#define BEHAVIOR(name) &behavior_##name,
#include "behaviors/behaviors.def"
#undef BEHAVIOR
};

struct loaded {
    const struct behavior *type;
    char *origin;
    struct fault_code code;
};

static VEC(struct loaded) loaded;

struct fault_code behavior_code(const struct behavior *b)
{
    for (size_t i = 0; i < loaded.len; i++)
        if (loaded.ptr[i].type == b)
            return loaded.ptr[i].code;
    return (struct fault_code){0};
}

size_t behavior_type_count(void)
{
    return COUNT_OF(behavior_types);
}

const struct behavior *behavior_loaded(size_t i, const char **origin)
{
    if (i >= loaded.len)
        return NULL;
    if (origin)
        *origin = loaded.ptr[i].origin;
    return loaded.ptr[i].type;
}

static bool type_has_alias(const struct behavior *b, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = b->aliases; p && *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && strncmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

static bool type_is(const struct behavior *b, const char *word)
{
    return strcmp(b->type, word) == 0 || strcmp(b->name, word) == 0 || type_has_alias(b, word);
}

const struct behavior *behavior_find(const char *type)
{
    for (size_t i = 0; i < COUNT_OF(behavior_types); i++)
        if (type_is(behavior_types[i], type))
            return behavior_types[i];
    for (size_t i = 0; i < loaded.len; i++)
        if (type_is(loaded.ptr[i].type, type))
            return loaded.ptr[i].type;
    return NULL;
}

char *behavior_file_name(const char *type)
{
    AUTO(buf) out = {0};
    for (const char *p = type; *p; p++) {
        bool upper = isupper((unsigned char)*p);
        if (upper && p > type && (!isupper((unsigned char)p[-1]) || islower((unsigned char)p[1])))
            buf_addc(&out, '_');
        buf_addc(&out, (char)tolower((unsigned char)*p));
    }
    return buf_take(&out);
}

const struct behavior *behavior_keep(const struct behavior *b, const char *path)
{
    size_t n = strlen(path);
    bool object = n > 3 && strcmp(path + n - 3, ".so") == 0;
    struct fault_code code = object ? fault_code_of(b) : (struct fault_code){0};
    VEC_PUSH(&loaded, (struct loaded){b, mem_strdup(path), code});
    return b;
}
