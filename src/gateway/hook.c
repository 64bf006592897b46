#include "gateway/hook.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "host/process.h"
#include "host/process_env.h"

#define HOOK_REASON_MAX 2000u
#define HOOK_OUTPUT_MAX (64u << 20)

struct hook_run {
    struct loop *loop;
    struct gateway_hooks hooks;
    char *event, *tool, *head;
    bool has_body, changed, over;
    struct buf body, printed, said;
    char *refusal;
    size_t at; /* the hook that runs */
    struct process *process;
    void (*done)(void *arg);
    void *arg;
};

bool hook_wants(const struct gateway_hooks *h, const char *event)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->list[i].event, event) == 0)
            return true;
    return false;
}

static bool hook_fits(const struct hook_run *r, const struct gateway_hook *h)
{
    if (strcmp(h->event, r->event) != 0)
        return false;
    for (size_t i = 0; r->tool && i < h->tool_count; i++)
        if (strcmp(h->tools[i], r->tool) == 0)
            return true;
    return !r->tool || !h->tool_count;
}

static void hook_on_output(void *arg, const char *s, size_t n)
{
    struct hook_run *r = arg;
    if (r->printed.len + n <= HOOK_OUTPUT_MAX)
        buf_add(&r->printed, s, n);
}

static void hook_on_errors(void *arg, const char *s, size_t n)
{
    struct hook_run *r = arg;
    buf_add(&r->said, s, MIN(n, HOOK_REASON_MAX - MIN(r->said.len, HOOK_REASON_MAX)));
}

/* What it said, as one text. Caller frees. */
static char *hook_words(const struct hook_run *r)
{
    AUTO(buf) text = {0};
    utf8_repair(&text, buf_cstr(&r->said), r->said.len);
    while (text.len && strchr(" \n\r\t", text.ptr[text.len - 1]))
        buf_cut(&text, text.len - 1);
    return text.len ? buf_take(&text) : mem_strdup("(it gave no reason)");
}

/* A hook that has nothing to change prints nothing. */
static void hook_replace(struct hook_run *r, const char *command)
{
    size_t blank = strspn(buf_cstr(&r->printed), " \t\r\n");
    AUTO_JSON *j = r->has_body && blank < r->printed.len
                       ? json_parse(r->printed.ptr, r->printed.len, NULL)
                       : NULL;
    if (cJSON_IsObject(j)) {
        buf_clear(&r->body);
        buf_add(&r->body, r->printed.ptr, r->printed.len);
        r->changed = true;
    } else if (r->has_body && blank < r->printed.len) {
        log_warn("proxy", "what the hook of %s printed is no JSON object and changes nothing: %s",
                 r->event, command);
    }
}

static void hook_next(struct hook_run *r);

static void hook_on_ended(void *arg)
{
    struct hook_run *r = arg;
    const char *command = r->hooks.list[r->at].command;
    int code = process_timed_out(r->process) ? -1 : process_code(r->process);
    AUTO_FREE char *words = hook_words(r);
    if (code == 0)
        hook_replace(r, command);
    else if (code == 2)
        r->refusal = mem_strdup(words);
    else
        log_warn("proxy", "the hook of %s failed (%d): %s: %s", r->event, code, command,
                 process_timed_out(r->process) ? "it took too long" : words);
    process_free(r->process);
    r->process = NULL;
    r->at++;
    hook_next(r);
    if (r->over)
        r->done(r->arg);
}

static bool hook_run_one(struct hook_run *r, const struct gateway_hook *h)
{
    struct error e = {0};
    const char *tmp = getenv("TMPDIR");
    AUTO(buf) input = {0};
    buf_addf(&input, "{\"event\":\"%s\"%s%s", r->event, *r->head ? "," : "", r->head);
    if (r->has_body) {
        buf_adds(&input, ",\"body\":");
        buf_add(&input, r->body.ptr, r->body.len);
    }
    buf_addc(&input, '}');
    buf_clear(&r->printed);
    buf_clear(&r->said);
    tmp = tmp && *tmp == '/' ? tmp : "/tmp";
    char **env = process_env(tmp, false, NULL);
    const struct process_spec spec = {.command = h->command,
                                      .env = env,
                                      .cwd = h->dir,
                                      .tmp = tmp,
                                      .timeout_ms = h->timeout_ms,
                                      .queue = input.len,
                                      .output = hook_on_output,
                                      .errors = hook_on_errors,
                                      .ended = hook_on_ended,
                                      .arg = r,
                                      .input = true};
    r->process = process_start(r->loop, &spec, &e);
    process_env_free(env);
    if (!r->process) {
        log_warn("proxy", "the hook of %s failed: %s: %s", r->event, h->command, e.text);
        return false;
    }
    (void)process_write(r->process, input.ptr, input.len); /* it need not read */
    process_close_input(r->process);
    return true;
}

/* The next that fits, if nothing was refused. */
static void hook_next(struct hook_run *r)
{
    for (; !r->refusal && r->at < r->hooks.count; r->at++)
        if (hook_fits(r, &r->hooks.list[r->at]) && hook_run_one(r, &r->hooks.list[r->at]))
            return;
    r->over = true;
}

struct hook_run *hook_start(struct loop *loop, const struct gateway_hooks *h, const char *event,
                            const char *tool, char *head, const struct buf *body,
                            void (*done)(void *arg), void *arg)
{
    struct hook_run *r = mem_alloc(sizeof *r);
    *r = (struct hook_run){.loop = loop,
                           .hooks = *h,
                           .event = mem_strdup(event),
                           .tool = mem_strdup(tool),
                           .head = head,
                           .has_body = body != NULL,
                           .done = done,
                           .arg = arg};
    if (body)
        buf_add(&r->body, body->ptr, body->len);
    hook_next(r);
    return r;
}

void hook_free(struct hook_run *r)
{
    if (!r)
        return;
    if (r->process)
        process_free(r->process);
    free(r->event);
    free(r->tool);
    free(r->head);
    free(r->refusal);
    buf_fini(&r->body);
    buf_fini(&r->printed);
    buf_fini(&r->said);
    free(r);
}

bool hook_is_over(const struct hook_run *r)
{
    return r->over;
}

const char *hook_refusal(const struct hook_run *r)
{
    return r->refusal;
}

bool hook_take_body(struct hook_run *r, struct buf *out)
{
    if (!r->changed || r->refusal)
        return false;
    buf_fini(out);
    *out = r->body;
    r->body = (struct buf){0};
    return true;
}
