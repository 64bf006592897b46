/*
 * ImagesBehavior - one tool that shows the model an image or a document of the workspace. It is
 * offered to models that take images; for others it costs nothing.
 */
#include "base/media.h"
#include "base/mem.h"
#include "behaviors/behavior.h"

/* The engine reads the file and looks at what it is. */
static cJSON *view_image(struct call *c, const cJSON *args)
{
    (void)c;
    cJSON *result = json_success(), *one = cJSON_CreateObject();
    json_add_str(one, "path", json_str(args, "path", ""));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "media"), one);
    return result;
}

/* The words for what is shown stand behind it. */
static char *view_text(const cJSON *args, const cJSON *result)
{
    (void)args;
    return json_get(result, "error") ? NULL : mem_strdup("");
}

static const struct tool images_tools[] = {
    {"view_image", "Look at an image (PNG, JPEG, GIF, WebP) or a PDF of the workspace.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}},\"required\":[\"path\"]"
     "}",
     TOOL_READS | TOOL_PARALLEL | TOOL_SEES, view_image, .text = view_text},
    {0}};

const struct behavior behavior_images = {
    .type = "ImagesBehavior",
    .name = "images",
    .help = "Shows the model images and PDFs of the workspace, where it takes them",
    .tools = images_tools,
};
