#include "ui/views/welcome.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define ENTRIES_MAX 2000
#define PAGE_COLS 64
#define ROWS_MOST 16
#define HINT_COLS 54 /* the hints in full */

void welcome_fini(struct welcome *w)
{
    mem_replace(&w->workspace, NULL);
    for (size_t i = 0; i < WELCOME_EXAMPLES; i++)
        mem_replace(&w->examples[i], NULL);
}

/* A file that says how this is built or tested. */
static const struct {
    const char *file, *example;
} builds[] = {
    {"Makefile", "Run make, and mend what fails"},
    {"Cargo.toml", "Run cargo test, and mend what fails"},
    {"package.json", "Run npm test, and mend what fails"},
    {"go.mod", "Run go test ./..., and mend what fails"},
    {"pyproject.toml", "Run the tests, and mend what fails"},
    {"setup.py", "Run the tests, and mend what fails"},
    {"CMakeLists.txt", "Build this, and mend what fails"},
    {"meson.build", "Build this, and mend what fails"},
};

static bool is_source(const char *name)
{
    static const char *const endings[] = {".c",  ".cc", ".cpp",   ".go", ".java",
                                          ".js", ".kt", ".lua",   ".py", ".rb",
                                          ".rs", ".sh", ".swift", ".ts", ".zig"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot != name && i < COUNT_OF(endings); i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* The first of its source files by name, "" where there is none; *any: it is not empty. */
static char *first_source(const char *dir, bool *any)
{
    char *first = mem_strdup("");
    DIR *d = opendir(dir);
    const struct dirent *en;
    *any = false;
    for (int i = 0; d && i < ENTRIES_MAX && (en = readdir(d)); i++) {
        if (*en->d_name == '.')
            continue;
        *any = true;
        AUTO_FREE char *clean = sanitize_text(en->d_name, SANITIZE_ONE_LINE);
        bool plain = strcmp(clean, en->d_name) == 0 && strlen(clean) <= 32;
        if (plain && is_source(clean) && (!*first || strcmp(clean, first) < 0))
            mem_replace(&first, clean);
    }
    if (d)
        closedir(d);
    return first;
}

static void welcome_look(struct welcome *w, const char *workspace)
{
    size_t n = 0;
    bool any;
    if (w->workspace && strcmp(w->workspace, workspace) == 0)
        return;
    welcome_fini(w);
    w->workspace = mem_strdup(workspace);
    AUTO_FREE char *source = first_source(workspace, &any);
    if (*source)
        w->examples[n++] = mem_printf("Explain %s", source);
    for (size_t i = 0; n < 2 && i < COUNT_OF(builds); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", workspace, builds[i].file);
        if (access(path, F_OK) != 0)
            continue;
        w->examples[n++] = mem_strdup(builds[i].example);
        break;
    }
    if (any)
        w->examples[n++] = mem_strdup("What is in this directory, and what is it for?");
    else
        w->examples[n++] = mem_strdup("Write a program that draws the Mandelbrot set as text");
}

static const char *const tips[] = {
    "in the tree, c gives a task a check that proves it done",
    "in the tree, n notes what the agent should know",
    "Ctrl-Q sends the line as a goal for after the running one",
    "Tab, then ] and Enter unfold what a tool did",
    "/context shows exactly what the model sees, and what it costs",
    "Ctrl-X Ctrl-B sends the command that runs to the background",
    "Shift-Tab plans first: nothing is changed before you say so",
};

static void welcome_row(struct canvas *c, struct area a, int row, style s, const char *text)
{
    canvas_put_fit(c, a, row, 0, a.cols, s, s, text);
}

/* What can be done without a model; the words of the choices are those of the picker. */
static int welcome_without(struct canvas *c, struct area a, int row)
{
    static const char *const rows[] = {
        "a demonstration: a script, but its tools are real",
        "a key: export OPENAI_API_KEY=..., or another provider's",
        "a server of this machine: Ollama, llama.cpp, vLLM",
    };
    welcome_row(c, a, row++, ROLE_WARN, "No model was found. Enter offers you:");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *line = mem_printf("%s %s", glyph(GLYPH_BULLET), rows[i]);
        welcome_row(c, a, row++, ROLE_TEXT, line);
    }
    return row;
}

void welcome_draw(struct welcome *w, const struct state *st, int64_t day, struct canvas *c,
                  struct area a)
{
    if (st->workspace && *st->workspace == '/')
        welcome_look(w, st->workspace);
    bool none = state_lacks_model(st);
    int cols = MIN(a.cols, PAGE_COLS), rows = MIN(a.rows, ROWS_MOST);
    struct area in = {a.row + MAX(0, (a.rows - rows) / 3), a.col + (a.cols - cols) / 2, rows, cols};
    int row = a.rows >= ROWS_MOST ? 1 : 0;
    int col = canvas_put(c, in, row, 0, STYLE_ATTR(ROLE_HEADING, ATTR_BOLD), "mien", -1);
    canvas_put_fit(c, in, row, col + 1, in.cols - col - 1, ROLE_MUTED, ROLE_MUTED,
                   none             ? "no model"
                   : st->model_name ? st->model_name
                                    : "");
    row++;
    if (st->model_why && !none)
        welcome_row(c, in, row++, ROLE_MUTED, st->model_why);
    row += a.rows > 6;
    if (none)
        row = welcome_without(c, in, row) + 1;
    welcome_row(c, in, row++, ROLE_TEXT, "Write a goal and press Enter.");
    row += a.rows > 9;
    for (size_t i = 0; i < WELCOME_EXAMPLES && w->examples[i] && !none; i++) {
        AUTO_FREE char *line = mem_printf("%s %s", glyph(GLYPH_PROMPT), w->examples[i]);
        welcome_row(c, in, row++, ROLE_ACCENT, line);
    }
    row += w->examples[0] && !none && a.rows > 9;
    if (in.cols < HINT_COLS) {
        welcome_row(c, in, row, ROLE_MUTED, "/ commands @ files ! shell F1 keys");
        return;
    }
    welcome_row(c, in, row++, ROLE_MUTED, "/ commands, @ files, ! a shell command, F1 every key,");
    welcome_row(c, in, row++, ROLE_MUTED, "Ctrl-T the task tree, Esc stops the agent at any time.");
    row += a.rows > 9;
    AUTO_FREE char *tip = mem_printf("Tip: %s.", tips[(size_t)day % COUNT_OF(tips)]);
    welcome_row(c, in, row, ROLE_MUTED, tip);
}
