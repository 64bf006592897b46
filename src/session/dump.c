#include "session/dump.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "plan/tree.h"
#include "request/context.h"
#include "run/outbox.h"

#define DUMPS_KEPT 10
#define LEDGER_LINES 40

static cJSON *dump_request(const struct context *c)
{
    AUTO(buf) body = {0};
    struct error e = {0};
    size_t tail_at;
    if (!c->last.model)
        return NULL;
    llm_body(&c->last, &body, &tail_at);
    return json_parse(buf_cstr(&body), body.len, &e);
}

static cJSON *dump_ledger(const struct ledger *l)
{
    cJSON *list = cJSON_CreateArray();
    size_t from = l->lines.len > LEDGER_LINES ? l->lines.len - LEDGER_LINES : 0;
    for (size_t i = from; i < l->lines.len; i++) {
        AUTO_FREE char *line = mem_printf("%s\t%s", l->lines.ptr[i].kind, l->lines.ptr[i].detail);
        cJSON_AddItemToArray(list, cJSON_CreateString(line));
    }
    return list;
}

static char *dump_text(const struct dump *d, const struct outbox *out)
{
    AUTO_JSON *j = cJSON_CreateObject();
    char when[32];
    clock_iso(clock_wall_ms(), when);
    json_add_str(j, "timestamp", when);
    json_add_str(j, "timeout_type", "goal");
    json_add_int(j, "elapsed_ms", d->elapsed_ms);
    json_add_str(j, "session", out->session);
    json_add_str(j, "goal", d->goal);
    json_add_str(j, "model", d->model);
    cJSON *stats = cJSON_AddObjectToObject(j, "context_stats");
    json_add_int(stats, "message_count", (int64_t)d->context->message_count);
    json_add_int(stats, "estimated_tokens", d->context->estimate);
    json_add_int(stats, "window", d->window);
    AUTO_FREE char *tree = tree_to_json(d->tree, 0, 0);
    struct error e = {0};
    json_add(j, "tree", json_parse(tree, strlen(tree), &e));
    json_add(j, "actions", dump_ledger(&out->ledger));
    cJSON *request = dump_request(d->context);
    if (request)
        json_add(j, "request", request);
    return json_print_lines(j);
}

static int newest_first(const struct dirent **x, const struct dirent **y)
{
    return strcmp((*y)->d_name, (*x)->d_name);
}

static int is_dump(const struct dirent *d)
{
    return strncmp(d->d_name, "dump_", 5) == 0;
}

static void forget_old(const char *dir)
{
    struct dirent **list;
    int n = scandir(dir, &list, is_dump, newest_first);
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, list[i]->d_name);
        if (i >= DUMPS_KEPT && unlink(path) != 0)
            log_warn("dump", "cannot remove %s", path);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
}

void dump_write(const struct dump *d, struct outbox *out)
{
    assert(d->context && d->tree && out);
    struct error e = {0};
    char when[32];
    AUTO(buf) masked = {0};
    AUTO_FREE char *dir = file_state_path("dumps"), *text = dump_text(d, out);
    clock_iso(clock_wall_ms(), when);
    for (char *p = when; *p; p++)
        *p = *p == ':' ? '-' : *p;
    AUTO_FREE char *path = mem_printf("%s/dump_%.19s_%s.json", dir, when, out->session);
    log_mask(&masked, text, strlen(text));
    if (file_make_dirs(dir, &e) && file_write(path, buf_cstr(&masked), masked.len, &e)) {
        outbox_notice(out, "info", "engine", "what was known at the timeout is in %s", path);
        forget_old(dir);
    } else {
        outbox_notice(out, "warn", "engine", "no dump of the context: %s", e.text);
    }
}
