#include "llm/models/cloud.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *cloud_setting(const struct yaml *params, const char *key, const char *const *env)
{
    const char *v = yaml_str(params, key, NULL);
    if (v && strncmp(v, "os.environ/", 11) == 0)
        v = getenv(v + 11);
    for (; (!v || !*v) && *env; env++)
        v = getenv(*env);
    return v && *v ? v : NULL;
}

static char *cloud_bedrock(const char *upstream, const struct yaml *params)
{
    static const char *const env[] = {"AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION", NULL};
    const char *region = cloud_setting(params, "aws_region_name", env);
    return mem_printf("https://bedrock-runtime.%s.amazonaws.com/%s", region ? region : "us-east-1",
                      strstr(upstream, "claude") ? "anthropic/v1" : "openai/v1");
}

static char *cloud_vertex(const struct yaml *params)
{
    static const char *const projects[] = {"VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT", NULL};
    static const char *const locations[] = {"VERTEXAI_LOCATION", "GOOGLE_CLOUD_LOCATION", NULL};
    const char *project = cloud_setting(params, "vertex_project", projects);
    const char *at = cloud_setting(params, "vertex_location", locations);
    at = at ? at : "global";
    if (!project)
        return NULL;
    return mem_printf(
        "https://%s%saiplatform.googleapis.com/v1/projects/%s/locations/%s/endpoints/openapi",
        strcmp(at, "global") == 0 ? "" : at, strcmp(at, "global") == 0 ? "" : "-", project, at);
}

char *cloud_base(const char *provider, const char *upstream, const struct yaml *params)
{
    if (strcmp(provider, "bedrock") == 0)
        return cloud_bedrock(upstream, params);
    if (strcmp(provider, "vertex_ai") == 0)
        return cloud_vertex(params);
    return NULL;
}

void cloud_path(const char *provider, const char *upstream, const char *base, const char *version,
                char **before, char **behind)
{
    bool azure = strcmp(provider, "azure") == 0;
    base = base ? base : "";
    /* The newer form needs no version; an entry that names one means the older. */
    bool dated = version && *version >= '0' && *version <= '9';
    bool whole = strstr(base, "/openai/deployments/") != NULL, fresh = strstr(base, "/v1") != NULL;
    if (azure && !whole && !fresh && dated)
        *before = mem_printf("/openai/deployments/%s", upstream);
    else
        *before = mem_strdup(azure && !whole && !fresh ? "/openai/v1" : "");
    *behind = azure && dated && !fresh ? mem_printf("?api-version=%s", version) : mem_strdup("");
}
