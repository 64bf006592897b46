#include "far/wire.h"

#include <string.h>

#include "base/media.h"

#define PART 49152

const char *far_word(const char *text, size_t n, cJSON **j)
{
    static const char begins[] = "{\"far\":";
    *j = NULL;
    if (n < sizeof begins || memcmp(text, begins, sizeof begins - 1) != 0)
        return NULL;
    *j = json_parse(text, n, NULL);
    return json_str(*j, "far", NULL);
}

void far_pack_lines(const char *bytes, size_t n, void (*send)(void *arg, const char *s, size_t n),
                    void *arg)
{
    for (size_t at = 0; at < n; at += PART) {
        AUTO(buf) line = {0};
        buf_adds(&line, "{\"far\":\"pack\",\"data\":\"");
        base64_add(&line, bytes + at, n - at < PART ? n - at : PART);
        buf_adds(&line, "\"}");
        send(arg, line.ptr, line.len);
    }
}

bool far_pack_take(const cJSON *j, struct buf *out, size_t limit)
{
    const char *data = json_str(j, "data", NULL);
    return data && base64_read(out, data, strlen(data)) && out->len <= limit;
}
