#include "llm/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/credential.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/yaml.h"

#define KEYS_BLANK " \t\r\n\f\v"

struct key {
    char *name, *value;
    bool given; /* taken from the environment */
};

static VEC(struct key) keys_table;

static struct key *keys_find(const char *name)
{
    for (size_t i = 0; i < keys_table.len; i++)
        if (strcmp(keys_table.ptr[i].name, name) == 0)
            return &keys_table.ptr[i];
    return NULL;
}

static void keys_wipe(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

char *keys_trim(const char *value)
{
    value += strspn(value, KEYS_BLANK);
    size_t n = strlen(value);
    while (n && strchr(KEYS_BLANK, value[n - 1]))
        n--;
    return mem_strndup(value, n);
}

/* NULL forgets; the old value is wiped. */
static void keys_set(const char *name, const char *value)
{
    struct key *k = keys_find(name);
    if (!k) {
        VEC_PUSH(&keys_table, (struct key){.name = mem_strdup(name)});
        k = &keys_table.ptr[keys_table.len - 1];
    }
    keys_wipe(k->value);
    k->value = value ? keys_trim(value) : NULL;
    if (k->value && *k->value)
        log_hide(k->value);
    else
        mem_replace(&k->value, NULL);
}

/* Variables that say where things are: hidden, their values would be missing from every text. */
static bool keys_is_common(const char *name)
{
    static const char *const common[] = {"PATH", "HOME",   "USER", "LOGNAME", "SHELL",
                                         "PWD",  "TMPDIR", "LANG", "TERM",    "TZ"};
    for (size_t i = 0; i < COUNT_OF(common); i++)
        if (strcmp(name, common[i]) == 0)
            return true;
    return strncmp(name, "LC_", 3) == 0 || strncmp(name, "XDG_", 4) == 0;
}

const char *keys_get(const char *name)
{
    const struct key *k = name ? keys_find(name) : NULL;
    if (k && k->value)
        return k->value;
    const char *env = name ? getenv(name) : NULL;
    if (!env || !*env)
        return NULL;
    size_t n = strlen(env);
    if (strchr(KEYS_BLANK, env[0]) || strchr(KEYS_BLANK, env[n - 1])) {
        keys_set(name, env);
        return keys_find(name)->value;
    }
    if (!keys_is_common(name))
        log_hide(env);
    return env;
}

void keys_clear(void)
{
    for (size_t i = 0; i < keys_table.len; i++) {
        free(keys_table.ptr[i].name);
        keys_wipe(keys_table.ptr[i].value);
    }
    VEC_FREE(&keys_table);
}

static bool keys_ends_with(const char *s, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m && memcmp(s + n - m, end, m) == 0;
}

void keys_take_environment(void)
{
    for (char **v = environ; *v;) {
        size_t n = strcspn(*v, "=");
        if ((*v)[n] && (keys_ends_with(*v, n, "_PROXY") || keys_ends_with(*v, n, "_proxy")))
            credential_hide_url(*v + n + 1);
        if (!(*v)[n] || !(*v)[n + 1] ||
            !(keys_ends_with(*v, n, "_KEY") || keys_ends_with(*v, n, "_TOKEN"))) {
            v++;
            continue;
        }
        AUTO_FREE char *name = mem_strndup(*v, n);
        char *value = *v + n + 1;
        keys_set(name, value);
        keys_find(name)->given = true;
        explicit_bzero(value, strlen(value));
        unsetenv(name);
        v = environ; /* unsetenv moved the rest */
    }
}

#define KEYS_REFERENCE "os.environ/"

bool keys_resolve(cJSON *j, struct error *e)
{
    cJSON *child;
    if (cJSON_IsString(j) && strncmp(j->valuestring, KEYS_REFERENCE, strlen(KEYS_REFERENCE)) == 0) {
        const char *name = j->valuestring + strlen(KEYS_REFERENCE), *value = keys_get(name);
        if (!value)
            return error_set(e, ERR_CONFIG, "the environment variable %s is not set: export %s=…",
                             name, name);
        cJSON_SetValuestring(j, value);
        return true;
    }
    cJSON_ArrayForEach(child, j) if (!keys_resolve(child, e)) return false;
    return true;
}

static char **keys_back(bool given_only)
{
    VEC(char *) env = {0};
    for (char **v = environ; *v; v++)
        VEC_PUSH(&env, mem_strdup(*v));
    for (size_t i = 0; i < keys_table.len; i++)
        if (keys_table.ptr[i].value && (keys_table.ptr[i].given || !given_only) &&
            !getenv(keys_table.ptr[i].name))
            VEC_PUSH(&env, mem_printf("%s=%s", keys_table.ptr[i].name, keys_table.ptr[i].value));
    VEC_PUSH(&env, NULL);
    return env.ptr;
}

char **keys_environment(void)
{
    return keys_back(false);
}

char **keys_given_environment(void)
{
    return keys_back(true);
}

bool keys_load(const char *path, struct error *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR || error_errno(e, errno, "cannot read %s", path);
    if (st.st_mode & 077 || (st.st_uid != geteuid() && st.st_uid != 0))
        return error_set(e, ERR_DENIED, "%s can be read by others; close it with: chmod 600 %s",
                         path, path);
    AUTO_YAML *y = yaml_load(path, e);
    if (!y)
        return false;
    if (y->kind != YAML_MAP)
        return yaml_error(y, e, "expected \"NAME: key\" lines");
    for (size_t i = 0; i < y->count; i++) {
        if (y->items[i]->kind != YAML_SCALAR)
            return yaml_error(y->items[i], e, "%s wants one key", y->items[i]->key);
        keys_set(y->items[i]->key, y->items[i]->value);
    }
    return true;
}

char *keys_expand(const char *text)
{
    AUTO(buf) out = {0};
    for (const char *p; (p = strstr(text, "${"));) {
        const char *end = strchr(p, '}');
        if (!end)
            break;
        buf_add(&out, text, (size_t)(p - text));
        AUTO_FREE char *name = mem_strndup(p + 2, (size_t)(end - p - 2));
        char *other = strstr(name, ":-");
        if (other)
            *other = '\0';
        const char *value = keys_get(name);
        buf_adds(&out, value ? value : other ? other + 2 : "");
        text = end + 1;
    }
    buf_adds(&out, text);
    return buf_take(&out);
}
