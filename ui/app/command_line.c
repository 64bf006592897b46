#include "ui/app/command_line.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/opt.h"
#include "ui/app/commands.h"

bool commands_is_command(const char *line)
{
    if (line[0] != '/' || !isalpha((unsigned char)line[1]))
        return false;
    size_t n = strcspn(line + 1, " \t\n");
    return !memchr(line + 1, '/', n);
}

bool commands_can_run_bare(const char *slash_name)
{
    const struct command *c = command_find(slash_name + 1, strlen(slash_name + 1));
    int least = 1, most;
    if (c)
        command_arity(c, &least, &most);
    return least == 0;
}

static bool commands_unknown(const char *name, size_t n, struct error *e)
{
    const char *names[128];
    size_t count = 0;
    for (const struct command *c = commands; c->name && count < COUNT_OF(names); c++)
        names[count++] = c->name;
    AUTO_FREE char *word = mem_strndup(name, n);
    const char *near = opt_nearest(word, names, count);
    return error_set(e, ERR_NOT_FOUND, "no command /%s%s%s", word,
                     near ? "; did you mean /" : "; F1 lists them", near ? near : "");
}

/* A command of the user's own: the engine knows its text. */
static bool commands_own(struct app *app, const char *name, size_t n)
{
    const entries *own = &app->state.catalogs[CATALOG_commands];
    for (size_t i = 0; i < own->len; i++) {
        if (strlen(own->ptr[i].name) != n || strncmp(own->ptr[i].name, name, n) != 0)
            continue;
        const char *rest = name + n + strspn(name + n, " \t\n");
        post_request(&app->post, REQUEST_PROMPT, own->ptr[i].name, rest);
        return true;
    }
    return false;
}

static bool commands_dispatch(struct app *app, const char *line, struct error *e)
{
    const char *name = line + 1;
    size_t n = strcspn(name, " \t\n");
    const struct command *c = command_find(name, n);
    if (!c && commands_own(app, name, n))
        return true;
    if (!c)
        return commands_unknown(name, n, e);
    const char *rest = name + n + strspn(name + n, " \t\n");
    size_t len = strlen(rest);
    while (len > 0 && isspace((unsigned char)rest[len - 1]))
        len--;
    AUTO_FREE char *trimmed = mem_strndup(rest, len);
    int least, most, words = 0;
    for (const char *s = trimmed; *s; s += strspn(s, " \t\n")) {
        words++;
        s += strcspn(s, " \t\n");
    }
    command_arity(c, &least, &most);
    if (words < least || (most >= 0 && words > most))
        return error_set(e, ERR_USAGE, "usage: /%s %s", c->name, c->args);
    return c->run(app, c, trimmed, e);
}

void commands_run(struct app *app, const char *line)
{
    assert(commands_is_command(line));
    struct error e = {0};
    if (!commands_dispatch(app, line, &e))
        app_say(app, ITEM_ERROR, "%s", e.text);
}
