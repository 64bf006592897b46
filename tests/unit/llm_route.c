/* The one function that makes a request URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llm/models/models.h"

static void check(const char *base, const char *suffix, const char *want)
{
    struct error e = {0};
    AUTO_FREE char *url = route_url(base, suffix, "/chat/completions", &e);
    if (!url)
        print_message("%s + %s: %s\n", base, suffix ? suffix : "(none)", e.text);
    assert_non_null(url);
    assert_string_equal(url, want);
}

static void refuse(const char *base, const char *suffix, const char *words)
{
    struct error e = {0};
    AUTO_FREE char *url = route_url(base, suffix, "/chat/completions", &e);
    if (url)
        print_message("%s + %s gave %s\n", base, suffix, url);
    assert_null(url);
    assert_int_equal(e.code, ERR_CONFIG);
    if (!strstr(e.text, words))
        print_message("%s\n", e.text);
    assert_non_null(strstr(e.text, words));
}

static void slashes_are_normalised(void **state)
{
    static const char *const bases[] = {"http://h/v1", "http://h/v1/", "http://h/v1//"};
    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        check(bases[i], NULL, "http://h/v1/chat/completions");
        check(bases[i], "", "http://h/v1/chat/completions");
        check(bases[i], "/formal", "http://h/v1/formal/chat/completions");
        check(bases[i], "/formal/", "http://h/v1/formal/chat/completions");
        check(bases[i], "/a/b", "http://h/v1/a/b/chat/completions");
    }
    check("https://h:8443", "/x", "https://h:8443/x/chat/completions");
    check("HTTP://[::1]:80/v1", NULL, "HTTP://[::1]:80/v1/chat/completions");
    check("http://h/v1", "/a.b_c~d-e%20f", "http://h/v1/a.b_c~d-e%20f/chat/completions");
    check("http://h/v1", "/", "http://h/v1/chat/completions");
}

static void base_is_never_changed(void **state)
{
    char base[] = "http://h/v1/";
    for (int i = 0; i < 3; i++)
        check(base, "/formal", "http://h/v1/formal/chat/completions");
    assert_string_equal(base, "http://h/v1/");
}

static void bad_suffixes(void **state)
{
    refuse("http://h", "formal", "start with '/'");
    refuse("http://h", "/../admin", "\"..\"");
    refuse("http://h", "/a/..", "\"..\"");
    refuse("http://h", "/a//b", "\"//\"");
    refuse("http://h", "/a?x=1", "'?'");
    refuse("http://h", "/a#f", "'#'");
    refuse("http://h", "http://evil/", "URL");
    refuse("http://h", "/a b", "only letters");
    refuse("http://h", "/a\nb", "only letters");
    refuse("http://h", "/@evil", "only letters");
    refuse("http://h", "/a%2e%2e/b", "hides");
    refuse("http://h", "/a%2fb", "hides");
    refuse("http://h", "/a%5Cb", "hides");
    refuse("http://h", "/a%00b", "hides");
    refuse("http://h", "/a%252e", "hides");
    refuse("http://h", "/a%zz", "hexadecimal");
    refuse("http://h", "/a%2", "hexadecimal");
    refuse("http://h", "/\xc3\xa9", "only letters");
}

static void bad_bases(void **state)
{
    refuse(NULL, NULL, "api_base");
    refuse("", NULL, "api_base");
    refuse("ftp://h", NULL, "https://");
    refuse("h:80/v1", NULL, "https://");
    refuse("file:///etc/passwd", NULL, "https://");
    refuse("http://", NULL, "no host");
    refuse("http:///v1", NULL, "no host");
    refuse("http://:80/v1", NULL, "no host");
    refuse("http://u:p@h/v1", NULL, "password");
    refuse("http://h/v1?key=1", NULL, "'?'");
    refuse("http://h /v1", NULL, "space");
    refuse("http://h/v1\r\nX: y", NULL, "control");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slashes_are_normalised),
        cmocka_unit_test(base_is_never_changed),
        cmocka_unit_test(bad_suffixes),
        cmocka_unit_test(bad_bases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
