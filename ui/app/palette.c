#include "ui/app/palette.h"

#include <string.h>

#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/input/input.h"

#define FILES_MAX 5000

/* Tags: what an entry is, and which. */
static const char tag_command[] = "command ", tag_key[] = "key ", tag_session[] = "session ",
                  tag_file[] = "file ";

static void palette_add(struct menu *m, const char *kind, const char *which, const char *name,
                        const char *help, const char *value)
{
    AUTO_FREE char *tag = mem_printf("%s%s", kind, which);
    menu_add_value(m, name, help, value, tag);
}

static void palette_add_commands(struct app *app)
{
    const entries *own = &app->state.catalogs[CATALOG_commands];
    for (const struct command *c = commands; c->name; c++) {
        AUTO_FREE char *name = mem_printf("/%s", c->name);
        AUTO_FREE char *value = command_value(app, c);
        palette_add(&app->menu, tag_command, name, name, c->help, value);
    }
    for (size_t i = 0; i < own->len; i++) {
        AUTO_FREE char *name = mem_printf("/%s", own->ptr[i].name);
        palette_add(&app->menu, tag_command, name, name, own->ptr[i].help, "");
    }
}

/* Keys that work from the input line. */
static void palette_add_keys(struct menu *m)
{
    for (const struct key *k = keys; k->name; k++) {
        char label[32];
        keys_label(k->name, label, sizeof label);
        if (k->context == CONTEXT_GLOBAL && k->action != ACTION_PALETTE)
            palette_add(m, tag_key, k->name, label, k->help, "key");
    }
}

void palette_open(struct app *app)
{
    const entries *sessions = &app->state.catalogs[CATALOG_sessions],
                  *files = &app->state.catalogs[CATALOG_files];
    bool again = app->menu.open && app->menu.pick == PICK_PALETTE; /* the files came */
    AUTO_FREE char *typed = mem_strdup(again ? buf_cstr(&app->menu.filter) : "");
    if (!again)
        post_request(&app->post, REQUEST_FILES, NULL, NULL);
    menu_begin(&app->menu, "do", 0, PICK_PALETTE);
    palette_add_commands(app);
    palette_add_keys(&app->menu);
    for (size_t i = 0; i < sessions->len; i++)
        palette_add(&app->menu, tag_session, sessions->ptr[i].name,
                    *sessions->ptr[i].help ? sessions->ptr[i].help : sessions->ptr[i].name, "",
                    "session");
    for (size_t i = 0; i < files->len && i < FILES_MAX; i++)
        palette_add(&app->menu, tag_file, files->ptr[i].name, files->ptr[i].name, "", "file");
    menu_show(&app->menu);
    menu_filter(&app->menu, typed, true);
}

static bool is_tag(const char *tag, const char *kind, const char **which)
{
    size_t n = strlen(kind);
    *which = tag + n;
    return strncmp(tag, kind, n) == 0;
}

const struct key *palette_take(struct app *app)
{
    const struct menu_item *it = menu_selected(&app->menu);
    AUTO_FREE char *tag = mem_strdup(it ? it->tag : "");
    const char *which;
    menu_close(&app->menu);
    if (is_tag(tag, tag_key, &which))
        return keys_find(CONTEXT_GLOBAL, which);
    if (is_tag(tag, tag_session, &which)) {
        post_request(&app->post, REQUEST_RESUME, which, NULL);
    } else if (is_tag(tag, tag_file, &which)) {
        AUTO_FREE char *word = mem_printf("@%s ", which);
        input_insert(word, strlen(word));
    } else if (is_tag(tag, tag_command, &which)) {
        AUTO_FREE char *word = mem_printf("%s ", which);
        if (commands_can_run_bare(which))
            commands_run(app, which);
        else if (input_is_empty())
            input_insert(word, strlen(word));
    }
    return NULL;
}
