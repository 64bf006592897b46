#include "host/reach.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "host/secrets.h"

static const struct reach_row {
    const char *word, *meaning;
} rows[REACH_KINDS] = {
    [REACH_NETWORK] = {"network", "every host this machine reaches, and its own ports"},
    [REACH_HOST] = {"network:", NULL},
    [REACH_PATH] = {"path", NULL},
    [REACH_DEVICE] = {"device", "the devices in /dev, but disks, memory and terminals"},
    [REACH_TRACE] = {"trace",
                     "processes outside its own; through them it can do all that you can, so "
                     "nothing confines it"},
};

const char *reach_known(void)
{
    return "network, network:HOST, path:DIR, path:~, device, trace";
}

void reach_fini(struct reach *r)
{
    for (size_t i = 0; i < r->items.len; i++)
        free(r->items.ptr[i].what);
    VEC_FREE(&r->items);
}

/* Lexically, on canonical names. */
/* Registries, each by the hosts its tools fetch from. */
static const struct {
    const char *name, *hosts[8];
} groups[] = {
    {"crates", {"crates.io", "index.crates.io", "static.crates.io"}},
    {"debian", {"deb.debian.org", "security.debian.org", "ftp.debian.org"}},
    {"github",
     {"github.com", "api.github.com", "codeload.github.com", "raw.githubusercontent.com",
      "objects.githubusercontent.com", "release-assets.githubusercontent.com"}},
    {"npm", {"registry.npmjs.org"}},
    {"pypi", {"pypi.org", "files.pythonhosted.org"}},
};

static const char *const *group_hosts(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        if (strcmp(groups[i].name, name) == 0)
            return groups[i].hosts;
    return NULL;
}

const char *const *reach_item_hosts(const struct reach_item *item)
{
    return item->kind == REACH_HOST ? group_hosts(item->what) : NULL;
}

/* A name without a port stands for two of them. */
static bool host_covers(const char *a, const char *b)
{
    size_t n = strlen(a);
    const char *const *of = group_hosts(a);
    for (; of && *of; of++)
        if (host_covers(*of, b))
            return true;
    return strcmp(a, b) == 0 || (!strchr(a, ':') && strncmp(a, b, n) == 0 &&
                                 (strcmp(b + n, ":80") == 0 || strcmp(b + n, ":443") == 0));
}

bool reach_item_covers(const struct reach_item *a, const struct reach_item *b)
{
    if (a->kind == REACH_NETWORK && b->kind == REACH_HOST)
        return true;
    if (a->kind != b->kind)
        return false;
    return a->kind == REACH_PATH   ? path_is_within(b->what, a->what)
           : a->kind == REACH_HOST ? host_covers(a->what, b->what)
                                   : true;
}

bool reach_covers(const struct reach *r, const struct reach_item *item)
{
    for (size_t i = 0; i < r->items.len; i++)
        if (reach_item_covers(&r->items.ptr[i], item))
            return true;
    return false;
}

void reach_put(struct reach *r, const struct reach_item *item)
{
    for (size_t i = 0; i < r->items.len; i++)
        if (r->items.ptr[i].kind == item->kind &&
            (!item->what || strcmp(r->items.ptr[i].what, item->what) == 0))
            return;
    VEC_PUSH(&r->items, (struct reach_item){item->kind, mem_strdup(item->what)});
}

static bool has_component(const char *path, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = path; *p;) {
        size_t len = strcspn(p, "/");
        if (len == n && strncmp(p, name, n) == 0)
            return true;
        p += len + (p[len] == '/');
    }
    return false;
}

/* Absolute, without a '/' at its end. NULL: it is neither absolute nor of the home. */
static char *full_name(const char *text)
{
    const char *set = getenv("HOME");
    AUTO_FREE char *home = set && *set == '/' ? realpath(set, NULL) : NULL;
    char *full = NULL;
    if (*text == '/')
        full = mem_strdup(text);
    else if (*text == '~' && (!text[1] || text[1] == '/') && home)
        full = mem_printf("%s%s", home, text + 1);
    for (size_t n = full ? strlen(full) : 0; n > 1 && full[n - 1] == '/';)
        full[--n] = '\0';
    return full;
}

static bool add_path(struct reach *r, const char *text, bool named, struct error *e)
{
    AUTO_FREE char *full = full_name(text);
    struct stat st;
    if (!full)
        return error_set(e, ERR_USAGE, "path:%.200s names no directory: begin with / or ~", text);
    if (has_component(full, "..") || has_component(full, "."))
        return error_set(e, ERR_USAGE, "path:%.200s: name the directory itself, without \"..\"",
                         text);
    AUTO_FREE char *real = realpath(full, NULL);
    if (!real && named) {
        reach_put(r, &(struct reach_item){REACH_PATH, full});
        return true;
    }
    if (!real || stat(real, &st) != 0)
        return error_set(e, ERR_NOT_FOUND,
                         "path:%.200s: there is no such directory; name the one above it that "
                         "exists",
                         text);
    if (strcmp(real, full) != 0)
        return error_set(e, ERR_USAGE, "path:%.150s leads through a link; ask for path:%.200s",
                         text, real);
    if (named) {
        reach_put(r, &(struct reach_item){REACH_PATH, real});
        return true;
    }
    if (!S_ISDIR(st.st_mode))
        return error_set(e, ERR_USAGE, "path:%.200s is a file; name its directory", text);
    if (strcmp(real, "/") == 0)
        return error_set(e, ERR_DENIED, "path:/ is not given to any command; name a directory");
    if (secrets_meet(real) == SECRETS_COVER)
        return error_set(e, ERR_DENIED,
                         "path:%.200s holds keys, passwords or what stands for the kernel: no "
                         "command gets it",
                         text);
    if (has_component(real, ".git") || has_component(real, ".mien"))
        return error_set(e, ERR_DENIED,
                         "path:%.200s holds what git or mien runs: no command gets it", text);
    reach_put(r, &(struct reach_item){REACH_PATH, real});
    return true;
}

