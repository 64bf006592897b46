#include "host/reach.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/secrets.h"

static const struct reach_row {
    const char *word, *meaning;
} rows[REACH_KINDS] = {
    [REACH_NETWORK] = {"network", "every host this machine reaches, and its own ports"},
    [REACH_PATH] = {"path", NULL},
    [REACH_DEVICE] = {"device", "the devices in /dev, but disks, memory and terminals"},
    [REACH_TRACE] = {"trace",
                     "processes outside its own; through them it can do all that you can, so "
                     "nothing confines it"},
};

const char *reach_known(void)
{
    return "network, path:DIR, path:~, device, trace";
}

void reach_fini(struct reach *r)
{
    for (size_t i = 0; i < r->items.len; i++)
        free(r->items.ptr[i].what);
    VEC_FREE(&r->items);
}

/* Lexically, on canonical names. */
static bool lies_in(const char *path, const char *dir)
{
    size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

bool reach_item_covers(const struct reach_item *a, const struct reach_item *b)
{
    return a->kind == b->kind && (a->kind != REACH_PATH || lies_in(b->what, a->what));
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

static bool add_word(struct reach *r, const char *word, bool named, struct error *e)
{
    for (int k = 0; k < REACH_KINDS; k++) {
        size_t n = strlen(rows[k].word);
        if (strncmp(word, rows[k].word, n) != 0)
            continue;
        if (k == REACH_PATH && word[n] == ':')
            return add_path(r, word + n + 1, named, e);
        if (k != REACH_PATH && !word[n]) {
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

void reach_item_add_name(const struct reach_item *item, struct buf *out)
{
    buf_addf(out, "%s%s%s", rows[item->kind].word, item->what ? ":" : "",
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
    if (item->kind != REACH_PATH)
        buf_adds(out, rows[item->kind].meaning);
    else if (secrets_meet_user(item->what) != SECRETS_FREE)
        buf_addf(out,
                 "change and delete what lies in %s now, programs and start files of yours too, "
                 "but no keys and passwords",
                 item->what);
    else
        buf_addf(out, "write and delete in %s", item->what);
}
