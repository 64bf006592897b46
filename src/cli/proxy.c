/* mien proxy: serve, in front or in the background; print the variables that point a client at it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/background.h"
#include "cli/cli.h"
#include "cli/clients.h"
#include "cli/fetch.h"
#include "cli/output.h"
#include "cli/serving.h"
#include "gateway/gateway.h"
#include "llm/keys.h"

#define PROXY_LOG_TAIL 65536 /* bytes of its log that are shown */

static int proxy_background_start(const struct cli *c)
{
    struct background b = {0};
    struct error e = {0};
    bool already = background_find(&b);
    if (!already && !background_start(&b, c, &e))
        return cli_fail(&e);
    output_text(stdout,
                already ? "it runs already: %s (process %d)\n" : "listening on %s (process %d)\n",
                b.url, (int)b.pid);
    background_fini(&b);
    return CLI_OK;
}

static int proxy_background_stop(void)
{
    struct background b;
    struct error e = {0};
    if (!background_find(&b)) {
        output_text(stdout, "no proxy runs in the background\n");
        return CLI_OK;
    }
    bool gone = background_stop(&b, &e);
    background_fini(&b);
    return gone ? CLI_OK : cli_fail(&e);
}

static int proxy_background_status(void)
{
    struct background b;
    if (!background_find(&b)) {
        output_text(stdout, "no proxy runs in the background\n");
        return CLI_FAILED;
    }
    struct fetched f = {0};
    fetch(b.url, "/health", NULL, &f);
    bool answers = f.status == 200;
    buf_fini(&f.body);
    output_text(stdout, "%s (process %d): %s\n", b.url, (int)b.pid,
                answers ? "it answers" : "it does not answer");
    background_fini(&b);
    return answers ? CLI_OK : CLI_FAILED;
}

static int proxy_background_logs(void)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    AUTO_FREE char *path = file_state_path("proxy.log");
    if (!file_read(path, &text, 1u << 30, &e))
        return cli_fail(&e);
    size_t from = text.len > PROXY_LOG_TAIL ? text.len - PROXY_LOG_TAIL : 0;
    output_text(stdout, "%s", buf_cstr(&text) + from);
    return CLI_OK;
}

/* ---- what it does ---- */

static void top_show(const cJSON *stats)
{
    const cJSON *one;
    output_text(stdout, "%-18s %-24s %-10s %-8s %6s %6s %10s %10s %8s %9s %8s\n", "client", "model",
                "mode", "tier", "calls", "errors", "input", "cached", "output", "cost", "first");
    cJSON_ArrayForEach(one, json_get(stats, "clients")) output_text(
        stdout, "%-18s %-24s %-10s %-8s %6lld %6lld %10lld %10lld %8lld %9.4f %5lld ms\n",
        json_str(one, "client", ""), json_str(one, "model", ""), json_str(one, "mode", ""),
        json_str(one, "tier", ""), (long long)json_int(one, "calls", 0),
        (long long)json_int(one, "errors", 0), (long long)json_int(one, "input_tokens", 0),
        (long long)json_int(one, "cached_tokens", 0), (long long)json_int(one, "output_tokens", 0),
        json_num(one, "cost", 0), (long long)json_int(one, "first_ms", 0));
    output_text(stdout, "%lld requests, %lld running\n", (long long)json_int(stats, "requests", 0),
                (long long)json_int(stats, "running", 0));
}

/* Once, or on a terminal each second until it is interrupted. */
static int proxy_top(const struct cli *c)
{
    struct background b = {0};
    struct error e = {0};
    bool running = !c->listen && background_find(&b);
    AUTO_FREE char *base =
        running ? mem_strdup(b.url)
                : mem_printf("http://%s", c->listen ? c->listen : GATEWAY_DEFAULT_LISTEN);
    background_fini(&b);
    for (bool live = isatty(STDOUT_FILENO);;) {
        struct fetched f = {0};
        fetch(base, "/stats", serving_token(c), &f);
        AUTO(buf) body = f.body;
        AUTO_JSON *stats = json_parse(buf_cstr(&body), body.len, NULL);
        if (f.status != 200 || !stats) {
            error_set(&e, ERR_NETWORK, "no proxy answers on %s%s", base,
                      f.status == 401 ? ": it wants its token (MIEN_PROXY_TOKEN)" : "");
            return cli_fail(&e);
        }
        if (live)
            output_raw("\033[H\033[2J");
        top_show(stats);
        if (!output_flush() || !live)
            return CLI_OK;
        struct timespec second = {.tv_sec = 1};
        nanosleep(&second, NULL);
    }
}

/* ---- the variables ---- */

/* In quotes that a shell takes as they are. */
static void print_export(const char *word)
{
    AUTO(buf) line = {0};
    const char *value = strchr(word, '=');
    if (!value) {
        buf_addf(&line, "unset %s\n", word);
    } else {
        buf_addf(&line, "export %.*s=", (int)(value - word), word);
        text_add_quoted(&line, value + 1);
        buf_addc(&line, '\n');
    }
    output_raw(buf_cstr(&line)); /* the token is what is asked for */
}

static int proxy_env(const struct cli *c)
{
    word_list variables = {0};
    struct background b = {0};
    const char *token = serving_token(c);
    bool running = !c->listen && background_find(&b);
    AUTO_FREE char *url =
        running ? mem_strdup(b.url)
                : mem_printf("http://%s", c->listen ? c->listen : GATEWAY_DEFAULT_LISTEN);
    const struct pointing to = {.url = url, .key = token && *token ? token : "mien"};
    client_variables(NULL, &to, &variables);
    for (size_t i = 0; i < variables.len; i++)
        print_export(variables.ptr[i]);
    output_raw("export NO_PROXY=\"${NO_PROXY:+$NO_PROXY,}127.0.0.1,localhost,::1\"\n"
               "export no_proxy=\"${no_proxy:+$no_proxy,}127.0.0.1,localhost,::1\"\n");
    word_list_fini(&variables);
    background_fini(&b);
    return CLI_OK;
}

/* ---- serving ---- */

static int proxy_serve(const struct cli *c)
{
    struct serving_cli s = {0};
    struct error e = {0};
    profile_tiers_add(&s.tiers, NULL);
    if (serving_start(&s, c, c->listen, serving_token(c), false, &e)) {
        output_text(stdout, "listening on %s\n", gateway_url(s.proxy));
        /* Whoever started it waits for that line to know where: without it, it serves nobody. */
        s.over = !output_flush();
        serving_wait(&s);
    } else {
        s.code = cli_fail(&e);
    }
    serving_end(&s);
    return s.code;
}

int cli_proxy(struct cli *c)
{
    const char *verb = c->arg_count ? c->args[0] : "";
    cli_open_log();
    if (!*verb)
        return proxy_serve(c);
    if (strcmp(verb, "env") == 0)
        return proxy_env(c);
    if (strcmp(verb, "run") == 0)
        return cli_run(c);
    if (strcmp(verb, "start") == 0)
        return proxy_background_start(c);
    if (strcmp(verb, "stop") == 0)
        return proxy_background_stop();
    if (strcmp(verb, "status") == 0)
        return proxy_background_status();
    if (strcmp(verb, "logs") == 0)
        return proxy_background_logs();
    if (strcmp(verb, "top") == 0)
        return proxy_top(c);
    return cli_usage("proxy [--listen HOST:PORT] [--token TOKEN] [--session ID] | proxy start|stop|"
                     "status|logs|top | proxy env | proxy run -- COMMAND");
}
