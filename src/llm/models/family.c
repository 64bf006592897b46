#include "llm/models/family.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "llm/models/provider.h"

enum field_kind { FIELD_WORD, FIELD_TEXT, FIELD_LIST, FIELD_BOOL, FIELD_NUMBER, FIELD_MONEY };

static const char *const words_dialect[] = {
    [ROUTE_CHAT] = "chat",     [ROUTE_RESPONSES] = "responses", [ROUTE_MESSAGES] = "messages",
    [ROUTE_GEMINI] = "gemini", [ROUTE_OLLAMA] = "ollama",       NULL};
static const char *const words_effort[] = {[EFFORT_NONE] = "none",
                                           [EFFORT_CHAT] = "chat",
                                           [EFFORT_OBJECT] = "object",
                                           [EFFORT_ADAPTIVE] = "adaptive",
                                           [EFFORT_BUDGET] = "budget",
                                           [EFFORT_SWITCH] = "switch",
                                           [EFFORT_TEMPLATE] = "template",
                                           [EFFORT_LEVEL] = "level",
                                           [EFFORT_TOKENS] = "tokens",
                                           [EFFORT_THINK] = "think",
                                           NULL};
static const char *const words_reasoning[] = {
    [REASONING_NEVER] = "never", [REASONING_CALLS] = "calls", [REASONING_ALWAYS] = "always", NULL};
static const char *const words_tail[] = {
    [TAIL_TOOL] = "tool", [TAIL_USER] = "user", [TAIL_SYSTEM] = "system", NULL};
static const char *const words_cache[] = {"none", "marks", "request", "key", NULL};
static const char *const words_edit[] = {"edit_file", "apply_patch", "anchors", NULL};

/* What a row may say. at: in struct family, for those that are simply put there. */
static const struct field {
    const char *key;
    enum field_kind kind;
    const char *const *words;
    size_t at;
} fields[] = {
    {"models", FIELD_LIST, NULL, SIZE_MAX},
    {"providers", FIELD_LIST, NULL, SIZE_MAX},
    {"own", FIELD_BOOL, NULL, SIZE_MAX},
    {"dialect", FIELD_WORD, words_dialect, offsetof(struct family, dialect)},
    {"also", FIELD_LIST, words_dialect, offsetof(struct family, also)},
    {"limit", FIELD_TEXT, NULL, offsetof(struct family, limit)},
    {"refused", FIELD_LIST, NULL, offsetof(struct family, refused)},
    {"effort", FIELD_WORD, words_effort, SIZE_MAX},
    {"efforts", FIELD_LIST, NULL, offsetof(struct family, efforts)},
    {"reasoning", FIELD_WORD, words_reasoning, offsetof(struct family, reasoning)},
    {"reasoning_must", FIELD_TEXT, NULL, offsetof(struct family, reasoning_must)},
    {"tail", FIELD_WORD, words_tail, offsetof(struct family, tail)},
    {"cache", FIELD_WORD, words_cache, SIZE_MAX},
    {"images", FIELD_BOOL, NULL, offsetof(struct family, images)},
    {"output", FIELD_NUMBER, NULL, offsetof(struct family, output)},
    {"window", FIELD_NUMBER, NULL, offsetof(struct family, window)},
    {"price_in", FIELD_MONEY, NULL, offsetof(struct family, price_in)},
    {"price_out", FIELD_MONEY, NULL, offsetof(struct family, price_out)},
    {"price_cached", FIELD_MONEY, NULL, offsetof(struct family, price_cached)},
    {"betas", FIELD_LIST, NULL, offsetof(struct family, betas)},
    {"edit", FIELD_WORD, words_edit, SIZE_MAX},
};

const char *model_edit_tool(const char *way)
{
    static const char *const ways[][2] = {/* as written, and the tool */
                                          {"edit_file", "edit_file"},
                                          {"apply_patch", "apply_patch"},
                                          {"anchors", "edit_lines"}};
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (strcmp(way, ways[i][0]) == 0)
            return ways[i][1];
    return NULL;
}

/* A model that was asked about. */
struct asked {
    char *provider, *upstream, *base;
    struct family family;
    VEC(const char **) lists;
};

static struct {
    bool read;
    struct yaml *files[2];
    VEC(struct asked *) asked;
} families;

static const struct field *field_of(const char *key)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    return NULL;
}

