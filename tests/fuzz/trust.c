/* trust: what a project's files would run or set is told in lines that no terminal obeys. */
#include "fuzz.h"

#include "base/utf8.h"
#include "config/trust_view.h"

static void claim_lines(char **lines, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        CLAIM(strncmp(lines[i], path, strlen(path)) == 0, "does not say which file: %s", lines[i]);
        for (const unsigned char *p = (const unsigned char *)lines[i]; *p; p++) {
            CLAIM(*p >= ' ' && *p != 0x7f, "a control: %s", lines[i]);
            CLAIM(*p != 0xc2 || p[1] >= 0xa0, "a C1 control: %s", lines[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {".mcp.json", ".mien/config.yaml", ".mien/models.yaml",
                                        ".mien/agents/a.yaml", ".mien/skills/a/SKILL.md"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct trust_view v = {0};
        AUTO(buf) text = {0};
        buf_add(&text, (const char *)data, size);
        trust_view_add(&v, paths[i], &text);
        claim_lines(v.runs.ptr, v.runs.len, paths[i]);
        claim_lines(v.sets.ptr, v.sets.len, paths[i]);
        trust_view_fini(&v);
    }
    return 0;
}
