/* What a tool of a server answered, in the form all tools of mien answer: images are its "media".
 */
#include <string.h>

#include "base/buf.h"
#include "mcp/mcp.h"

#define PLACEHOLDER "[%s %s, %zu bytes, not shown]"

/* Base64 of n characters holds about this many bytes. */
static size_t decoded(const char *base64)
{
    size_t n = strlen(base64);
    return n / 4 * 3;
}

static void add_media(struct buf *out, const cJSON *item, const char *kind)
{
    const char *data = json_str(item, "data", json_str(item, "blob", ""));
    buf_addf(out, PLACEHOLDER, kind, json_str(item, "mimeType", "of unknown type"), decoded(data));
}

static void add_resource(struct buf *out, const cJSON *item)
{
    const cJSON *r = json_get(item, "resource");
    const char *text = json_str(r, "text", NULL);
    buf_addf(out, "resource %s", json_str(r, "uri", "?"));
    if (text)
        buf_addf(out, ":\n%s", text);
    else
        add_media(out, r, " ");
}

static void add_image(cJSON **media, const char *data)
{
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "name", "image");
    json_add_str(one, "data", data);
    *media = *media ? *media : cJSON_CreateArray();
    cJSON_AddItemToArray(*media, one);
}

/* Whether the item, or what it holds, is an image with its bytes. */
static const char *image_of(const cJSON *item)
{
    const cJSON *in =
        strcmp(json_str(item, "type", ""), "resource") == 0 ? json_get(item, "resource") : item;
    bool image = strncmp(json_str(in, "mimeType", ""), "image/", 6) == 0 ||
                 strcmp(json_str(in, "mimeType", ""), "application/pdf") == 0;
    const char *data = json_str(in, in == item ? "data" : "blob", NULL);
    return image ? data : NULL;
}

static void add_item(struct buf *out, const cJSON *item, cJSON **media)
{
    const char *type = json_str(item, "type", ""), *image = image_of(item);
    if (image)
        add_image(media, image);
    if (image && strcmp(type, "image") == 0)
        return;
    if (out->len)
        buf_addc(out, '\n');
    if (strcmp(type, "text") == 0)
        buf_adds(out, json_str(item, "text", ""));
    else if (image)
        buf_addf(out, "resource %s", json_str(json_get(item, "resource"), "uri", "?"));
    else if (strcmp(type, "image") == 0 || strcmp(type, "audio") == 0)
        add_media(out, item, type);
    else if (strcmp(type, "resource_link") == 0)
        buf_addf(out, "link to %s (%s)", json_str(item, "uri", "?"), json_str(item, "name", ""));
    else if (strcmp(type, "resource") == 0)
        add_resource(out, item);
    else
        buf_addf(out, "[content of type \"%s\", not understood]", type);
}

cJSON *mcp_content(const cJSON *result)
{
    AUTO(buf) text = {0};
    const cJSON *item;
    cJSON *media = NULL;
    cJSON_ArrayForEach(item, json_get(result, "content"))
    {
        add_item(&text, item, &media);
    }
    bool failed = json_bool(result, "isError", false);
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", !failed);
    if (failed)
        json_add_strn(j, "error", text.len ? text.ptr : "it failed without a reason",
                      text.len ? text.len : strlen("it failed without a reason"));
    else
        json_add_strn(j, "content", buf_cstr(&text), text.len);
    if (media)
        json_add(j, "media", media);
    if (json_get(result, "structuredContent"))
        json_add(j, "structured", cJSON_Duplicate(json_get(result, "structuredContent"), true));
    return j;
}
