/* mien behaviors new: a directory with a behavior that builds, tests and runs as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/file.h"
#include "base/mem.h"
#include "behavior/registry.h"
#include "cli/cli.h"
#include "cli/output.h"

struct piece {
    const char *data, *file; /* file: NULL for NAME.SUFFIX */
};

static const struct piece c_pieces[] = {{"src/cli/new_c.c.in", NULL},
                                        {"src/cli/new_c.mk.in", "Makefile"},
                                        {"src/cli/new_test.sh.in", "test.sh"},
                                        {"src/cli/new_c.md.in", "README.md"},
                                        {0}};
static const struct piece py_pieces[] = {{"src/cli/new_py.py.in", NULL},
                                         {"src/cli/new_test.sh.in", "test.sh"},
                                         {"src/cli/new_py.md.in", "README.md"},
                                         {0}};

static void fill(struct buf *out, const char *text, const char *mark, const char *value)
{
    for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
        buf_add(out, text, (size_t)(at - text));
        buf_adds(out, value);
    }
    buf_adds(out, text);
}

static bool write_piece(const char *dir, const struct piece *p, const char *type, const char *name,
                        bool c, struct error *e)
{
    const struct data_file *d = data_find(p->data);
    AUTO(buf) one = {0}, two = {0}, three = {0};
    AUTO_FREE char *path = p->file ? mem_printf("%s/%s", dir, p->file)
                                   : mem_printf("%s/%s.%s", dir, name, c ? "c" : "py");
    if (!d)
        return error_set(e, ERR_INTERNAL, "%s is not in this binary", p->data);
    fill(&one, d->text, "@TYPE@", type);
    fill(&two, buf_cstr(&one), "@NAME@", name);
    fill(&three, buf_cstr(&two), "@SUFFIX@", c ? "so" : "py");
    return file_write(path, buf_cstr(&three), three.len, e);
}

static bool class_name_ok(const char *type, struct error *e)
{
    size_t n = strlen(type);
    bool ok = n > 0 && n <= 60 && type[0] >= 'A' && type[0] <= 'Z';
    for (size_t i = 0; i < n; i++)
        ok = ok && ((type[i] >= 'a' && type[i] <= 'z') || (type[i] >= 'A' && type[i] <= 'Z') ||
                    (type[i] >= '0' && type[i] <= '9'));
    return ok ||
           error_set(e, ERR_USAGE,
                     "\"%s\" is no name for a behavior: a class name such as MyBehavior", type);
}

#define PACKAGE "behaviors/python/"

/* Makes the directories above a file too. */
static bool write_module(const char *dir, const struct data_file *f, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, f->name + strlen(PACKAGE));
    AUTO_FREE char *above = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    AUTO(buf) there = {0};
    if (file_read(path, &there, f->size + 1, NULL) && there.len == f->size &&
        memcmp(buf_cstr(&there), f->text, f->size) == 0)
        return true;
    return file_make_dirs(above, e) && file_write(path, f->text, f->size, e);
}

int cli_behaviors_pythonpath(void)
{
    struct error e = {0};
    AUTO_FREE char *dir = file_state_path("python");
    for (const struct data_file *f = data_files; f->name; f++)
        if (strncmp(f->name, PACKAGE, strlen(PACKAGE)) == 0 && !strstr(f->name, "/boot.py") &&
            !write_module(dir, f, &e))
            return cli_fail(&e);
    output_text(stdout, "%s\n", dir);
    return CLI_OK;
}

int cli_behaviors_new(struct cli *c)
{
    struct error e = {0};
    const char *lang = c->lang ? c->lang : "c", *type = c->arg_count > 1 ? c->args[1] : NULL;
    bool in_c = strcmp(lang, "c") == 0;
    if (!type || (!in_c && strcmp(lang, "python") != 0))
        return cli_usage("behaviors new MyBehavior [--lang c|python]");
    if (!class_name_ok(type, &e))
        return cli_fail(&e);
    if (behavior_find(type)) {
        error_set(&e, ERR_USAGE, "mien has a %s already; take another name", type);
        return cli_fail(&e);
    }
    AUTO_FREE char *name = behavior_file_name(type);
    AUTO_FREE char *dir = mem_printf("%s/%s", c->workspace ? c->workspace : ".", name);
    if (mkdir(dir, 0755) != 0) {
        error_errno(&e, errno, "cannot make %s", dir);
        return cli_fail(&e);
    }
    for (const struct piece *p = in_c ? c_pieces : py_pieces; p->data; p++)
        if (!write_piece(dir, p, type, name, in_c, &e))
            return cli_fail(&e);
    output_text(stdout, "wrote %s; README.md there tells how to %s it\n", dir,
                in_c ? "build and use" : "use");
    return CLI_OK;
}