static int word_of(const char *const *words, const char *word)
{
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static bool check_word(const struct yaml *v, const struct field *f, struct error *e)
{
    if (v->kind == YAML_SCALAR && word_of(f->words, v->value) >= 0)
        return true;
    AUTO(buf) all = {0};
    for (size_t i = 0; f->words[i]; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", f->words[i]);
    return yaml_error(v, e, "%s must be one of %s", f->key, buf_cstr(&all));
}

static bool check_list(const struct yaml *v, const struct field *f, struct error *e)
{
    if (v->kind != YAML_SEQ)
        return yaml_error(v, e, "%s must be a list, like [a, b]", v->key);
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i]->kind != YAML_SCALAR)
            return yaml_error(v->items[i], e, "%s holds what is no word", v->key);
        else if (f->words && !check_word(v->items[i], f, e))
            return false;
    return true;
}

static bool check_field(const struct yaml *v, struct error *e)
{
    const struct field *f = field_of(v->key);
    bool yes;
    int64_t n;
    double money;
    if (!f)
        return yaml_error(v, e, "no row of families has \"%s\"; see mien-config(5)", v->key);
    switch (f->kind) {
    case FIELD_WORD:
        return check_word(v, f, e);
    case FIELD_LIST:
        return check_list(v, f, e);
    case FIELD_BOOL:
        return yaml_as_bool(v, &yes) || yaml_error(v, e, "%s must be true or false", v->key);
    case FIELD_NUMBER:
        return (yaml_as_int(v, &n) && n >= 0) ||
               yaml_error(v, e, "%s must be a number of tokens, 0 or more", v->key);
    case FIELD_MONEY:
        return (yaml_as_num(v, &money) && money >= 0) ||
               yaml_error(v, e, "%s must be money for a million tokens, 0 or more", v->key);
    default:
        return v->kind == YAML_SCALAR || yaml_error(v, e, "%s must be a word", v->key);
    }
}

static bool check_rows(const struct yaml *root, struct error *e)
{
    const struct yaml *rows = yaml_get(root, "families");
    if (!rows || rows->kind != YAML_SEQ)
        return yaml_error(rows ? rows : root, e, "expected \"families:\" and a list of rows");
    for (size_t i = 0; i < rows->count; i++) {
        const struct yaml *row = rows->items[i];
        if (row->kind != YAML_MAP)
            return yaml_error(row, e,
                              "a row must be a map, like {models: [\"x-*\"], effort: chat}");
        if (!yaml_get(row, "models") && !yaml_get(row, "providers"))
            return yaml_error(row, e, "a row needs models: or providers:, to fit something");
        for (size_t k = 0; k < row->count; k++)
            if (!check_field(row->items[k], e))
                return false;
    }
    return true;
}

static bool families_read_user(struct error *e)
{
    struct error why = {0};
    AUTO_FREE char *path = file_config_path("families.yaml");
    struct yaml *y = yaml_load(path, &why);
    if (!y)
        return why.code == ERR_NOT_FOUND || error_set(e, ERR_CONFIG, "%s", why.text);
    if (!check_rows(y, e)) {
        yaml_tree_free(y);
        return false;
    }
    families.files[1] = y;
    return true;
}

bool families_load(struct error *e)
{
    if (families.read)
        return true;
    const struct data_file *f = data_find("src/llm/families.yaml");
    if (f && !families.files[0]) {
        struct yaml *y = yaml_parse(f->text, f->size, f->name, e);
        if (!y || !check_rows(y, e)) {
            yaml_tree_free(y);
            return false;
        }
        families.files[0] = y;
    }
    return families.read = families_read_user(e);
}

static void asked_free(struct asked *a)
{
    for (size_t i = 0; i < a->lists.len; i++)
        free(a->lists.ptr[i]);
    VEC_FREE(&a->lists);
    free(a->provider);
    free(a->upstream);
    free(a->base);
    free(a);
}

void families_free(void)
{
    for (size_t i = 0; i < COUNT_OF(families.files); i++) {
        yaml_tree_free(families.files[i]);
        families.files[i] = NULL;
    }
    for (size_t i = 0; i < families.asked.len; i++)
        asked_free(families.asked.ptr[i]);
    VEC_FREE(&families.asked);
    families.read = false;
}

