#include "agent/guard.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "host/process.h"
#include "host/snapshot.h"
#include "run/program.h"

#define GUARD_MOST (8 << 20) /* bytes of all copies of a goal */
#define GUARD_FILE (1 << 20) /* of one */
#define NAMES_TOLD 5
#define COPY_MS (5 * 60 * 1000)

char *guard_dir(const struct shell *s, int64_t goal)
{
    AUTO_FREE char *dir = outbox_dir(s->out);
    return mem_printf("%s/tests-%lld", dir, (long long)goal);
}

static bool begins(const char *s, const char *word)
{
    return strncasecmp(s, word, strlen(word)) == 0;
}

static bool ends(const char *s, size_t n, const char *word)
{
    size_t k = strlen(word);
    return n >= k && strncasecmp(s + n - k, word, k) == 0;
}

/* By how tests are named where they are common: tests/x, test_x.py, x_test.go, x.spec.ts,
 * XTest.java. */
static bool is_test(const char *path)
{
    static const char *const dirs[] = {"test/",  "tests/",     "spec/",
                                       "specs/", "__tests__/", "testdata/"};
    static const char *const tails[] = {"_test", ".test", "-test", "_spec",
                                        ".spec", "Test",  "Tests"};
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (const char *part = path; part; part = strchr(part, '/'), part += part != NULL)
        for (size_t i = 0; i < COUNT_OF(dirs); i++)
            if (begins(part, dirs[i]))
                return true;
    size_t stem = strcspn(base[0] == '.' ? base + 1 : base, ".") + (base[0] == '.');
    const char *last = strrchr(base, '.');
    size_t whole = last && last > base ? (size_t)(last - base) : strlen(base);
    if (begins(base, "test_") || begins(base, "test-") || begins(base, "test.") ||
        strcmp(base, "conftest.py") == 0)
        return true;
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (ends(base, stem, tails[i]) || ends(base, whole, tails[i]))
            return true;
    return false;
}

/* A file that one of these looks at is what the check is about, not what it stands on. */
static bool only_looks(const char *command, const char *at)
{
    static const char *const names[] = {"test", "[",    "[[",   "grep", "egrep", "fgrep", "rg",
                                        "wc",   "cat",  "head", "tail", "stat",  "ls",    "cmp",
                                        "diff", "find", "jq",   "awk",  "sed",   "file"};
    const char *part = at;
    while (part > command && !strchr(";|&(\n", part[-1]))
        part--;
    part += strspn(part, " \t!");
    size_t n = strcspn(part, " \t");
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strlen(names[i]) == n && strncmp(part, names[i], n) == 0)
            return true;
    return false;
}

/* Does the command name this file, as a word or behind a "./", other than to look at it? */
static bool is_named(const char *command, const char *path)
{
    size_t n = strlen(path);
    for (const char *p = command; (p = strstr(p, path)); p += n) {
        bool begun = p == command || strchr(" \t\"'=;|&(<>", p[-1]) ||
                     (p[-1] == '/' && p - command >= 2 && p[-2] == '.');
        if (begun && !only_looks(command, p) && (!p[n] || strchr(" \t\"';|&)<>:", p[n])))
            return true;
    }
    return false;
}

static bool copy_one(const char *from, const char *path, const char *to, size_t *room)
{
    AUTO(buf) text = {0};
    struct error e = {0};
    AUTO_FREE char *target = mem_printf("%s/%s", to, path);
    if (file_exists(target) || !file_read_beneath(from, path, &text, GUARD_FILE, NULL))
        return true;
    if (text.len > *room)
        return false;
    char *slash = strrchr(target, '/');
    *slash = '\0';
    bool made = file_make_dirs(target, &e);
    *slash = '/';
    *room -= text.len;
    return made && file_write_fast(target, buf_cstr(&text), text.len, &e);
}

void guard_keep(struct shell *s, int64_t goal, const char *command)
{
    struct pause pause = reactor_pause(s->reactor);
    struct snapshot *all = snapshot_take(s->cwd, &pause);
    AUTO_FREE char *dir = guard_dir(s, goal);
    size_t room = GUARD_MOST;
    const char *path;
    for (size_t i = 0; (path = snapshot_path(all, i)); i++) {
        if ((is_test(path) || is_named(command, path)) && !copy_one(s->cwd, path, dir, &room)) {
            outbox_notice(s->out, "warn", "check",
                          "not all tests could be kept as they were: from %s on, whether this goal "
                          "changes them is not watched",
                          path);
            break;
        }
    }
    snapshot_free(all);
}

bool guard_changed(struct shell *s, int64_t goal, struct buf *names)
{
    struct pause pause = reactor_pause(s->reactor);
    AUTO_FREE char *dir = guard_dir(s, goal);
    struct snapshot *kept = snapshot_take(dir, &pause);
    const char *path;
    size_t count = 0;
    for (size_t i = 0; (path = snapshot_path(kept, i)); i++) {
        AUTO(buf) was = {0}, is = {0};
        if (!file_read_beneath(dir, path, &was, GUARD_FILE, NULL))
            continue;
        bool there = file_read_beneath(s->cwd, path, &is, GUARD_FILE, NULL);
        if (there && was.len == is.len && memcmp(buf_cstr(&was), buf_cstr(&is), is.len) == 0)
            continue;
        if (count++ < NAMES_TOLD)
            buf_addf(names, "%s%s", names->len ? ", " : "", path);
    }
    if (count > NAMES_TOLD)
        buf_addf(names, " and %zu more", count - NAMES_TOLD);
    snapshot_free(kept);
    return count > 0;
}

/* mien's own program: cp. */
static bool copy_tree(struct shell *s, const char *from, const char *to, struct buf *output)
{
    struct error e = {0};
    AUTO_FREE char *inside = mem_printf("%s/.", from);
    const char *const argv[] = {"cp", "-a", "--reflink=auto", "--", inside, to, NULL};
    struct process_spec spec = {
        .argv = argv, .cwd = "/", .tmp = s->tmp, .timeout_ms = COPY_MS, .keep = 1000};
    struct process *p = program_run(s->reactor, &spec, NULL, false, &e);
    bool ok = p && process_code(p) == 0;
    if (!p)
        buf_adds(output, e.text);
    else if (!ok)
        (void)process_output(p, output);
    process_free(p);
    return ok;
}

bool guard_run(struct shell *s, int64_t goal, const char *command, int64_t most_ms,
               struct buf *output)
{
    struct error e = {0};
    AUTO_FREE char *dir = guard_dir(s, goal), *copy = mem_printf("%s/tests-before", s->tmp);
    struct command_result r = {0};
    struct shell there = *s;
    there.cwd = copy;
    if (!file_make_dirs(copy, &e) || !copy_tree(s, s->cwd, copy, output) ||
        !copy_tree(s, dir, copy, output)) {
        buf_addf(output, "%s\nthe workspace could not be copied, so the old tests were not run",
                 e.text);
        return false;
    }
    shell_run(&there, &(struct command_spec){.command = command, .timeout_ms = most_ms}, &r);
    s->outputs = there.outputs;
    buf_addf(output, "$ %s\n(exit %d) %s%s", command, r.code, r.note, buf_cstr(&r.out));
    bool green = r.code == 0 && !r.refused;
    command_result_fini(&r);
    const char *const argv[] = {"rm", "-rf", "--", copy, NULL};
    struct process_spec spec = {
        .argv = argv, .cwd = "/", .tmp = s->tmp, .timeout_ms = COPY_MS, .keep = 1000};
    process_free(program_run(s->reactor, &spec, NULL, true, &e));
    return green;
}
