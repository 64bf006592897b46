/* route: whatever suffix is accepted, the URL stays on its host and beneath its base. */
#include "fuzz.h"

#include "llm/models/models.h"

static const char base[] = "https://api.example:8443/v1";

static void claim_path(const char *url, const char *path)
{
    CLAIM(!strpbrk(path, "?#@\\ \t\r\n") && !strstr(path, "//") && !strstr(path, ".."), "%s", url);
    for (const char *p = path; *p; p++) {
        CLAIM((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f, "%s", url);
        /* An encoded dot, slash or control would be one to the server. */
        CLAIM(*p != '%' || (strncasecmp(p, "%2e", 3) && strncasecmp(p, "%2f", 3) &&
                            strncasecmp(p, "%5c", 3) && p[1] >= '2'),
              "%s", url);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *suffix = fuzz_part(&data, &size);
    AUTO_FREE char *other = fuzz_part(&data, &size);
    struct error e = {0};
    AUTO_FREE char *url = route_url(base, suffix, "/chat/completions", &e);
    CLAIM((url != NULL) == route_check_suffix(suffix, &e), "the check and the URL disagree");
    CLAIM(url || e.text[0], "refused without a word");
    if (url) {
        CLAIM(strncmp(url, base, sizeof base - 1) == 0 && url[sizeof base - 1] == '/', "%s", url);
        claim_path(url, url + sizeof base - 1);
    }
    /* Any base: the authority of the URL is that of the base, to the byte. */
    AUTO_FREE char *free_url = route_url(other, suffix, "/x", &e);
    if (free_url) {
        const char *host = strstr(other, "://");
        CLAIM(host, "%s", other);
        size_t n = (size_t)(host - other) + 3 + strcspn(host + 3, "/");
        CLAIM(strncmp(free_url, other, n) == 0 && free_url[n] == '/', "%s became %s", other,
              free_url);
        CLAIM(!memchr(free_url, '@', n), "a user in %s", free_url);
    }
    return 0;
}
