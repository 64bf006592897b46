#include "base/credential.h"

#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define RANDOM_LEN 20 /* shorter ones are words with a number more often than keys */

static bool name_says_so(const char *name)
{
    static const char *const parts[] = {"key",  "token",  "secret", "passw", "auth", "credential",
                                        "cred", "cookie", "bearer", "pwd",   "sig",  "session"};
    for (size_t i = 0; name && i < COUNT_OF(parts); i++)
        if (strcasestr(name, parts[i]))
            return true;
    return false;
}

static bool looks_random(const char *s)
{
    size_t n = strlen(s), digits = 0, letters = 0;
    for (size_t i = 0; i < n; i++) {
        digits += isdigit((unsigned char)s[i]) != 0;
        letters += isalpha((unsigned char)s[i]) != 0;
    }
    return n >= RANDOM_LEN && digits >= 3 && letters >= 3 && !strpbrk(s, " /\\:.,");
}

void credential_hide(const char *name, const char *value)
{
    const char *space = value ? strrchr(value, ' ') : NULL;
    const char *bare = space ? space + 1 : value;
    if (!value || (!name_says_so(name) && !looks_random(bare)))
        return;
    log_hide(value);
    log_hide(bare);
}

void credential_hide_url(const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host)
        return;
    host += 3;
    const char *end = host + strcspn(host, "/?#");
    const char *at = memrchr(host, '@', (size_t)(end - host));
    const char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
    if (at) {
        AUTO_FREE char *user = mem_strndup(host, (size_t)((colon ? colon : at) - host));
        credential_hide(colon ? NULL : "token", user);
    }
    if (colon) {
        AUTO_FREE char *password = mem_strndup(colon + 1, (size_t)(at - colon - 1));
        log_hide(password);
    }
    const char *p = strchr(url, '?');
    while (p && *p && *p != '#') {
        p++;
        size_t n = strcspn(p, "&#"), name = strcspn(p, "=&#");
        AUTO_FREE char *key = mem_strndup(p, name);
        AUTO_FREE char *value = name < n ? mem_strndup(p + name + 1, n - name - 1) : NULL;
        credential_hide(key, value);
        p += n;
    }
}

void credential_hide_word(const char *before, const char *word)
{
    const char *equals = strchr(word, '=');
    if (strstr(word, "://"))
        credential_hide_url(word);
    else if (equals) {
        AUTO_FREE char *name = mem_strndup(word, (size_t)(equals - word));
        credential_hide(name, equals + 1);
    } else if (*word != '-')
        credential_hide(before && *before == '-' ? before : NULL, word);
}
