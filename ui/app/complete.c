#include "ui/app/complete.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/sanitize.h"
#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/input/input.h"
#include "ui/views/fuzzy.h"

#define FILES_MAX 500
#define FITS_MAX 2000     /* names behind an @ that fit */
#define FILES_OLD_MS 5000 /* a list this old is asked for again when an @ begins */

struct word {
    const char *text; /* what is typed of it */
    size_t n, from;   /* bytes; where it starts in the line */
};

static void complete_offer(struct menu *m, const struct word *w, const char *name, const char *help)
{
    if (strncmp(name, w->text, w->n) == 0)
        menu_add(m, name, help);
}

/* All of them: the menu finds those meant, by name or by what they do. */
static void complete_commands(struct app *app)
{
    const entries *own = &app->state.catalogs[CATALOG_commands];
    for (const struct command *c = commands; c->name; c++) {
        AUTO_FREE char *name = mem_printf("/%s", c->name);
        AUTO_FREE char *value = command_value(app, c);
        menu_add_value(&app->menu, name, c->help, value, NULL);
    }
    for (size_t i = 0; i < own->len; i++) {
        AUTO_FREE char *name = mem_printf("/%s", own->ptr[i].name);
        menu_add(&app->menu, name, own->ptr[i].help);
    }
}

static void complete_catalog(struct app *app, const struct word *w, enum catalog kind)
{
    const entries *list = &app->state.catalogs[kind];
    for (size_t i = 0; i < list->len; i++)
        complete_offer(&app->menu, w, list->ptr[i].name, list->ptr[i].help);
}

struct theme_offer {
    struct menu *menu;
    const struct word *word;
};

static void complete_theme(void *arg, const char *name)
{
    struct theme_offer *o = arg;
    complete_offer(o->menu, o->word, name, "");
}

static int complete_compare(const void *a, const void *b)
{
    return strcmp(((const struct menu_item *)a)->name, ((const struct menu_item *)b)->name);
}

/*
 * The directory that is meant by what was typed of a path: names are those of the workspace,
 * which may be another than the one mien was started in. Caller frees; NULL: nobody knows (no
 * session yet, no home).
 */
static char *complete_directory(const char *typed, const char *workspace)
{
    if (*typed == '/')
        return mem_strdup(typed);
    bool home = strncmp(typed, "~/", 2) == 0;
    const char *root = home ? getenv("HOME") : workspace;
    return root && *root ? mem_printf("%s/%s", root, typed + (home ? 2 : 0)) : NULL;
}

