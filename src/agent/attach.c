/* Images and documents beside words: files that the user names in a prompt, what a tool's result
 * shows. They become parts of the message; the text keeps words for them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/file.h"
#include "base/media.h"
#include "llm/media.h"

#define ATTACHED_MOST 20 /* in one message */

static bool attach(const struct agent *a, const char *name, const struct buf *bytes,
                   struct llm_parts *to, struct buf *chip, struct error *e)
{
    if (to->count >= ATTACHED_MOST)
        return error_set(e, ERR_LIMIT, "%s is not shown: %d are enough for one message", name,
                         ATTACHED_MOST);
    return media_add(a->modes->model, name, buf_cstr(bytes), bytes->len, to, chip, e);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- what the user names ---- */

/* The next word of a prompt, as a shell or a terminal's drop writes it: in quotes, or with
 * backslashes before what is no letter. False: none is left. */
static bool next_word(const char **at, struct buf *word)
{
    const char *p = *at;
    while (isspace((unsigned char)*p))
        p++;
    char quote = '\0';
    buf_clear(word);
    if (!*p)
        return false;
    for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
        bool opens = !quote && (*p == '"' || *p == '\'') &&
                     (word->len == 0 || (word->len == 1 && word->ptr[0] == '@'));
        if (opens)
            quote = *p;
        else if (*p == quote)
            quote = '\0';
        else if (*p == '\\' && p[1] && !quote)
            buf_addc(word, *++p);
        else
            buf_addc(word, *p);
    }
    *at = p;
    return true;
}

/* The file that a word names: @FILE, or by itself an address of one that is called like an image.
 * NULL: none. */
static const char *named_file(const char *word)
{
    if (*word == '@')
        return word[1] ? word + 1 : NULL;
    if (strncmp(word, "file:///", 8) == 0)
        word += 7;
    return (*word == '/' || strncmp(word, "~/", 2) == 0) && media_is_named(word) ? word : NULL;
}

/* Where somebody else gave the goal, only what tools may read is read. */
static bool read_named(const struct agent *a, const char *path, struct buf *out, struct error *e)
{
    AUTO_FREE char *home =
        *path == '~' ? mem_printf("%s%s", getenv("HOME") ? getenv("HOME") : "", path + 1) : NULL;
    bool absolute = home || *path == '/';
    if (absolute && !a->delegated)
        return file_read(home ? home : path, out, MEDIA_MOST_BYTES + 1, e);
    return workspace_read_bytes(a->ws, path, MEDIA_MOST_BYTES + 1, out, e);
}

/* "server:address" of a server's resource, "session:ID": its text goes behind the words, its images
 * beside. What ends a sentence is none of it. */
static bool attach_resource(struct agent *a, const char *word, struct llm_parts *to,
                            struct buf *chips)
{
    struct error e = {0};
    size_t n = strlen(word);
    while (n && strchr(",.;:!?)", word[n - 1]))
        n--;
    AUTO_FREE char *name = mem_strndup(word, n);
    cJSON *media = NULL;
    bool ok = a->resource && a->resource(a->resource_arg, name, chips, &media, &e);
    if (!ok && e.code)
        outbox_notice(a->out, "warn", "attached", "@%s: %s", name, e.text);
    AUTO_JSON *shown = cJSON_CreateObject();
    if (media) {
        json_add(shown, "media", media);
        agent_attach_shown(a, shown, to, chips);
    }
    return ok || e.code;
}

static void show(struct buf *shown, const char *s, size_t n)
{
    buf_adds(shown, shown->len && n ? "\n" : "");
    buf_add(shown, s, n);
}

void agent_attach_named(struct agent *a, const char *text, struct llm_parts *to, struct buf *chips,
                        struct buf *shown)
{
    AUTO(buf) word = {0};
    while (next_word(&text, &word)) {
        AUTO(buf) bytes = {0};
        struct error e = {0};
        struct media is;
        const char *path = named_file(buf_cstr(&word));
        bool server = path && *buf_cstr(&word) == '@' && strchr(path, ':');
        size_t before = chips->len;
        if (server && attach_resource(a, path, to, chips)) {
            AUTO_FREE char *chip =
                mem_printf("[@%s %zu kB]", path, (chips->len - before + 1023) / 1024);
            show(shown, chip, chips->len > before ? strlen(chip) : 0);
            continue;
        }
        if (!path || !read_named(a, path, &bytes, &e))
            continue; /* a word like others */
        if (!media_is_named(path) && !media_look(buf_cstr(&bytes), bytes.len, &is))
            continue; /* a file, which the model may read */
        if (!attach(a, last_name(path), &bytes, to, chips, &e))
            outbox_notice(a->out, "warn", "models", "%s", e.text);
        const char *added = buf_cstr(chips) + before;
        added += *added == '\n';
        show(shown, added, strlen(added));
    }
}

/* ---- what a result shows ---- */

static bool read_shown(const struct agent *a, const cJSON *one, struct buf *bytes, struct error *e)
{
    const char *path = json_str(one, "path", NULL), *data = json_str(one, "data", "");
    if (path)
        return workspace_read_bytes(a->ws, path, MEDIA_MOST_BYTES + 1, bytes, e);
    return base64_read(bytes, data, strlen(data)) ||
           error_set(e, ERR_PARSE, "what it shows is no base64");
}

void agent_attach_shown(struct agent *a, cJSON *result, struct llm_parts *to, struct buf *chips)
{
    AUTO_JSON *media = cJSON_DetachItemFromObjectCaseSensitive(result, "media");
    const cJSON *one;
    bool failed = false;
    cJSON_ArrayForEach(one, media)
    {
        AUTO(buf) bytes = {0};
        struct error e = {0};
        const char *path = json_str(one, "path", "image");
        const char *name = json_str(one, "name", last_name(path));
        if (read_shown(a, one, &bytes, &e) && attach(a, name, &bytes, to, chips, &e))
            continue;
        if (json_get(one, "path") && !failed) { /* what was asked for */
            cJSON_DeleteItemFromObjectCaseSensitive(result, "success");
            json_add_bool(result, "success", false);
            json_add_str(result, "error", e.text);
            failed = true;
            continue;
        }
        buf_addf(chips, "%s[%s]", chips->len ? "\n" : "", e.text);
    }
}
