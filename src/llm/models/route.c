#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "llm/models/models.h"

static bool route_is_hex2(const char *p)
{
    return isxdigit((unsigned char)p[0]) && isxdigit((unsigned char)p[1]);
}

/* %2e%2e is ".." and %2f is "/" to a server, so they are judged as such. */
static char route_decode(const char *p)
{
    const char hex[3] = {p[1], p[2], '\0'};
    return (char)strtol(hex, NULL, 16);
}

static bool route_bad(const char *suffix, const char *why, struct error *e)
{
    return error_set(e, ERR_CONFIG, "route suffix \"%.100s\" %s", suffix, why);
}

static bool route_check_char(const char *suffix, const char *p, struct error *e)
{
    if (*p == '?' || *p == '#')
        return route_bad(suffix, "must not hold '?' or '#': it is a path, nothing more", e);
    if (*p == '%') {
        if (!route_is_hex2(p + 1))
            return route_bad(suffix, "has a '%' that two hexadecimal digits do not follow", e);
        unsigned char c = (unsigned char)route_decode(p);
        if (c < 0x20 || c == 0x7f || strchr("./\\?#%", c))
            return route_bad(suffix, "hides a dot, slash or control character behind '%'", e);
        return true;
    }
    if (isalnum((unsigned char)*p) || strchr("._~/-", *p))
        return true;
    return route_bad(suffix, "may hold only letters, digits, . _ ~ / - and %XX", e);
}

bool route_check_suffix(const char *suffix, struct error *e)
{
    if (!suffix || !*suffix)
        return true;
    if (strstr(suffix, "://"))
        return route_bad(suffix, "is a URL; give only the path to add, like /formal", e);
    if (*suffix != '/')
        return route_bad(suffix, "must start with '/'", e);
    for (const char *p = suffix; *p; p += *p == '%' ? 3 : 1)
        if (!route_check_char(suffix, p, e))
            return false;
    if (strstr(suffix, "//"))
        return route_bad(suffix, "must not hold \"//\"", e);
    if (strstr(suffix, ".."))
        return route_bad(suffix, "must not hold \"..\"", e);
    return true;
}

static bool route_check_base(const char *base, struct error *e)
{
    if (!base || !*base)
        return error_set(e, ERR_CONFIG,
                         "no api_base: say where the server is, like "
                         "api_base: http://127.0.0.1:8080/v1");
    const char *host = strncasecmp(base, "https://", 8) == 0  ? base + 8
                       : strncasecmp(base, "http://", 7) == 0 ? base + 7
                                                              : NULL;
    if (!host)
        return error_set(e, ERR_CONFIG, "api_base \"%.200s\" must start with https:// or http://",
                         base);
    size_t n = strcspn(host, "/?#");
    if (n == 0 || *host == ':')
        return error_set(e, ERR_CONFIG, "api_base \"%.200s\" names no host", base);
    if (memchr(host, '@', n))
        return error_set(e, ERR_CONFIG, "api_base must not hold a user or password; use api_key");
    for (const char *p = base; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '"' || *p == '\\')
            return error_set(e, ERR_CONFIG,
                             "api_base \"%.200s\" holds a space or control "
                             "character",
                             base);
    if (strpbrk(host, "?#"))
        return error_set(e, ERR_CONFIG, "api_base \"%.200s\" must not hold '?' or '#'", base);
    return true;
}

/* Append a path piece with one slash before it and none after. */
static void route_join(struct buf *url, const char *piece)
{
    while (url->len && url->ptr[url->len - 1] == '/')
        buf_cut(url, url->len - 1);
    if (!piece || !*piece)
        return;
    buf_addc(url, '/');
    buf_adds(url, piece + strspn(piece, "/"));
    while (url->ptr[url->len - 1] == '/')
        buf_cut(url, url->len - 1);
}

char *route_url(const char *base, const char *suffix, const char *path, struct error *e)
{
    if (!route_check_base(base, e) || !route_check_suffix(suffix, e))
        return NULL;
    AUTO(buf) url = {0};
    buf_adds(&url, base);
    route_join(&url, suffix);
    route_join(&url, path);
    return buf_take(&url);
}

char *route_root(const char *base)
{
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    if (n > 3 && memcmp(base + n - 3, "/v1", 3) == 0)
        n -= 3;
    return mem_strndup(base, n);
}
