#include "llm/models/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define KNOWN_MOST (8 << 20) /* bytes of the file */
#define HEAD "# provider/model window output in out cached sees, by \"mien models update\"\n"

static struct {
    bool read;
    struct buf text; /* begins with a line end */
} known;

void known_forget(void)
{
    buf_fini(&known.text);
    known.read = false;
}

static void known_read(void)
{
    AUTO_FREE char *path = file_config_path("prices.tsv");
    AUTO(buf) text = {0};
    known.read = true;
    if (!file_read(path, &text, KNOWN_MOST, NULL))
        return;
    buf_addc(&known.text, '\n');
    buf_add(&known.text, text.ptr, text.len);
}

bool known_find(const char *provider, const char *upstream, struct known *out)
{
    long long window, output;
    int sees;
    *out = (struct known){0};
    if (!known.read)
        known_read();
    if (!known.text.len)
        return false;
    AUTO_FREE char *key = mem_printf("\n%s/%s\t", provider, upstream);
    const char *at = strstr(buf_cstr(&known.text), key);
    if (!at || sscanf(at + strlen(key), "%lld\t%lld\t%lf\t%lf\t%lf\t%d", &window, &output, &out->in,
                      &out->out, &out->cached, &sees) != 6)
        return false;
    out->window = MAX(window, 0);
    out->output = MAX(output, 0);
    out->sees = sees > 0;
    return true;
}

/* A line of the file, of one entry of the list; false: it is no model that is talked to. */
static bool known_line(struct buf *out, const cJSON *m)
{
    const char *provider = json_str(m, "litellm_provider", NULL);
    const char *mode = json_str(m, "mode", "chat"), *name = m->string;
    if (!cJSON_IsObject(m) || !provider || strpbrk(name, "\t\r\n ") ||
        strpbrk(provider, "\t\r\n /") ||
        (strcmp(mode, "chat") != 0 && strcmp(mode, "responses") != 0))
        return false;
    const char *slash = strchr(name, '/');
    bool prefixed = slash && strncmp(name, provider, (size_t)(slash - name)) == 0 &&
                    strlen(provider) == (size_t)(slash - name);
    buf_addf(out, "%s/%s\t%lld\t%lld\t%.12g\t%.12g\t%.12g\t%d\n", provider,
             prefixed ? slash + 1 : name,
             (long long)json_int(m, "max_input_tokens", json_int(m, "max_tokens", 0)),
             (long long)json_int(m, "max_output_tokens", 0), json_num(m, "input_cost_per_token", 0),
             json_num(m, "output_cost_per_token", 0), json_num(m, "cache_read_input_token_cost", 0),
             json_bool(m, "supports_vision", false));
    return true;
}

bool known_update(const char *json, size_t n, size_t *count, struct error *e)
{
    AUTO_JSON *j = json_parse(json, n, e);
    AUTO(buf) text = {0};
    const cJSON *m;
    *count = 0;
    if (!j)
        return false;
    buf_adds(&text, HEAD);
    for (m = cJSON_IsObject(j) ? j->child : NULL; m; m = m->next)
        *count += known_line(&text, m);
    if (!*count)
        return error_set(e, ERR_PARSE,
                         "it names no model: it is not LiteLLM's list of windows and prices "
                         "(model_prices_and_context_window.json)");
    AUTO_FREE char *path = file_config_path("prices.tsv");
    known_forget();
    return file_write(path, text.ptr, text.len, e);
}
