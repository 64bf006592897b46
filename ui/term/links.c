#include "ui/term/links.h"

#include <string.h>

#include "base/mem.h"

static struct {
    char *urls[256]; /* 0 is none */
    uint8_t known;
} links;

static bool link_may_lead(const char *url, size_t n)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:"};
    if (n > LINK_URL_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)url[i] <= ' ' || (unsigned char)url[i] >= 0x7f)
            return false;
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (n > len && strncmp(url, schemes[i], len) == 0)
            return true;
    }
    return false;
}

uint8_t link_number(const char *url, size_t n)
{
    if (!link_may_lead(url, n))
        return 0;
    for (unsigned i = 1; i <= links.known; i++)
        if (strlen(links.urls[i]) == n && memcmp(links.urls[i], url, n) == 0)
            return (uint8_t)i;
    if (links.known == UINT8_MAX)
        return 0;
    links.urls[++links.known] = mem_strndup(url, n);
    return links.known;
}

const char *link_url(uint8_t number)
{
    return links.urls[number];
}
