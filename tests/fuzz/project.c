/* project: files that a project or the user brings: agents, themes, tables of syntax, commands. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/agentfile.h"
#include "config/prompts.h"
#include "ui/term/theme.h"
#include "ui/views/syntax.h"

static char *top;

static char *put(const char *rel, const uint8_t *data, size_t size)
{
    char *path = mem_printf("%s/%s", top, rel);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    return path;
}

static void make(const char *rel)
{
    AUTO_FREE char *path = mem_printf("%s/%s", top, rel);
    if (mkdir(path, 0700) != 0)
        abort();
}

static void agent(const uint8_t *data, size_t size)
{
    AUTO_FREE char *path = put("a.yaml", data, size);
    struct agent_places places = {.project = top};
    struct agent_file f = {0};
    struct error e = {0};
    if (!agent_file_load(&f, path, &places, &e))
        CLAIM(e.text[0], "refused without a word");
    agent_file_fini(&f);
}

static void theme(const uint8_t *data, size_t size)
{
    AUTO_FREE char *path = put("own.yaml", data, size);
    struct theme t;
    struct error e = {0};
    if (!theme_load(&t, "own", top, &e))
        CLAIM(strstr(e.text, "own.yaml"), "the error does not say where: %s", e.text);
}

static void syntax(const uint8_t *data, size_t size)
{
    AUTO_FREE char *path = put("fuzzed.yaml", data, size);
    syntax_set_dir(top);
    const struct syntax *x = syntax_find("fuzzed", 6);
    struct syntax_state st = {0};
    AUTO_FREE char *code = fuzz_text(data, size);
    for (char *p = code; *p;) {
        size_t n = strcspn(p, "\n");
        struct line line = {0};
        syntax_line(x, &st, p, n, &line);
        line_fini(&line);
        p += n + (p[n] == '\n');
    }
    syntax_fini();
}

static void command(const uint8_t *data, size_t size)
{
    AUTO_FREE char *path = put(".mien/commands/own.md", data, size);
    struct error e = {0};
    AUTO_JSON *list = prompts_list(top);
    AUTO_FREE char *text = prompts_expand(top, "own", "one 'two three' $4", &e);
    CLAIM(text || e.text[0], "refused without a word");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char place[] = "/dev/shm/mien-fuzz-XXXXXX";
    fuzz_locale();
    if (!top) {
        if (!(top = mkdtemp(place)))
            abort();
        make(".mien");
        make(".mien/commands");
    }
    if (size == 0)
        return 0;
    void (*const parts[])(const uint8_t *, size_t) = {agent, theme, syntax, command};
    parts[data[0] % COUNT_OF(parts)](data + 1, size - 1);
    return 0;
}
