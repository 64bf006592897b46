/* args: valid JSON is never changed; anything else is repaired into an object or refused. */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "llm/args.h"

/* Two members of one name, anywhere: which of them counts is a rule of its own. */
static bool has_twins(const cJSON *j)
{
    for (const cJSON *c = j->child; c; c = c->next) {
        for (const cJSON *d = c->next; d && c->string; d = d->next)
            if (strcmp(c->string, d->string) == 0)
                return true;
        if (has_twins(c))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = fuzz_text(data, size);
    size_t n = strlen(text);
    AUTO(buf) mended = {0};
    bool odd = args_mend_escapes(text, n, &mended);
    CLAIM(odd || (mended.len == n && memcmp(buf_cstr(&mended), text, n) == 0),
          "nothing to mend, and yet changed");
    struct error e = {0};
    char *note = NULL;
    AUTO_JSON *got = args_parse(text, LLM_FINISH_TOOLS, &note, &e);
    CLAIM(got || e.text[0], "refused without a word");
    CLAIM(!got || cJSON_IsObject(got), "no object");
    AUTO_JSON *want = odd ? NULL : json_parse(text, n, NULL);
    CLAIM(cJSON_IsObject(want) == args_is_object(text, n) || odd, "args_is_object disagrees");
    if (cJSON_IsObject(want) && !has_twins(want)) {
        CLAIM(got, "valid JSON refused: %s", e.text);
        AUTO_FREE char *a = json_print(got);
        AUTO_FREE char *b = json_print(want);
        CLAIM(strcmp(a, b) == 0, "valid JSON changed: %s and %s", b, a);
        CLAIM(!note, "valid JSON repaired: %s", note);
    }
    if (got) {
        AUTO_FREE char *printed = json_print(got);
        AUTO_JSON *again = json_parse(printed, strlen(printed), NULL);
        CLAIM(json_is_strict(printed, strlen(printed)), "what is printed is no JSON: %s", printed);
        CLAIM(again && (cJSON_Compare(got, again, true) || !utf8_valid(text, n)),
              "the result is not itself: %s", printed);
    }
    free(note);
    note = NULL;
    cJSON *cut = args_parse(text, LLM_FINISH_LENGTH, &note, &e);
    CLAIM(!cut, "arguments cut by the limit were taken");
    free(note);
    return 0;
}
