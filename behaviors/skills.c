/*
 * SkillsBehavior - folders with a SKILL.md: names and descriptions before the model's eyes, the
 * whole text when it asks for it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define DESCRIPTION_MAX 400 /* bytes */

struct params {
    struct opt_list dirs;
    int64_t max_bytes;
};

// clang-format off
static const struct opt skills_params[] = {
    {"dirs", OPT_LIST, offsetof(struct params, dirs), .def = "[.agents/skills, ~/.agents/skills, .claude/skills]",
     .help = "Directories of skill folders; ~ is your home. The first skill of a name counts"},
    {"max_bytes", OPT_INT, offsetof(struct params, max_bytes), .def = "64000", .min = 1000, .max = 1e6,
     .unit = "bytes", .help = "Most of one SKILL.md that is given"},
    {0},
};
// clang-format on

struct state {
    struct skill_info *list;
    size_t count;
};

static void skills_forget(struct state *s)
{
    for (size_t i = 0; i < s->count; i++)
        skill_info_fini(&s->list[i]);
    free(s->list);
    *s = (struct state){0};
}

static void skills_fini(struct call *c)
{
    skills_forget(c->state);
}

/* Once a goal: the pinned text must stand while it runs. */
static void skills_goal_start(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    skills_forget(s);
    s->count = c->host->skill_list(c->agent, &p->dirs, &s->list);
}

static void skills_enhance(struct call *c)
{
    const struct state *s = c->state;
    AUTO(buf) text = {0};
    if (s->count == 0)
        return;
    buf_adds(&text,
             "SKILLS (load_skill gives the whole text of one; do so when its description fits "
             "the work):");
    for (size_t i = 0; i < s->count; i++)
        buf_addf(
            &text, "\n- %s: %.*s", s->list[i].name,
            (int)utf8_cut(s->list[i].description, strlen(s->list[i].description), DESCRIPTION_MAX),
            s->list[i].description);
    c->host->context_add(c->agent, PLACE_PINNED, "skills", buf_cstr(&text));
}

static const struct skill_info *skills_find(const struct state *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->list[i].name, name) == 0)
            return &s->list[i];
    return NULL;
}

static cJSON *skills_unknown(const struct state *s, const char *name)
{
    AUTO(buf) all = {0};
    for (size_t i = 0; i < s->count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", s->list[i].name);
    return json_error("there is no skill \"%s\"; there %s%s", name, all.len ? "are: " : "are none",
                      buf_cstr(&all));
}

static cJSON *skills_load(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    const struct state *s = c->state;
    const char *name = json_str(args, "name", "");
    const struct skill_info *k = skills_find(s, name);
    struct error e = {0};
    if (!k)
        return skills_unknown(s, name);
    AUTO_FREE char *text = c->host->skill_read(c->agent, k, (size_t)p->max_bytes, &e);
    if (!text)
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "name", k->name);
    json_add_str(j, "folder", k->folder);
    json_add_str(j, "content", text);
    return j;
}

static const struct tool skills_tools[] = {
    {"load_skill", "The whole text of a skill by its name.",
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":["
     "\"name\"]}",
     TOOL_READS, skills_load},
    {0},
};

/* Where there are none, the tool would only cost. */
static const struct tool *skills_make_tools(struct call *c, struct error *e)
{
    skills_goal_start(c);
    return ((struct state *)c->state)->count ? skills_tools : NULL;
}

const struct behavior behavior_skills = {
    .type = "SkillsBehavior",
    .name = "skills",
    .help = "Folders with SKILL.md: what they are for, and their text when asked for",
    .params = skills_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .make_tools = skills_make_tools,
    .fini = skills_fini,
    .on_goal_start = skills_goal_start,
    .enhance_context = skills_enhance,
};
