/*
 * InstructionsBehavior - pins the project's own words to agents: AGENTS.md, CLAUDE.md.
 *
 * Loaded once per goal, so that the pinned text stands.
 */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

struct params {
    struct opt_list files;
    int64_t max_bytes;
};

struct state {
    char *text; /* as pinned; NULL: none */
};

// clang-format off
static const struct opt instructions_params[] = {
    {"files", OPT_LIST, offsetof(struct params, files), .def = "[AGENTS.md, CLAUDE.md]",
     .help = "Names looked for, the first found counts; in the workspace, then upward to the "
             "root of its repository"},
    {"max_bytes", OPT_INT, offsetof(struct params, max_bytes), .def = "16000", .min = 100, .max = 1000000,
     .unit = "bytes", .help = "Most of the file that is shown"},
    {0},
};
// clang-format on

/* Length of text up to a line's end within max; a single longer line is cut in its middle. */
static size_t instructions_cut(const char *text, size_t n, size_t max)
{
    size_t len = max;
    while (len > 0 && text[len - 1] != '\n')
        len--;
    return len > 0 ? len : utf8_cut(text, n, max);
}

static void instructions_load(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    AUTO_FREE char *path = NULL;
    size_t max = (size_t)p->max_bytes;
    /* Twice the room is asked for, to know whether there is more than may be shown. */
    AUTO_FREE char *text = c->host->project_text(c->agent, &p->files, max * 2, &path);
    free(s->text);
    s->text = NULL;
    if (!text || text[strspn(text, " \t\r\n")] == '\0')
        return;
    size_t n = strlen(text), len = n > max ? instructions_cut(text, n, max) : n;
    while (len > 0 && text[len - 1] == '\n')
        len--;
    AUTO(buf) out = {0};
    buf_addf(&out, "PROJECT INSTRUCTIONS (%s):\n", path ? path : "");
    buf_add(&out, text, len);
    if (n > max)
        buf_addf(&out, "\n[cut after %zu bytes; read %s for the rest]", len, path ? path : "it");
    s->text = buf_take(&out);
}

static void instructions_enhance(struct call *c)
{
    const struct state *s = c->state;
    if (s->text)
        c->host->context_add(c->agent, PLACE_PINNED, "AGENTS.md", s->text);
}

static void instructions_fini(struct call *c)
{
    struct state *s = c->state;
    free(s->text);
    s->text = NULL;
}

const struct behavior behavior_instructions = {
    .type = "InstructionsBehavior",
    .name = "instructions",
    .help = "Show the project's own instructions to agents (AGENTS.md, CLAUDE.md)",
    .params = instructions_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = instructions_fini,
    .enhance_context = instructions_enhance,
    .on_goal_start = instructions_load,
};
