#include "base/data.h"

#include <string.h>

const struct data_file *data_find(const char *name)
{
    for (const struct data_file *f = data_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}
