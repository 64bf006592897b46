#include "config/prompts.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

#define PROMPT_MAX (256 << 10)

static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_-", name[i]))
            return false;
    return n > 0 && n <= 64;
}

static char *directory(const char *project)
{
    return project ? mem_printf("%s/.mien/commands", project) : file_config_path("commands");
}

/* project: NULL for the user's own, which may be links. */
static char *read_prompt(const char *project, const char *name, struct error *e)
{
    AUTO(buf) text = {0}, clean = {0};
    AUTO_FREE char *dir = directory(NULL), *path = mem_printf("%s/%s.md", dir, name);
    AUTO_FREE char *rel = mem_printf(".mien/commands/%s.md", name);
    if (!(project ? file_read_beneath(project, rel, &text, PROMPT_MAX, e)
                  : file_read(path, &text, PROMPT_MAX, e)))
        return NULL;
    utf8_repair(&clean, buf_cstr(&text), text.len);
    return mem_strdup(buf_cstr(&clean));
}

/* "# Help" at the head is for people. Returns where the text begins. */
static const char *help_of(const char *text, char **help)
{
    size_t n = strcspn(text, "\n");
    *help = strncmp(text, "# ", 2) == 0 ? mem_strndup(text + 2, n - 2) : mem_strdup("");
    return **help ? text + n + (text[n] == '\n') : text;
}

static bool has(const cJSON *list, const char *name)
{
    const cJSON *c;
    cJSON_ArrayForEach(c, list)
    {
        if (strcmp(json_str(c, "name", ""), name) == 0)
            return true;
    }
    return false;
}

static int is_prompt(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 3 && strcmp(d->d_name + n - 3, ".md") == 0;
}

static void add_directory(cJSON *list, const char *project)
{
    struct dirent **names;
    AUTO_FREE char *dir = directory(project);
    int n = scandir(dir, &names, is_prompt, alphasort);
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *name = mem_strndup(names[i]->d_name, strlen(names[i]->d_name) - 3);
        AUTO_FREE char *text =
            name_ok(name) && !has(list, name) ? read_prompt(project, name, NULL) : NULL;
        if (text) {
            AUTO_FREE char *help = NULL;
            (void)help_of(text, &help);
            cJSON *o = cJSON_CreateObject();
            json_add_str(o, "name", name);
            json_add_str(o, "help", help);
            cJSON_AddItemToArray(list, o);
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

cJSON *prompts_list(const char *project)
{
    cJSON *list = cJSON_CreateArray();
    if (project)
        add_directory(list, project);
    add_directory(list, NULL);
    return list;
}

static char *replace_arguments(const char *text, const char *arguments)
{
    static const char mark[] = "$ARGUMENTS";
    AUTO(buf) out = {0};
    bool used = false;
    for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
        buf_add(&out, text, (size_t)(at - text));
        buf_adds(&out, arguments);
        used = true;
    }
    buf_adds(&out, text);
    while (out.len && isspace((unsigned char)out.ptr[out.len - 1]))
        buf_cut(&out, out.len - 1);
    if (!used && *arguments)
        buf_addf(&out, "\n\n%s", arguments); /* words are never lost */
    return buf_take(&out);
}

static bool unknown(const char *project, const char *name, struct error *e)
{
    AUTO_JSON *list = prompts_list(project);
    AUTO(buf) all = {0};
    const cJSON *c;
    cJSON_ArrayForEach(c, list)
    {
        buf_addf(&all, "%s/%s", all.len ? ", " : "", json_str(c, "name", ""));
    }
    return error_set(e, ERR_NOT_FOUND, "no command /%s; of your own there %s%s", name,
                     all.len ? "are: " : "are none", buf_cstr(&all));
}

char *prompts_expand(const char *project, const char *name, const char *arguments, struct error *e)
{
    struct error here = {0};
    char *text = NULL, *help = NULL;
    if (name_ok(name) && project)
        text = read_prompt(project, name, &here);
    if (here.code == ERR_DENIED) {
        *e = here;
        return NULL;
    }
    if (name_ok(name) && !text)
        text = read_prompt(NULL, name, &here);
    if (!text) {
        (void)unknown(project, name, e);
        return NULL;
    }
    const char *body = help_of(text, &help);
    char *out = replace_arguments(body, arguments ? arguments : "");
    free(text);
    free(help);
    return out;
}
