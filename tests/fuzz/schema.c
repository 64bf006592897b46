/* schema: arguments that were accepted are accepted again, and nothing more is done to them. */
#include "fuzz.h"

#include "behavior/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *one = fuzz_part(&data, &size);
    AUTO_FREE char *two = fuzz_part(&data, &size);
    AUTO_JSON *schema = json_parse(one, strlen(one), NULL);
    AUTO_JSON *args = json_parse(two, strlen(two), NULL);
    if (!schema || !args)
        return 0;
    AUTO(buf) warnings = {0};
    AUTO(buf) more = {0};
    struct error e = {0};
    AUTO_FREE char *before = json_print(schema);
    if (!schema_check(schema, args, &warnings, &e)) {
        CLAIM(e.text[0], "refused without a word");
        return 0;
    }
    AUTO_FREE char *once = json_print(args);
    CLAIM(schema_check(schema, args, &more, &e), "accepted, then refused: %s: %s", e.text, once);
    AUTO_FREE char *twice = json_print(args);
    CLAIM(strcmp(once, twice) == 0, "checked again: %s and %s", once, twice);
    CLAIM(more.len == 0, "warned again: %s", buf_cstr(&more));
    AUTO_FREE char *after = json_print(schema);
    CLAIM(strcmp(before, after) == 0, "the schema itself was changed");
    return 0;
}
