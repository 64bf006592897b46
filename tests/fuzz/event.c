/* event: what was read from JSON and written again reads as the same event. */
#include "fuzz.h"

#include "run/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event ev = {0}, again = {0};
    struct error e = {0};
    if (!event_from_json(&ev, (const char *)data, size, &e)) {
        CLAIM(e.text[0], "refused without a word");
        return 0;
    }
    AUTO(buf) once = {0};
    AUTO(buf) twice = {0};
    event_to_json(&ev, &once);
    CLAIM(!memchr(buf_cstr(&once), '\n', once.len), "a newline in an event: %s", buf_cstr(&once));
    CLAIM(event_from_json(&again, buf_cstr(&once), once.len, &e), "does not read back: %s: %s",
          e.text, buf_cstr(&once));
    event_to_json(&again, &twice);
    CLAIM(once.len == twice.len && strcmp(buf_cstr(&once), buf_cstr(&twice)) == 0,
          "not the same:\n%s\n%s", buf_cstr(&once), buf_cstr(&twice));
    struct event copy = event_copy(&again);
    event_fini(&copy);
    event_fini(&again);
    event_fini(&ev);
    return 0;
}
