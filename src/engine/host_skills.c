/* Skills: text that a folder brings, read when the model asks; nothing of it is run. */
#include "engine/host_skills.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "engine/engine_priv.h"
#include "host/secrets.h"

#define SKILL_MAX (4 << 20)
#define SKILLS_MAX 200

static char *skill_directory(struct engine *g, const char *dir)
{
    const char *home = getenv("HOME");
    if (strncmp(dir, "~/", 2) == 0)
        return mem_printf("%s/%s", home ? home : "", dir + 2);
    return *dir == '/' ? mem_strdup(dir) : mem_printf("%s/%s", workspace_path(g->ws), dir);
}

/* Of a folder beneath the workspace nothing may lead out; the user's own may be links. */
static char *skill_text(const struct engine *g, const char *folder, struct error *e)
{
    AUTO(buf) text = {0}, clean = {0};
    AUTO_FREE char *path = mem_printf("%s/SKILL.md", folder);
    const char *root = workspace_path(g->ws);
    size_t n = strlen(root);
    bool brought = strncmp(path, root, n) == 0 && path[n] == '/';
    if (brought && secrets_reached(root, path + n + 1)) {
        error_set(e, ERR_DENIED, "%s leads to keys or passwords; it is not read", path);
        return NULL;
    }
    if (!(brought ? file_read_beneath(root, path + n + 1, &text, SKILL_MAX, e)
                  : file_read(path, &text, SKILL_MAX, e)))
        return NULL;
    utf8_repair(&clean, buf_cstr(&text), text.len);
    return buf_take(&clean);
}

/* What stands between two lines "---" at the head; NULL: there is no such part. */
static char *front_matter(const char *text)
{
    const char *begin = strncmp(text, "---\n", 4) == 0     ? text + 4
                        : strncmp(text, "---\r\n", 5) == 0 ? text + 5
                                                           : NULL;
    const char *end = begin ? strstr(begin, "\n---") : NULL;
    return end ? mem_strndup(begin, (size_t)(end - begin) + 1) : NULL;
}

/* KEY's text where the whole is no YAML, as most skills' authors never ran a strict parser: the
 * rest of its line, and the indented lines below it. Caller frees; NULL: no such line. */
static char *loose_value(const char *head, const char *key)
{
    AUTO(buf) out = {0};
    size_t n = strlen(key);
    bool in = false, found = false;
    for (const char *p = head; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        bool is_key = strncmp(p, key, n) == 0 && p[n] == ':';
        in = is_key || (in && (*p == ' ' || *p == '\t'));
        found |= is_key;
        if (!in)
            continue;
        p += is_key ? n + 1 : 0;
        p += strspn(p, " \t");
        size_t len = strcspn(p, "\r\n");
        bool block = is_key && len && len <= 2 && (*p == '|' || *p == '>');
        bool quoted = len >= 2 && (*p == '"' || *p == '\'') && p[len - 1] == *p;
        if (!block && len)
            buf_addf(&out, "%s%.*s", out.len ? " " : "", (int)(quoted ? len - 2 : len),
                     quoted ? p + 1 : p);
    }
    return found && out.len ? buf_take(&out) : NULL;
}

static char *one_line(const char *text)
{
    char *line = mem_strdup(text);
    for (char *p = line; *p; p++)
        *p = *p == '\n' ? ' ' : *p;
    return line;
}

static bool read_skill(struct engine *g, const char *folder, const char *name, struct skill_info *k)
{
    struct error e = {0};
    AUTO_FREE char *text = skill_text(g, folder, &e);
    if (!text && e.code == ERR_DENIED)
        outbox_notice(&g->out, "warn", "skills", "%s", e.text);
    if (!text)
        return false;
    AUTO_FREE char *head = front_matter(text);
    AUTO_YAML *y = head ? yaml_parse(head, strlen(head), "SKILL.md", &e) : NULL;
    AUTO_FREE char *its_name = head ? loose_value(head, "name") : NULL;
    AUTO_FREE char *its_use = head ? loose_value(head, "description") : NULL;
    k->name = one_line(yaml_str(y, "name", its_name ? its_name : name));
    k->description = one_line(yaml_str(y, "description", its_use ? its_use : "(no description)"));
    k->folder = mem_strdup(folder);
    return true;
}

static bool has_skill(const struct skill_info *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return true;
    return false;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static void add_skills(struct engine *g, const char *dir, struct skill_info **list, size_t *n)
{
    struct dirent **names;
    int count = scandir(dir, &names, visible, alphasort);
    for (int i = 0; i < count; i++) {
        AUTO_FREE char *folder = mem_printf("%s/%s", dir, names[i]->d_name);
        struct skill_info k = {0};
        if (*n < SKILLS_MAX && read_skill(g, folder, names[i]->d_name, &k)) {
            if (has_skill(*list, *n, k.name)) {
                skill_info_fini(&k);
            } else {
                *list = mem_resize(*list, *n + 1, sizeof **list);
                (*list)[(*n)++] = k;
            }
        }
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct skill_info *)x)->name, ((const struct skill_info *)y)->name);
}

size_t host_skill_list(struct agent *a, const struct opt_list *dirs, struct skill_info **list)
{
    struct engine *g = engine_of(a);
    size_t n = 0;
    *list = NULL;
    for (size_t i = 0; i < dirs->count; i++) {
        AUTO_FREE char *dir = skill_directory(g, dirs->items[i]);
        add_skills(g, dir, list, &n);
    }
    if (n)
        qsort(*list, n, sizeof **list, by_name);
    return n;
}

char *host_skill_read(struct agent *a, const struct skill_info *skill, size_t limit,
                      struct error *e)
{
    char *text = skill_text(engine_of(a), skill->folder, e);
    size_t n = text ? strlen(text) : 0, cut = text ? utf8_cut(text, n, limit) : 0;
    while (cut < n && cut > 0 && text[cut - 1] != '\n')
        cut--;
    if (text && cut < n)
        text[cut ? cut : utf8_cut(text, n, limit)] = '\0';
    return text;
}
