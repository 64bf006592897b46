#include "behaviors/lib/terminal.h"

#include <string.h>

#include "base/buf.h"

cJSON *terminal_result_json(const struct command_result *r)
{
    if (r->refused)
        return json_error("%s", r->note);
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", r->job != 0 || r->code == 0);
    json_add_bool(j, "terminal", true);
    json_add_strn(j, "output", buf_cstr(&r->out), r->out.len);
    json_add_bool(j, "running", r->job != 0);
    json_add_str(j, "name", r->name);
    json_add_str(j, "log_file", r->file);
    if (r->job) {
        json_add_bool(j, "asks", r->asks);
        json_add_int(j, "silent_ms", r->silent_ms);
    } else {
        json_add_int(j, "returncode", r->code);
    }
    return j;
}

char *terminal_result_text(const cJSON *result)
{
    AUTO(buf) out = {0};
    const char *name = json_str(result, "name", "");
    buf_adds(&out, json_str(result, "output", ""));
    if (out.len && out.ptr[out.len - 1] != '\n')
        buf_addc(&out, '\n');
    double silent = (double)json_int(result, "silent_ms", 0) / 1000;
    if (!json_bool(result, "running", false))
        buf_addf(&out, "[%s ended, exit %lld]\n", name,
                 (long long)json_int(result, "returncode", -1));
    else if (json_bool(result, "asks", false))
        buf_addf(&out, "[%s waits for input: send_input]\n", name);
    else
        buf_addf(&out,
                 "[%s is at work, silent for %.1f s: send_input without text waits on, its key "
                 "ctrl-c stops it]\n",
                 name, silent);
    return buf_take(&out);
}

const char *terminal_key(const char *name, char own[static 2])
{
    static const struct {
        const char *name, *bytes;
    } keys[] = {{"enter", "\r"},          {"tab", "\t"},        {"escape", "\033"},
                {"backspace", "\177"},    {"space", " "},       {"up", "\033[A"},
                {"down", "\033[B"},       {"right", "\033[C"},  {"left", "\033[D"},
                {"home", "\033[H"},       {"end", "\033[F"},    {"page-up", "\033[5~"},
                {"page-down", "\033[6~"}, {"delete", "\033[3~"}};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].bytes;
    if (strncmp(name, "ctrl-", 5) != 0 || name[5] < 'a' || name[5] > 'z' || name[6])
        return NULL;
    own[0] = (char)(name[5] & 0x1f);
    own[1] = '\0';
    return own;
}
