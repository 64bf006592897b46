/*
 * webtext: any bytes become UTF-8 without a control but the newline, and no longer than they were
 * by much.
 */
#include "fuzz.h"

#include "behaviors/lib/webtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf) out = {0};
    buf_adds(&out, "before");
    webtext_add(&out, (const char *)data, size);
    CLAIM(strncmp(buf_cstr(&out), "before", 6) == 0, "what stood there was changed");
    CLAIM(out.len <= 6 + 8 * size + 16, "it grew from %zu to %zu bytes", size, out.len);
    return 0;
}
