/*
 * WebToolsBehavior - web_fetch: a page of the web as text. curl fetches it as a command that asks
 * for its host alone, so that the gate, the rules and the filter of run_bash hold here too.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/webtext.h"

#define PAGE_MAX ((size_t)8 << 20) /* bytes fetched */
#define ANSWER_MARK "\n[answer] "  /* status and content type behind it, as curl writes them */
#define PROBLEM_MAX 500            /* bytes of a page that says what is wrong */

struct params {
    int64_t timeout, bytes;
};

// clang-format off
static const struct opt web_params[] = {
    {"timeout", OPT_INT, offsetof(struct params, timeout), .def = "30", .min = 1, .max = 600, .unit = "s",
     .help = "Limit of one page"},
    {"max_bytes", OPT_INT, offsetof(struct params, bytes), .def = "50000", .min = 1000, .max = 1000000, .unit = "bytes",
     .help = "Of text given to the model at once; from= goes on"},
    {0},
};
// clang-format on

/* "host" or "host:port" of an http URL that a shell's single quotes can hold. Caller frees; NULL:
 * it is none. */
static char *web_host(const char *url)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                    : strncasecmp(url, "http://", 7) == 0 ? 7
                                                          : 0;
    for (const char *p = url; *p; p++)
        if (*p == '\'' || !isgraph((unsigned char)*p))
            return NULL;
    size_t n = strcspn(url + scheme, "/?#");
    bool named = scheme && n && !memchr(url + scheme, '@', n);
    return named ? mem_strndup(url + scheme, n) : NULL;
}

struct answer {
    int status; /* 0: there was none */
    bool html;
    char *problem; /* in curl's words, "": none; owned */
};

/* Takes what curl wrote behind the page off it. */
static struct answer web_answer(struct buf *page)
{
    size_t mark = strlen(ANSWER_MARK);
    for (size_t at = page->len; at-- > 0;)
        if (page->len - at >= mark && memcmp(page->ptr + at, ANSWER_MARK, mark) == 0) {
            const char *line = buf_cstr(page) + at + mark, *end = line + strcspn(line, "\n");
            struct answer a = {(int)strtol(line, NULL, 10), strcasestr(line, "html") != NULL,
                               mem_strdup(*end ? end + 1 : "")};
            buf_cut(page, at);
            return a;
        }
    return (struct answer){.problem = mem_strdup("")};
}

static void web_add_text(const struct buf *page, bool html, struct buf *out)
{
    if (html)
        webtext_add(out, buf_cstr(page), page->len);
    else
        utf8_repair(out, buf_cstr(page), page->len);
}

/* The whole of it, from the file where it was longer than what is kept. */
static bool web_take(struct call *c, const struct command_result *r, struct buf *page,
                     struct error *e)
{
    struct file_result f = {0};
    if (r->cut && *r->file)
        return c->host->file_read(c->agent, r->file, PAGE_MAX, page, &f, e);
    buf_add(page, buf_cstr(&r->out), r->out.len);
    return true;
}

/* What a server said of its refusal, or curl of why there was no answer. */
static cJSON *web_problem(const char *host, struct buf *page, const char *denied)
{
    AUTO(buf) text = {0};
    struct answer a = web_answer(page);
    AUTO_FREE char *problem = a.problem;
    if (a.status < 400 && *problem)
        return json_error("%s: %s%s%s", host, problem, *denied ? "\n" : "", denied);
    web_add_text(page, a.html, &text);
    size_t n = utf8_cut(buf_cstr(&text), text.len, MIN(PROBLEM_MAX, text.len));
    return json_error("%s answered %d: %.*s%s%s", host, a.status, (int)n, buf_cstr(&text),
                      *denied ? "\n" : "", denied);
}

static cJSON *web_page(const struct params *p, struct buf *page, size_t from)
{
    AUTO(buf) text = {0};
    struct answer a = web_answer(page);
    free(a.problem);
    web_add_text(page, a.html, &text);
    from = utf8_cut(buf_cstr(&text), text.len, MIN(from, text.len));
    size_t n =
        utf8_cut(buf_cstr(&text) + from, text.len - from, MIN((size_t)p->bytes, text.len - from));
    cJSON *j = json_success();
    json_add_strn(j, "text", buf_cstr(&text) + from, n);
    json_add_int(j, "bytes", (int64_t)text.len);
    if (from + n < text.len)
        json_add_int(j, "next", (int64_t)(from + n));
    return j;
}

static cJSON *web_fetch(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    const char *url = json_str(args, "url", "");
    AUTO_FREE char *host = web_host(url);
    if (!host)
        return json_error("url: begin with http:// or https://, without a user, spaces or quotes");
    AUTO_FREE char *need = mem_printf("network:%s", host);
    AUTO_FREE char *command =
        mem_printf("curl -q -sLg --compressed --max-time %lld --max-filesize %zu --fail-with-body "
                   "-w '\\n[answer] %%{http_code} %%{content_type}\\n%%{errormsg}' -- '%s'",
                   (long long)p->timeout, PAGE_MAX, url);
    AUTO_JSON *needs = cJSON_CreateArray();
    cJSON_AddItemToArray(needs, cJSON_CreateString(need));
    struct command_result r = {0};
    struct error e = {0};
    struct command_spec spec = {.command = command,
                                .timeout_ms = (p->timeout + 5) * 1000,
                                .needs = needs,
                                .why = "read a page of the web"};
    c->host->command_run(c->agent, &spec, &r);
    AUTO(buf) page = {0};
    cJSON *j;
    if (r.refused || r.cancelled || r.timed_out)
        j = json_error("%s", *r.note ? r.note : r.timed_out ? "it took too long" : "stopped");
    else if (r.code == 127)
        j = json_error("curl is not installed here");
    else if (!web_take(c, &r, &page, &e))
        j = json_error("%s", e.text);
    else if (r.code != 0)
        j = web_problem(host, &page, r.denied);
    else
        j = web_page(p, &page, (size_t)MAX(json_int(args, "from", 0), 0));
    command_result_fini(&r);
    return j;
}

static char *web_text(const cJSON *args, const cJSON *result)
{
    const char *text = json_str(result, "text", NULL);
    int64_t next = json_int(result, "next", 0);
    if (!text)
        return NULL;
    return next ? mem_printf("%s\n[%lld of %lld bytes; next: from=%lld]", text, (long long)next,
                             (long long)json_int(result, "bytes", 0), (long long)next)
                : mem_strdup(text);
}

static char *web_about(const cJSON *args)
{
    return mem_strdup(json_str(args, "url", NULL));
}

static const struct tool web_tools[] = {
    {"web_fetch", "Read a page of the web as text.",
     "{\"type\":\"object\",\"properties\":{\"url\":{\"type\":\"string\"},\"from\":{\"type\":"
     "\"integer\","
     "\"description\":\"byte of the text to go on from\"}},\"required\":[\"url\"]}",
     TOOL_EXECUTES, web_fetch, .text = web_text, .about = web_about},
    {0},
};

const struct behavior behavior_web_tools = {
    .type = "WebToolsBehavior",
    .name = "web_tools",
    .help = "Read pages of the web as text",
    .params_size = sizeof(struct params),
    .params = web_params,
    .tools = web_tools,
};
