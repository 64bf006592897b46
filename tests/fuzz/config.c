/*
 * Files the user or a project writes: YAML itself, config.yaml, models.yaml, a playbook. Every
 * refusal says where.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "base/yaml.h"
#include "config/config.h"
#include "llm/models/models.h"
#include "llm/playbook/playbook.h"

static void claim_place(const struct error *e, const char *file)
{
    CLAIM(strncmp(e->text, file, strlen(file)) == 0 && e->text[strlen(file)] == ':',
          "the error does not say where: %s", e->text);
}

static void yaml(const char *text, size_t n)
{
    struct error e = {0};
    AUTO_YAML *y = yaml_parse(text, n, "f.yaml", &e);
    if (!y) {
        claim_place(&e, "f.yaml");
        return;
    }
    AUTO_JSON *j = yaml_to_json(y);
    AUTO_FREE char *printed = json_print(j);
    AUTO_JSON *again = json_parse(printed, strlen(printed), &e);
    CLAIM(again, "YAML became JSON that does not parse: %s: %s", e.text, printed);
}

static void config(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = fuzz_text(data, size);
    struct config c;
    struct error e = {0};
    config_init(&c);
    if (!config_load_text(&c, text, "f.yaml", &e))
        claim_place(&e, "f.yaml");
    config_fini(&c);
}

/* These two read files: the text lies in one without a name. */
static void file(const uint8_t *data, size_t size, bool models)
{
    int fd = memfd_create("f", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    AUTO_FREE char *path = mem_printf("/proc/self/fd/%d", fd);
    struct error e = {0};
    if (models) {
        struct models *m = models_load(NULL, NULL, path, &e);
        CLAIM(m || e.text[0], "refused without a word");
        for (size_t i = 0; m && i < models_count(m); i++)
            CLAIM(models_at(m, i)->name && *models_at(m, i)->name, "a model without a name");
        if (m)
            models_free(m);
    } else {
        struct yaml *y = playbook_load(path, &e);
        CLAIM(y || e.text[0], "refused without a word");
        yaml_tree_free(y);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    unsigned what = *data++;
    size--;
    switch (what % 4) {
    case 0:
        yaml((const char *)data, size);
        break;
    case 1:
        config(data, size);
        break;
    default:
        file(data, size, what % 4 == 2);
    }
    return 0;
}
