/*
 * yaml - a YAML file as a tree that remembers where everything stood.
 *
 * One document. Anchors and aliases work, to a cap; duplicate keys are refused. Plain
 * scalars keep their text: the reader of a value decides its type.
 */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <cjson/cJSON.h>

#include "base/error.h"

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_SEQ };

struct yaml {
    enum yaml_kind kind;
    int line, col;       /* 1-based */
    const char *file;    /* borrowed from the root */
    bool quoted;         /* a scalar in quotes or a block is a string */
    char *key;           /* in a map: its key */
    char *value;         /* scalar text */
    struct yaml **items; /* children of a map or sequence */
    size_t count;
    char *file_owned; /* root only */
};

/* Parse n bytes; `file` names them in messages ("config.yaml"). An empty document is an
 * empty map. Errors: ERR_CONFIG with file:line. Caller frees with yaml_tree_free. */
NODISCARD struct yaml *yaml_parse(const char *text, size_t n, const char *file, struct error *e);

/* Read and parse a file. ERR_NOT_FOUND if it does not exist. */
NODISCARD struct yaml *yaml_load(const char *path, struct error *e);
/* Not yaml_free: libyaml exports one, which ours would replace inside that library. */
void yaml_tree_free(struct yaml *y);
void yaml_free_ptr(struct yaml **y);
#define AUTO_YAML __attribute__((cleanup(yaml_free_ptr))) struct yaml

/* Child of a map by key; NULL if absent or y is no map. */
const struct yaml *yaml_get(const struct yaml *y, const char *key);
const char *yaml_str(const struct yaml *y, const char *key, const char *fallback);
bool yaml_is_null(const struct yaml *y); /* absent, ~, null or empty and unquoted */
bool yaml_as_int(const struct yaml *y, int64_t *out);
bool yaml_as_num(const struct yaml *y, double *out);
bool yaml_as_bool(const struct yaml *y, bool *out);

/* The same data as JSON, plain scalars typed by the YAML 1.2 core rules. */
cJSON *yaml_to_json(const struct yaml *y);

/* Set *e to ERR_CONFIG "file:line: …" for a node. Returns false. */
bool yaml_error(const struct yaml *y, struct error *e, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
