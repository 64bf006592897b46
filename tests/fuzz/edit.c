/* edit: what edit_file and apply_patch find in a text, and what the text is afterwards. */
#include "fuzz.h"

#include "behaviors/lib/anchors.h"
#include "behaviors/lib/patch.h"
#include "behaviors/lib/textedit.h"

static void pieces(const char *old, const char *new, const char *text)
{
    struct text_edit edit = {.old = old, .new = new, .all = *new == 'a'};
    struct text_edit_result r = {0};
    struct error e = {0};
    AUTO(buf) out = {0};
    if (!textedit_apply(text, strlen(text), &edit, 1, &out, &r, &e)) {
        CLAIM(e.text[0], "refused without a word");
        return;
    }
    CLAIM(*old && r.replaced > 0, "done, and nothing was replaced");
    CLAIM(edit.all || r.replaced == 1, "one of %d", (int)r.replaced);
    if (!strchr(text, '\r')) {
        size_t now = strlen(text) + (size_t)r.replaced * (strlen(new) - strlen(old));
        CLAIM(out.len == now, "%zu bytes became %zu, not %zu", strlen(text), out.len, now);
    }
}

static void anchors(const char *from, const char *to, const char *text)
{
    AUTO(buf) mark = {0}, out = {0};
    struct error e = {0};
    struct anchor_result r = {0};
    size_t n = strcspn(text, "\n");
    anchor_add(&mark, 1, text, n);
    *strchrnul(buf_cstr(&mark), '|') = '\0';
    struct anchor_edit edits[] = {{from, *to ? to : NULL, "x\n"}};
    if (!anchors_apply(text, strlen(text), edits, 1, &out, &r, &e))
        CLAIM(e.text[0], "refused without a word");
}

static void patch(const char *envelope, const char *text)
{
    struct error e = {0};
    struct patch p = {0};
    if (!patch_parse(envelope, &p, &e))
        CLAIM(e.text[0], "refused without a word");
    for (size_t i = 0; i < p.files.len; i++) {
        AUTO(buf) out = {0};
        const struct patch_file *f = &p.files.ptr[i];
        CLAIM(f->path && *f->path, "a file without a name");
        if (f->kind == PATCH_UPDATE && !patch_apply(f, text, strlen(text), &out, &e))
            CLAIM(e.text[0], "refused without a word");
    }
    patch_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *one = fuzz_part(&data, &size);
    AUTO_FREE char *two = fuzz_part(&data, &size);
    AUTO_FREE char *rest = fuzz_text(data, size);
    pieces(one, two, rest);
    anchors(one, two, rest);
    AUTO_FREE char *envelope = mem_printf("*** Begin Patch\n%s", rest);
    patch(envelope, rest);
    return 0;
}
