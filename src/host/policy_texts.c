/* Scripts of sed, awk and jq: known by what cannot stand in one that writes or runs something. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "host/policy_priv.h"

/* /…/ without brackets that could hold the '/', behind the opening one. NULL: it does not end. */
static const char *skip_pattern(const char *p)
{
    for (; *p && *p != '/' && *p != '\n' && *p != '['; p++)
        if (*p == '\\' && !*++p)
            return NULL;
    return *p == '/' ? p + 1 : NULL;
}

static const char *skip_address(const char *p)
{
    if (*p == '/') {
        p = skip_pattern(p + 1);
        return p ? p + strspn(p, "IM") : NULL;
    }
    return *p == '$' ? p + 1 : p + strspn(p, "0123456789~+");
}

/* s/a/b/ with the flags that neither write nor run: not e, not w. */
static const char *skip_substitution(const char *p)
{
    p = p[1] == '/' ? skip_pattern(p + 2) : NULL;
    p = p ? skip_pattern(p) : NULL;
    return p ? p + strspn(p, "gpiI0123456789") : NULL;
}

bool policy_sed_reads(const char *script)
{
    static const char blank[] = " \t";
    for (const char *p = script; *p; p++) {
        p = skip_address(p + strspn(p, blank));
        if (p && *p == ',')
            p = skip_address(p + 1);
        if (!p)
            return false;
        p += strspn(p, blank);
        p += *p == '!';
        if (*p == 's')
            p = skip_substitution(p);
        else if (*p && strchr("pdq=lnN", *p))
            p++;
        else
            return false;
        if (!p)
            return false;
        p += strspn(p, blank);
        if (*p && *p != ';' && *p != '\n')
            return false;
        if (!*p)
            return true;
    }
    return *script != '\0';
}

static bool has_none(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, words[i]))
            return false;
    return true;
}

/* What it loops over by itself may never end. */
bool policy_awk_reads(const char *program)
{
    static const char *const acts[] = {">",       "|",    "<",    "@",    "system",
                                       "getline", "ARGV", "ARGC", "eval", "nextfile",
                                       "while",   "func", ";;"};
    AUTO(buf) packed = {0};
    for (const char *p = program; *p; p++)
        if (!isspace((unsigned char)*p))
            buf_add(&packed, p, 1);
    return has_none(buf_cstr(&packed), acts, COUNT_OF(acts));
}

bool policy_jq_reads(const char *filter)
{
    static const char *const acts[] = {
        "import",  "include", "modulemeta", "input_filename", "get_search_list",
        "$__prog", "repeat",  "infinite",   "while",          "until",
        "def",     "recurse", "range"};
    return has_none(filter, acts, COUNT_OF(acts));
}