/* Entries of the directory the word names, as they would be typed; "dir/" with its slash. */
static void complete_files(struct menu *m, const struct word *w, const char *workspace)
{
    AUTO_FREE char *typed = mem_strndup(w->text, w->n);
    const char *slash = strrchr(typed, '/');
    const char *base = slash ? slash + 1 : typed;
    AUTO_FREE char *prefix = mem_strndup(typed, (size_t)(base - typed));
    AUTO_FREE char *where = complete_directory(prefix, workspace);
    DIR *d = where ? opendir(where) : NULL;
    for (const struct dirent *en; d && m->items.len < FILES_MAX && (en = readdir(d));) {
        if ((en->d_name[0] == '.' && *base != '.') || strcmp(en->d_name, ".") == 0 ||
            strcmp(en->d_name, "..") == 0 || strncmp(en->d_name, base, strlen(base)) != 0)
            continue;
        struct stat st;
        bool is_dir = fstatat(dirfd(d), en->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
        AUTO_FREE char *shown = mem_printf("%s%s%s", prefix, en->d_name, is_dir ? "/" : "");
        AUTO_FREE char *clean = sanitize_text(shown, SANITIZE_ONE_LINE);
        if (strcmp(clean, shown) == 0) /* a name with controls in it is not offered */
            menu_add(m, shown, "");
    }
    if (d)
        closedir(d);
    if (m->items.len)
        qsort(m->items.ptr, m->items.len, sizeof *m->items.ptr, complete_compare);
}

/* index: how many words stand between the command and this one. */
static void complete_argument(struct app *app, const struct command *c, const struct word *w,
                              int index)
{
    struct menu *m = &app->menu;
    struct theme_offer themes = {m, w};
    bool first = index == 0;
    for (const struct command_word *k = c->words; k && k->name && first; k++)
        complete_offer(m, w, k->name, k->help);
    switch (c->complete) {
    case COMPLETE_NONE:
        break;
    case COMPLETE_COMMANDS:
        for (const struct command *k = commands; k->name; k++)
            complete_offer(m, w, k->name, k->help);
        complete_catalog(app, w, CATALOG_commands);
        break;
    case COMPLETE_MODELS:
        complete_catalog(app, w, CATALOG_models);
        break;
    case COMPLETE_AGENTS:
        complete_catalog(app, w, CATALOG_agents);
        break;
    case COMPLETE_BEHAVIORS: /* "/behaviors add TYPE", or "/behaviors TYPE" */
        if (index <= 1)
            complete_catalog(app, w, CATALOG_behaviors);
        break;
    case COMPLETE_JOBS:
        for (size_t i = 0; !first && i < app->state.jobs.len; i++) {
            const struct job *j = &app->state.jobs.ptr[i];
            AUTO_FREE char *help = mem_printf("%s: %s", j->state, j->title);
            complete_offer(m, w, j->name, help);
        }
        break;
    case COMPLETE_SESSIONS:
        complete_catalog(app, w, CATALOG_sessions);
        break;
    case COMPLETE_THEMES:
        theme_each(app->themes_dir, complete_theme, &themes);
        break;
    case COMPLETE_MODES:
        complete_catalog(app, w, CATALOG_modes);
        break;
    case COMPLETE_FILES:
        if (!first || !c->words)
            complete_files(m, w, app->state.workspace);
        break;
    }
}

static void complete_at_name(struct menu *m, const char *typed, const char *name, const char *value)
{
    if (m->items.len >= FITS_MAX || fuzzy_score(typed, name, NULL) < 0)
        return;
    AUTO_FREE char *word = mem_printf("@%s", name);
    menu_add_value(m, word, "", value, NULL);
}

/* What an @ may name: a mode for the message it begins; folders and files; other sessions. */
static void complete_at(struct app *app, const struct word *w)
{
    const entries *modes = &app->state.catalogs[CATALOG_modes],
                  *files = &app->state.catalogs[CATALOG_files];
    AUTO_FREE char *typed = mem_strndup(w->text + 1, w->n - 1);
    if (w->n == 1 && clock_ms() - app->files_asked_ms > FILES_OLD_MS) {
        app->files_asked_ms = clock_ms();
        post_request(&app->post, REQUEST_FILES, NULL, NULL);
    }
    for (size_t i = 0; w->from == 0 && i < modes->len; i++)
        complete_at_name(&app->menu, typed, modes->ptr[i].name, "behavior mode");
    AUTO_FREE char *before = mem_strdup("");
    for (size_t i = 0; i < files->len; i++) { /* sorted: a folder's files stand together */
        const char *name = files->ptr[i].name, *slash = strrchr(name, '/');
        AUTO_FREE char *folder = slash ? mem_strndup(name, (size_t)(slash - name) + 1) : NULL;
        if (folder && strcmp(folder, before) != 0) {
            complete_at_name(&app->menu, typed, folder, "folder");
            mem_replace(&before, folder);
        }
        complete_at_name(&app->menu, typed, name, "");
    }
    const entries *sessions = &app->state.catalogs[CATALOG_sessions];
    for (size_t i = 0; i < sessions->len; i++) {
        AUTO_FREE char *word = mem_printf("session:%s", sessions->ptr[i].name);
        complete_at_name(&app->menu, typed, word, sessions->ptr[i].help);
    }
}

static int complete_index(const char *line, size_t from)
{
    int words = -1;
    for (size_t i = 0; i < from; i++)
        words += line[i] != ' ' && (i == 0 || line[i - 1] == ' ');
    return words;
}

/* Take the entry into the line, or act on it. Returns what was taken; caller frees. */
static char *complete_take(struct app *app)
{
    const struct menu_item *it = menu_selected(&app->menu);
    if (!it)
        return NULL;
    char *name = mem_strdup(it->name); /* closing the menu frees its entries */
    AUTO_FREE char *tag = mem_strdup(it->tag);
    enum pick pick = (enum pick)app->menu.pick;
    size_t from = app->menu.from, n = strlen(name);
    menu_close(&app->menu);
    if (pick == PICK_HISTORY) {
        input_replace(tag);
        return name;
    }
    if (pick != PICK_NONE) {
        commands_picked(app, pick, tag ? tag : name);
        return name;
    }
    AUTO_FREE char *word = mem_printf("%s%s", name, n > 0 && name[n - 1] == '/' ? "" : " ");
    input_complete(from, word);
    return name;
}

void complete_accept(struct app *app)
{
    bool whole = app->menu.filter.len == 0; /* all entries begin with what was typed */
    if (!app->menu.pick && whole) {         /* what all entries share comes first */
        AUTO_FREE char *common = menu_common(&app->menu);
        if (strlen(common) > input_point() - app->menu.from) {
            input_complete(app->menu.from, common);
            complete_open(app, true);
            return;
        }
    }
    free(complete_take(app));
}

bool complete_run(struct app *app)
{
    bool picker = app->menu.pick != PICK_NONE;
    /* A command is run by its name alone: one that was only likely is not meant by Enter. */
    const struct menu_item *it = menu_selected(&app->menu);
    const char *typed = input_text() + app->menu.from;
    if (it && !picker && *typed == '/' && !app->menu.moved &&
        strncmp(it->name, typed, strlen(typed)) != 0) {
        menu_close(&app->menu);
        return true;
    }
    AUTO_FREE char *taken = complete_take(app);
    return !picker && taken && *taken == '/' && commands_can_run_bare(taken);
}

void complete_open(struct app *app, bool asked)
{
    struct menu *m = &app->menu;
    AUTO_FREE char *line = mem_strndup(input_text(), input_point());
    size_t from = strlen(line);
    while (from > 0 && line[from - 1] != ' ' && line[from - 1] != '\n')
        from--;
    struct word w = {line + from, strlen(line + from), from};
    bool command_word = from == 0 && *line == '/' && !strchr(line + 1, '/');
    bool at_word = w.n > 0 && *w.text == '@' && !commands_is_command(line);
    if (!asked && ((!command_word && !at_word) || w.n == 0 || m->dismissed)) {
        if (!m->pick)
            menu_close(m);
        return;
    }
    menu_begin(m, command_word ? "commands" : at_word ? "files" : NULL, from, PICK_NONE);
    const struct command *c = *line == '/' ? command_find(line + 1, strcspn(line + 1, " ")) : NULL;
    if (command_word)
        complete_commands(app);
    else if (at_word)
        complete_at(app, &w);
    else if (c)
        complete_argument(app, c, &w, complete_index(line, from));
    else
        complete_files(m, &w, app->state.workspace);
    menu_show(m);
    if (command_word || at_word) {
        menu_filter(m, w.text + 1, command_word);
        m->open = m->order.len > 0;
    }
    if (asked && m->items.len == 1 && !command_word && !at_word)
        complete_accept(app);
    else if (asked && m->items.len == 0)
        toast_show(&app->toast, "nothing to complete here");
}
