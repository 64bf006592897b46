/* mcp: whatever a server answers to tools/call, a model is told success or an error, in text. */
#include "fuzz.h"

#include "base/json.h"
#include "base/utf8.h"
#include "mcp/mcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e = {0};
    AUTO_JSON *result = json_parse((const char *)data, size, &e);
    if (!result)
        return 0;
    AUTO_JSON *told = mcp_content(result);
    bool failed = json_bool(result, "isError", false);
    const char *text = json_str(told, failed ? "error" : "content", NULL);
    CLAIM(cJSON_IsBool(json_get(told, "success")), "no success");
    CLAIM(json_bool(told, "success", failed) == !failed, "success and isError");
    CLAIM(text, "no text");
    CLAIM(!failed || *text, "an error without a word");
    AUTO_FREE char *printed = json_print(told);
    CLAIM(printed, "it cannot be sent on");
    return 0;
}
