/* Finding out which revision and which transport a server speaks. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "mcp/mcp_priv.h"

#define NEWEST "2025-11-25"
#define MODERN "2026-07-28"

enum { UNSUPPORTED_VERSION = -32022 };

static bool version_known(const char *v)
{
    static const char *const known[] = {"2024-11-05", "2025-03-26", "2025-06-18", NEWEST, MODERN};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i], v) == 0)
            return true;
    return false;
}

/* What it says of itself, in either era. */
static void take_abilities(struct mcp *m, const cJSON *result)
{
    const cJSON *can = json_get(result, "capabilities");
    m->has_prompts = json_get(can, "prompts") != NULL;
    m->has_resources = json_get(can, "resources") != NULL;
}

static bool take_modern(struct mcp *m, const cJSON *error)
{
    const cJSON *v, *list = json_get(json_get(error, "data"), "supported");
    if (json_int(error, "code", 0) != UNSUPPORTED_VERSION)
        return false;
    cJSON_ArrayForEach(v, list)
    {
        if (cJSON_IsString(v) && strcmp(v->valuestring, MODERN) == 0)
            m->modern = true;
    }
    snprintf(m->version, sizeof m->version, "%s", MODERN);
    if (m->http && m->modern)
        mcp_http_version(m->http, m->version, true);
    return m->modern;
}

bool mcp_shake_hands(struct mcp *m, struct error *e)
{
    cJSON *params = cJSON_CreateObject();
    json_add_str(params, "protocolVersion", NEWEST);
    json_add(params, "capabilities", mcp_can(m));
    json_add(params, "clientInfo", mcp_client_info());
    cJSON *answer = mcp_ask(m, "initialize", params, m->c.open_ms, e);
    if (!answer)
        return false;
    if (take_modern(m, json_get(answer, "error"))) {
        cJSON_Delete(answer);
        return true;
    }
    AUTO_JSON *result = mcp_result_of(m, answer, e);
    if (!result)
        return false;
    take_abilities(m, result);
    snprintf(m->version, sizeof m->version, "%s", json_str(result, "protocolVersion", ""));
    if (!version_known(m->version)) {
        AUTO_FREE char *what = mem_printf("speaks a revision mien does not know: %s", m->version);
        return mcp_fail(m, ERR_PARSE, e, what);
    }
    if (m->http)
        mcp_http_version(m->http, m->version, false);
    mcp_notify(m, "notifications/initialized", NULL);
    return true;
}

/* Wait until the older transport knows where messages go. */
static bool wait_ready(struct mcp *m, struct error *e)
{
    int64_t until = clock_ms() + m->c.open_ms;
    while (!mcp_http_ready(m->http)) {
        if (m->ended)
            return mcp_fail(m, ERR_NETWORK, e, m->broken);
        if (m->c.stopped && m->c.stopped(m->c.arg))
            return error_set(e, ERR_CANCELED, "interrupted");
        if (clock_ms() >= until)
            return mcp_fail(m, ERR_TIMEOUT, e, "did not say where it takes messages");
        loop_step(m->loop, until);
    }
    return true;
}

static bool discover(struct mcp *m, struct error *e)
{
    m->modern = true;
    snprintf(m->version, sizeof m->version, "%s", MODERN);
    cJSON *answer = mcp_ask(m, "server/discover", NULL, m->c.open_ms, e);
    AUTO_JSON *result = answer ? mcp_result_of(m, answer, e) : NULL;
    take_abilities(m, result);
    const cJSON *v;
    cJSON_ArrayForEach(v, json_get(result, "supportedVersions"))
    {
        if (cJSON_IsString(v) && strcmp(v->valuestring, MODERN) == 0)
            return true;
    }
    return false;
}

bool mcp_handshake(struct mcp *m, struct error *e)
{
    struct error second = {0};
    if (mcp_shake_hands(m, e))
        return true;
    if (e->code == ERR_CANCELED || e->code == ERR_TIMEOUT)
        return false;
    if (m->http && m->failure == MCP_HTTP_OLD) {
        m->ended = false;
        mcp_http_turn_old(m->http);
        return wait_ready(m, &second) && mcp_shake_hands(m, &second);
    }
    return m->lines && mcp_connect(m, &second) && discover(m, &second);
}

void mcp_listen(struct mcp *m)
{
    if (m->modern) {
        cJSON *params = cJSON_CreateObject();
        json_add_bool(cJSON_AddObjectToObject(params, "notifications"), "toolsListChanged", true);
        mcp_add_meta(m, params, ++m->next_id);
        AUTO_JSON *j = mcp_message("subscriptions/listen", params);
        json_add_int(j, "id", m->next_id);
        mcp_send(m, j, true); /* a server need not have it */
    } else if (m->http && strcmp(m->version, "2024-11-05") != 0) {
        mcp_http_listen(m->http);
    }
}
