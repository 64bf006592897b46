/*
 * InstructionsBehavior - pins the project's own words to agents: AGENTS.md, CLAUDE.md.
 *
 * Loaded once per goal, so that the pinned text stands.
 */
#include <string.h>

#include "base/mem.h"
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
     .help = "Names looked for, the first found in a directory counts; from the root of the repository "
             "down to the workspace, the nearest last"},
    {"max_bytes", OPT_INT, offsetof(struct params, max_bytes), .def = "16000", .min = 100, .max = 1000000,
     .unit = "bytes", .help = "Most of all files that is shown, the nearest first"},
    {0},
};
// clang-format on

static void instructions_load(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    struct instruction *list = NULL;
    size_t n = c->host->project_texts(c->agent, &p->files, (size_t)p->max_bytes, &list);
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n; i++) {
        const struct instruction *one = &list[i];
        size_t len = strlen(one->text), shown = len;
        while (shown > 0 && one->text[shown - 1] == '\n')
            shown--;
        bool empty = one->text[strspn(one->text, " \t\r\n")] == '\0';
        if (!empty || (int64_t)len < one->bytes)
            buf_addf(&out, "%s%s INSTRUCTIONS (%s):\n%.*s", out.len ? "\n\n" : "",
                     one->own ? "USER" : "PROJECT", one->path, (int)shown, one->text);
        if ((int64_t)len < one->bytes)
            buf_addf(&out, "\n[cut after %zu of %lld bytes; read %s for the rest]", len,
                     (long long)one->bytes, one->path);
        instruction_fini(&list[i]);
    }
    free(list);
    free(s->text);
    s->text = out.len ? buf_take(&out) : NULL;
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