static bool row_names(const struct yaml *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (fnmatch(list->items[i]->value, name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

static bool row_fits(const struct yaml *row, const struct model *m)
{
    const struct yaml *models = yaml_get(row, "models"), *providers = yaml_get(row, "providers");
    const struct provider *p = provider_find(m->provider);
    const char *slash = strrchr(m->upstream, '/');
    bool own = false;
    if (providers && !row_names(providers, m->provider))
        return false;
    if (models && !row_names(models, m->upstream) && !(slash && row_names(models, slash + 1)))
        return false;
    if (!yaml_as_bool(yaml_get(row, "own"), &own) || !own)
        return true;
    return p && p->base && m->api_base && strcmp(m->api_base, p->base) == 0;
}

static const char **row_list(struct asked *a, const struct yaml *v)
{
    const char **list = mem_alloc((v->count + 1) * sizeof *list);
    for (size_t i = 0; i < v->count; i++)
        list[i] = v->items[i]->value;
    VEC_PUSH(&a->lists, list);
    return list;
}

/* none says it of every dialect, any other of those that have that spelling. */
static void row_apply_effort(struct family *f, enum effort_spelling spelling)
{
    static const struct {
        enum effort_spelling spelling;
        enum route_style dialect;
    } rows[] = {{EFFORT_CHAT, ROUTE_CHAT},       {EFFORT_OBJECT, ROUTE_CHAT},
                {EFFORT_SWITCH, ROUTE_CHAT},     {EFFORT_SWITCH, ROUTE_MESSAGES},
                {EFFORT_TEMPLATE, ROUTE_CHAT},   {EFFORT_ADAPTIVE, ROUTE_MESSAGES},
                {EFFORT_BUDGET, ROUTE_MESSAGES}, {EFFORT_LEVEL, ROUTE_GEMINI},
                {EFFORT_TOKENS, ROUTE_GEMINI},   {EFFORT_THINK, ROUTE_OLLAMA}};
    for (size_t i = 0; spelling == EFFORT_NONE && i < ROUTE_COUNT; i++)
        f->effort[i] = EFFORT_NONE;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].spelling == spelling)
            f->effort[rows[i].dialect] = spelling;
}

static void row_apply_field(struct asked *a, const struct yaml *v)
{
    const struct field *f = field_of(v->key);
    char *to = (char *)&a->family + (f->at == SIZE_MAX ? 0 : f->at);
    if (f->words == words_cache) {
        a->family.cache_marks = strcmp(v->value, "marks") == 0;
        a->family.cache_request = strcmp(v->value, "request") == 0;
        a->family.cache_key = strcmp(v->value, "key") == 0;
    } else if (f->words == words_effort) {
        row_apply_effort(&a->family, (enum effort_spelling)word_of(f->words, v->value));
    } else if (f->words == words_edit) {
        a->family.edit = model_edit_tool(v->value);
    } else if (f->at == SIZE_MAX) {
        return;
    } else if (f->kind == FIELD_WORD) {
        int word = word_of(f->words, v->value);
        memcpy(to, &word, sizeof word);
    } else if (f->kind == FIELD_TEXT) {
        const char *text = *v->value && strcmp(v->value, "none") != 0 ? v->value : NULL;
        memcpy(to, &text, sizeof text);
    } else if (f->kind == FIELD_LIST) {
        const char **list = row_list(a, v);
        memcpy(to, &list, sizeof list);
    } else if (f->kind == FIELD_MONEY) {
        (void)yaml_as_num(v, (double *)to);
    } else if (f->kind == FIELD_BOOL) {
        (void)yaml_as_bool(v, (bool *)to);
    } else {
        (void)yaml_as_int(v, (int64_t *)to);
    }
}

static void rows_apply(struct asked *a, const struct yaml *file, const struct model *m)
{
    const struct yaml *rows = yaml_get(file, "families");
    for (size_t i = 0; rows && i < rows->count; i++)
        if (row_fits(rows->items[i], m))
            for (size_t k = 0; k < rows->items[i]->count; k++)
                row_apply_field(a, rows->items[i]->items[k]);
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct asked *asked_find(const struct model *m)
{
    for (size_t i = 0; i < families.asked.len; i++) {
        struct asked *a = families.asked.ptr[i];
        if (same(a->provider, m->provider) && same(a->upstream, m->upstream) &&
            same(a->base, m->api_base))
            return a;
    }
    return NULL;
}

static struct asked *asked_of(const struct model *m)
{
    static const char *nothing[] = {NULL};
    _Static_assert(sizeof(enum reasoning_back) == sizeof(int), "words are stored as int");
    struct asked *a = asked_find(m);
    if (a)
        return a;
    struct error told; /* of a bad file, where a request can fail: there it is loaded too */
    if (!families_load(&told))
        log_warn("llm", "%s", told.text);
    a = mem_alloc(sizeof *a);
    a->provider = mem_strdup(m->provider);
    a->upstream = mem_strdup(m->upstream);
    a->base = mem_strdup(m->api_base);
    a->family = (struct family){.limit = "max_tokens",
                                .refused = nothing,
                                .efforts = nothing,
                                .betas = nothing,
                                .also = nothing,
                                .effort = {[ROUTE_CHAT] = EFFORT_CHAT,
                                           [ROUTE_RESPONSES] = EFFORT_OBJECT,
                                           [ROUTE_OLLAMA] = EFFORT_THINK},
                                .reasoning = REASONING_CALLS};
    for (size_t i = 0; m->provider && m->upstream && i < COUNT_OF(families.files); i++)
        rows_apply(a, families.files[i], m);
    VEC_PUSH(&families.asked, a);
    return a;
}

const struct family *family_of(const struct model *m)
{
    return &asked_of(m)->family;
}

struct family *family_taught(const struct model *m)
{
    return &asked_of(m)->family;
}

void family_refuse(const struct model *m, const char *name)
{
    struct asked *a = asked_of(m);
    size_t n = 0;
    while (a->family.refused[n])
        n++;
    const char **list = mem_alloc((n + 2) * sizeof *list);
    memcpy(list, a->family.refused, n * sizeof *list);
    list[n] = name;
    VEC_PUSH(&a->lists, list);
    a->family.refused = list;
}

enum route_style model_dialect(const struct model *m)
{
    return m->dialect ? (enum route_style)(m->dialect - 1) : family_of(m)->dialect;
}

bool model_speaks(const struct model *m, enum route_style style)
{
    const char **also = family_of(m)->also;
    if (model_dialect(m) == style || (m->also & 1u << style))
        return true;
    for (size_t i = 0; !m->dialect && also[i]; i++) /* what an entry says is all */
        if (dialect_named(also[i]) == (int)style)
            return true;
    return false;
}

int dialect_named(const char *name)
{
    return word_of(words_dialect, name);
}

bool model_sees(const struct model *m)
{
    return m->sees ? m->sees > 0 : family_of(m)->images;
}

const char *model_edit(const struct model *m)
{
    return m->edit ? m->edit : family_of(m)->edit;
}

bool model_refuses(const struct model *m, const char *name)
{
    const char **refused = family_of(m)->refused;
    for (size_t i = 0; refused[i]; i++)
        if (strcmp(refused[i], name) == 0)
            return true;
    for (size_t i = 0; m->drop && m->drop[i]; i++)
        if (strcmp(m->drop[i], name) == 0)
            return true;
    return false;
}

enum effort_spelling family_spelling(const struct model *m)
{
    return family_of(m)->effort[model_dialect(m)];
}

const char *family_least_effort(const struct model *m)
{
    static const enum effort_spelling switches[] = {EFFORT_SWITCH, EFFORT_TEMPLATE, EFFORT_TOKENS,
                                                    EFFORT_THINK};
    for (size_t i = 0; i < COUNT_OF(switches); i++)
        if (family_spelling(m) == switches[i])
            return "none";
    return family_of(m)->efforts[0];
}

const char *family_effort(const struct family *f, const char *effort)
{
    static const char *const order[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};
    int want = -1, near = 100;
    const char *best = NULL;
    for (int i = 0; i < (int)COUNT_OF(order); i++)
        if (strcasecmp(order[i], effort) == 0)
            want = i;
    for (size_t k = 0; f->efforts[k]; k++)
        for (int i = 0; i < (int)COUNT_OF(order); i++)
            if (strcasecmp(order[i], f->efforts[k]) == 0 && abs(i - want) < near) {
                near = abs(i - want);
                best = f->efforts[k];
            }
    return want < 0 ? NULL : f->efforts[0] ? best : order[want];
}
