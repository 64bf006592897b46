#include "mcp/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/credential.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/yaml.h"

#define FILE_MAX (1u << 20)

static cJSON *load(const char *file, struct error *e)
{
    AUTO(buf) text = {0};
    struct error here = {0};
    if (!file_read(file, &text, FILE_MAX, &here)) {
        if (here.code == ERR_NOT_FOUND)
            return cJSON_CreateObject();
        *e = here;
        return NULL;
    }
    AUTO_YAML *y = yaml_parse(buf_cstr(&text), text.len, file, e);
    cJSON *all = y ? yaml_to_json(y) : NULL;
    if (cJSON_IsObject(all) || e->code)
        return all;
    cJSON_Delete(all);
    return cJSON_CreateObject(); /* an empty file */
}

static void hide(const cJSON *entry)
{
    static const char *const secret[] = {"access_token", "refresh_token", "client_secret"};
    for (size_t i = 0; i < COUNT_OF(secret); i++)
        credential_hide(secret[i], json_str(entry, secret[i], NULL));
}

cJSON *tokens_get(const char *file, const char *url, struct error *e)
{
    AUTO_JSON *all = load(file, e);
    cJSON *entry = all ? cJSON_DetachItemFromObjectCaseSensitive(all, url) : NULL;
    hide(entry);
    return entry;
}

static int lock(const char *file, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s.lock", file);
    AUTO_FREE char *dir = mem_strndup(file, (size_t)(strrchr(file, '/') - file));
    int fd = file_make_dirs(dir, e) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    if (fd < 0 && !e->code)
        error_errno(e, errno, "cannot lock %s", path);
    return fd;
}

bool tokens_put(const char *file, const char *url, cJSON *entry, struct error *e)
{
    AUTO_FD int held = lock(file, e);
    AUTO_JSON *all = held >= 0 ? load(file, e) : NULL;
    hide(entry);
    if (!all) {
        cJSON_Delete(entry);
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(all, url);
    if (entry)
        json_add(all, url, entry);
    AUTO_FREE char *text = json_print_lines(all); /* JSON is YAML */
    return file_write(file, text, strlen(text), e);
}
