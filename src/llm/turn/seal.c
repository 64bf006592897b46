#include "llm/turn/seal.h"

#include <string.h>

#include "base/media.h"
#include "base/mem.h"
#include "llm/args.h"

static char *seal_pack(const cJSON *j)
{
    AUTO(buf) word = {0};
    AUTO_FREE char *text = json_print(j);
    buf_adds(&word, SEAL_MARK);
    base64_add(&word, text, strlen(text));
    return buf_take(&word);
}

char *seal_make(const struct llm_parts *parts)
{
    AUTO_JSON *j = llm_parts_save(parts);
    return seal_pack(j);
}

char *seal_words(const char *origin, const char *member)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "origin", origin);
    json_add_bool(j, "words", true);
    json_add_str(j, "member", member);
    return seal_pack(j);
}

bool seal_is_ours(const char *word)
{
    return word && strncmp(word, SEAL_MARK, strlen(SEAL_MARK)) == 0;
}

/* A form goes out among JSON as it is. */
static bool seal_forms_are_json(const struct llm_parts *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const char *form = p->ptr[i].form;
        AUTO(buf) mended = {0}; /* half a surrogate is signed as it is, and goes back so */
        if (!form)
            continue;
        args_mend_escapes(form, strlen(form), &mended);
        if (!json_is_strict(buf_cstr(&mended), mended.len))
            return false;
    }
    return true;
}

static void seal_put_words(const cJSON *j, const char *words, struct llm_parts *out)
{
    const char *member = json_str(j, "member", NULL);
    struct llm_part *p = llm_parts_add(out, LLM_PART_REASONING);
    p->text = mem_strdup(words);
    out->origin = mem_strdup(json_str(j, "origin", NULL));
    if (!member)
        return;
    AUTO_JSON *form = cJSON_CreateObject();
    json_add_str(form, member, words);
    p->form = json_print(form);
}

bool seal_open(const char *word, const char *words, struct llm_parts *out)
{
    AUTO(buf) text = {0};
    *out = (struct llm_parts){0};
    if (!seal_is_ours(word) ||
        !base64_read(&text, word + strlen(SEAL_MARK), strlen(word + strlen(SEAL_MARK))))
        return false;
    AUTO_JSON *j = json_parse(buf_cstr(&text), text.len, NULL);
    if (json_bool(j, "words", false)) {
        seal_put_words(j, words ? words : "", out);
        return true;
    }
    *out = llm_parts_load(j);
    if (out->count && out->origin && seal_forms_are_json(out))
        return true;
    llm_parts_fini(out);
    return false;
}

char *seal_whole(const char *seal, const char *words)
{
    struct llm_parts parts;
    if (!seal_open(seal, words, &parts))
        return mem_strdup(seal);
    char *whole = seal_make(&parts);
    llm_parts_fini(&parts);
    return whole;
}
