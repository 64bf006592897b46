#include "acp/prompt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/chance.h"
#include "base/file.h"
#include "base/media.h"
#include "base/mem.h"

/* The path of a file:// address, %XX read; NULL: it is none. Caller frees. */
static char *file_path(const char *uri)
{
    AUTO(buf) out = {0};
    if (strncmp(uri, "file:///", 8) != 0)
        return NULL;
    for (const char *p = uri + 7; *p && *p != '#' && *p != '?'; p++) {
        unsigned byte;
        if (*p == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]) &&
            sscanf(p + 1, "%2x", &byte) == 1 && byte) {
            buf_addc(&out, (char)byte);
            p += 2;
        } else {
            buf_addc(&out, *p);
        }
    }
    return buf_take(&out);
}

/* As the user would type it: beneath the workspace without its name. */
static void add_name(struct buf *out, const char *uri, const char *workspace)
{
    AUTO_FREE char *path = file_path(uri);
    size_t n = strlen(workspace);
    const char *name = !path                                                ? uri
                       : strncmp(path, workspace, n) == 0 && path[n] == '/' ? path + n + 1
                                                                            : path;
    bool quoted = path && strpbrk(name, " \t'\"\\");
    buf_adds(out, path ? "@" : "");
    buf_adds(out, quoted ? "\"" : "");
    for (; *name; name++) {
        if (quoted && (*name == '"' || *name == '\\'))
            buf_addc(out, '\\');
        buf_addc(out, *name);
    }
    buf_adds(out, quoted ? "\"" : "");
}

static bool make_dir(char **dir, struct error *e)
{
    const char *base = getenv("TMPDIR");
    if (*dir)
        return true;
    char *made = mem_printf("%s/mien-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(made)) {
        error_errno(e, errno, "cannot make a directory for images, %s", made);
        free(made);
        return false;
    }
    *dir = made;
    return true;
}

/* Its name tells what it is: by it and its first bytes the engine takes it for an image. */
static bool add_image(const cJSON *block, char **dir, struct buf *out, struct error *e)
{
    const char *data = json_str(block, "data", "");
    AUTO(buf) bytes = {0};
    struct media m;
    char word[10];
    if (!base64_read(&bytes, data, strlen(data)))
        return error_set(e, ERR_PARSE, "the data of an image block is no base64");
    if (!media_look(buf_cstr(&bytes), bytes.len, &m))
        return error_set(e, ERR_USAGE,
                         "an image block holds none: PNG, JPEG, GIF and WebP are taken");
    chance_word(word, sizeof word - 1);
    if (!make_dir(dir, e))
        return false;
    const char *slash = strchr(m.type, '/');
    AUTO_FREE char *path = mem_printf("%s/image-%s.%s", *dir, word, slash ? slash + 1 : "png");
    buf_addf(out, " @%s ", path);
    return file_write(path, bytes.ptr, bytes.len, e);
}

/* What an editor hands over whole: its words stand in a frame that they do not close. */
static bool add_resource(const cJSON *resource, const char *workspace, struct buf *out,
                         struct error *e)
{
    const char *uri = json_str(resource, "uri", ""), *text = json_str(resource, "text", NULL);
    AUTO(buf) fence = {0};
    if (!text)
        return error_set(e, ERR_USAGE, "a resource of bytes (%s) is not taken: name the file", uri);
    buf_adds(&fence, "```");
    while (strstr(text, buf_cstr(&fence)))
        buf_addc(&fence, '`');
    buf_adds(out, "\n");
    add_name(out, uri, workspace);
    size_t n = strlen(text);
    buf_addf(out, ":\n%s\n%s%s%s\n", buf_cstr(&fence), text, n && text[n - 1] == '\n' ? "" : "\n",
             buf_cstr(&fence));
    return true;
}

static bool add_block(const cJSON *block, const char *workspace, char **dir, struct buf *out,
                      struct error *e)
{
    const char *type = json_str(block, "type", "");
    if (strcmp(type, "text") == 0) {
        buf_adds(out, json_str(block, "text", ""));
    } else if (strcmp(type, "resource_link") == 0) {
        add_name(out, json_str(block, "uri", ""), workspace);
        buf_addc(out, ' ');
    } else if (strcmp(type, "image") == 0) {
        return add_image(block, dir, out, e);
    } else if (strcmp(type, "resource") == 0) {
        return add_resource(json_get(block, "resource"), workspace, out, e);
    } else {
        return error_set(e, ERR_USAGE, "a prompt has text, images, resources, not \"%.40s\"", type);
    }
    return true;
}

bool prompt_text(const cJSON *blocks, const char *workspace, char **dir, struct buf *out,
                 struct error *e)
{
    const cJSON *b;
    if (!cJSON_IsArray(blocks))
        return error_set(e, ERR_USAGE, "prompt: required, expected array");
    cJSON_ArrayForEach(b, blocks)
    {
        if (!add_block(b, workspace, dir, out, e))
            return false;
    }
    return true;
}
