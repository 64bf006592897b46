/* rows: a message as a session keeps it. What was read is written and read again. */
#include "fuzz.h"

#include "request/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = fuzz_text(data, size);
    struct message m = {0}, again = {0};
    struct error e = {0};
    if (!message_load(&m, text, strlen(text), &e)) {
        CLAIM(e.text[0], "refused without a word");
    } else {
        AUTO_FREE char *saved = message_save(&m);
        CLAIM(message_load(&again, saved, strlen(saved), &e), "%s: %s", e.text, saved);
        AUTO_FREE char *twice = message_save(&again);
        CLAIM(strcmp(saved, twice) == 0, "%s became %s", saved, twice);
    }
    message_fini(&m);
    message_fini(&again);
    return 0;
}
