#include "gateway/guard.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Nothing, or a colon and a number. */
static bool guard_is_port(const char *p)
{
    if (!*p)
        return true;
    size_t n = strspn(p + 1, "0123456789");
    return *p == ':' && n > 0 && n <= 5 && !p[1 + n];
}

static bool guard_is_loopback_ip(const char *p, size_t n)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr a;
    if (n >= sizeof text)
        return false;
    memcpy(text, p, n);
    text[n] = '\0';
    return inet_pton(AF_INET, text, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

bool guard_host_is_local(const char *host)
{
    if (!host)
        return false;
    if (strncmp(host, "[::1]", 5) == 0)
        return guard_is_port(host + 5);
    size_t n = strcspn(host, ":");
    bool named = n == 9 && strncasecmp(host, "localhost", 9) == 0;
    return (named || guard_is_loopback_ip(host, n)) && guard_is_port(host + n);
}

bool guard_origin_is_local(const char *origin)
{
    if (!origin)
        return true;
    if (strncmp(origin, "http://", 7) == 0)
        return guard_host_is_local(origin + 7);
    return strncmp(origin, "https://", 8) == 0 && guard_host_is_local(origin + 8);
}

/* Every byte given is looked at, whatever came before. */
static bool guard_same(const char *secret, const char *given)
{
    size_t n = strlen(secret), m = strlen(given);
    volatile unsigned char diff = n != m;
    for (size_t i = 0; i < m; i++)
        diff = (unsigned char)(diff | (given[i] ^ secret[n ? i % n : 0]));
    return diff == 0;
}

static const char *guard_bearer(const char *authorization)
{
    bool bearer =
        authorization && strncasecmp(authorization, "Bearer", 6) == 0 && authorization[6] == ' ';
    return bearer ? authorization + 6 + strspn(authorization + 6, " ") : authorization;
}

char *guard_session(const char *authorization, const char *x_api_key)
{
    const char *const keys[] = {guard_bearer(authorization), x_api_key};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *at = keys[i] ? strrchr(keys[i], '@') : NULL;
        if (at && at[1])
            return mem_strdup(at + 1);
    }
    return NULL;
}

static bool guard_fits(const char *token, const char *key)
{
    const char *at = key ? strrchr(key, '@') : NULL;
    AUTO_FREE char *alone = at ? mem_strndup(key, (size_t)(at - key)) : NULL;
    bool whole = key && guard_same(token, key), part = alone && guard_same(token, alone);
    return whole || part;
}

bool guard_token_ok(const char *token, const char *authorization, const char *x_api_key)
{
    bool by_bearer = guard_fits(token, guard_bearer(authorization));
    bool by_key = guard_fits(token, x_api_key);
    return by_bearer || by_key;
}
