/* Behaviors written in Python. */
#include "engine/types.h"

const struct behavior *python_type(const char *path, const char *type, struct error *e)
{
    error_set(e, ERR_CONFIG, "%s: behaviors in Python cannot be loaded yet", path);
    return NULL;
}