/* "name", "name:port", "127.0.0.1:port", or a group. */
static bool add_host(struct reach *r, const char *text, struct error *e)
{
    static const char in_names[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    AUTO_FREE char *host = mem_strdup(text);
    for (char *p = host; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    size_t n = strcspn(host, ":");
    const char *port = host[n] ? host + n + 1 : NULL;
    AUTO_FREE char *name = mem_strndup(host, n);
    bool digits = port && *port && strlen(port) < 6 && !port[strspn(port, "0123456789")];
    if (strspn(host, "0123456789.:") == strlen(host) && *host) {
        if (strcmp(name, "127.0.0.1") != 0 || !digits || atoi(port) < 1 || atoi(port) > 65535)
            return error_set(e, ERR_USAGE,
                             "network:%.100s: give a host's name, not an address; of addresses "
                             "only 127.0.0.1:PORT can be given",
                             text);
    } else if (n && name[n - 1] == '.') {
        return error_set(e, ERR_USAGE, "network:%.100s: leave out the dot at its end", text);
    } else if (!n || n > 253 || strspn(name, in_names) != n || (port && !digits) || *name == '.' ||
               *name == '-' || strstr(name, "..") ||
               (port && (atoi(port) < 1 || atoi(port) > 65535))) {
        return error_set(e, ERR_USAGE,
                         "network:%.100s: give a host's name, or a name and a port; names with "
                         "other letters in their xn-- form",
                         text);
    } else if (!strchr(name, '.') && (port || !group_hosts(name))) {
        return error_set(e, ERR_USAGE,
                         "network:%.100s is no host's full name; groups are: crates, debian, "
                         "github, npm, pypi",
                         text);
    } else if (strncmp(name, "0x", 2) == 0) {
        return error_set(e, ERR_USAGE, "network:%.100s: give a host's name, not an address", text);
    }
    reach_put(r, &(struct reach_item){REACH_HOST, host});
    return true;
}

static bool add_word(struct reach *r, const char *word, bool named, struct error *e)
{
    for (int k = 0; k < REACH_KINDS; k++) {
        size_t n = strlen(rows[k].word);
        if (strncmp(word, rows[k].word, n) != 0)
            continue;
        if (k == REACH_HOST)
            return add_host(r, word + n, e);
        if (k == REACH_PATH && word[n] == ':')
            return add_path(r, word + n + 1, named, e);
        if (k != REACH_PATH && k != REACH_HOST && !word[n]) {
            reach_put(r, &(struct reach_item){(enum reach_kind)k, NULL});
            return true;
        }
    }
    return error_set(e, ERR_USAGE,
                     "nothing is called \"%.100s\" that a command could need; known: %s", word,
                     reach_known());
}

bool reach_add(struct reach *r, const char *word, struct error *e)
{
    return add_word(r, word, false, e);
}

bool reach_add_named(struct reach *r, const char *word, struct error *e)
{
    return add_word(r, word, true, e);
}

bool reach_add_words(struct reach *r, const cJSON *words, bool named, struct error *e)
{
    const cJSON *one;
    if (cJSON_IsString(words))
        return add_word(r, words->valuestring, named, e);
    if (words && !cJSON_IsArray(words) && !cJSON_IsNull(words))
        return error_set(e, ERR_USAGE, "needs is a list of words; known: %s", reach_known());
    cJSON_ArrayForEach(one, words)
    {
        if (!cJSON_IsString(one))
            return error_set(e, ERR_USAGE, "needs is a list of words; known: %s", reach_known());
        if (!add_word(r, one->valuestring, named, e))
            return false;
    }
    return true;
}

void reach_item_add_name(const struct reach_item *item, struct buf *out)
{
    buf_addf(out, "%s%s%s", rows[item->kind].word, item->kind == REACH_PATH ? ":" : "",
             item->what ? item->what : "");
}

char *reach_names(const struct reach *r)
{
    AUTO(buf) out = {0};
    for (size_t i = 0; i < r->items.len; i++) {
        buf_adds(&out, i ? ", " : "");
        reach_item_add_name(&r->items.ptr[i], &out);
    }
    return mem_strdup(buf_cstr(&out));
}

void reach_item_add_meaning(const struct reach_item *item, struct buf *out)
{
    const char *const *of = reach_item_hosts(item);
    if (item->kind == REACH_HOST) {
        buf_adds(out, "through a proxy and nowhere else: ");
        for (const char *const *h = of; h && *h; h++)
            buf_addf(out, "%s%s", h == of ? "" : ", ", *h);
        buf_adds(out, of ? "" : item->what);
    } else if (item->kind != REACH_PATH)
        buf_adds(out, rows[item->kind].meaning);
    else if (secrets_meet_user(item->what) != SECRETS_FREE)
        buf_addf(out,
                 "change and delete what lies in %s now, programs and start files of yours too, "
                 "but no keys and passwords",
                 item->what);
    else
        buf_addf(out, "write and delete in %s", item->what);
}
