#include "base/log.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static bool log_verbose;
static VEC(char *) secrets; /* longest first: of two that begin alike the longer is hidden whole */
static bool begins[256];    /* bytes that a secret begins with: nearly none of a text */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_open(const char *path)
{
    const char *debug = getenv("MIEN_DEBUG");
    pthread_mutex_lock(&lock);
    log_verbose = debug && *debug && strcmp(debug, "0") != 0;
    if (log_fd < 0)
        log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    pthread_mutex_unlock(&lock);
}

void log_close(void)
{
    pthread_mutex_lock(&lock);
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
    for (size_t i = 0; i < secrets.len; i++)
        free(secrets.ptr[i]);
    VEC_FREE(&secrets);
    memset(begins, 0, sizeof begins);
    pthread_mutex_unlock(&lock);
}

/* A secret in one of the forms in which it may stand in a text. */
static void add_form(const char *text)
{
    for (size_t i = 0; i < secrets.len; i++)
        if (strcmp(secrets.ptr[i], text) == 0)
            return;
    size_t at = 0, n = strlen(text);
    VEC_PUSH(&secrets, NULL);
    while (at + 1 < secrets.len && strlen(secrets.ptr[at]) >= n)
        at++;
    memmove(secrets.ptr + at + 1, secrets.ptr + at, (secrets.len - 1 - at) * sizeof *secrets.ptr);
    secrets.ptr[at] = mem_strdup(text);
    begins[(unsigned char)*text] = true;
}

#define BASE64_MIN 10 /* less of it could stand for anything */

/* What is the same of its base64 whatever stands around it, by where in a group it begins. */
static void add_base64(const char *secret, size_t shift, const char *last_two)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = strlen(secret), first = (shift * 8 + 5) / 6, end = (shift + n) * 8 / 6;
    AUTO(buf) out = {0};
    for (size_t i = first; i < end; i++) {
        unsigned six = 0;
        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            unsigned char c = (unsigned char)secret[bit / 8 - shift];
            six = six << 1 | (c >> (7 - bit % 8) & 1);
        }
        buf_addc(&out, six < 62 ? digits[six] : last_two[six - 62]);
    }
    if (out.len >= BASE64_MIN)
        add_form(buf_cstr(&out));
}

void log_hide(const char *secret)
{
    if (!secret || strlen(secret) < 8)
        return;
    pthread_mutex_lock(&lock);
    /* As it is, in JSON (an event), and in JSON inside JSON (arguments in an event). */
    AUTO_FREE char *form = mem_strdup(secret);
    for (int level = 0; level < 3; level++) {
        AUTO(buf) quoted = {0};
        add_form(form);
        buf_add_json_str(&quoted, form, strlen(form));
        buf_cut(&quoted, quoted.len - 1);
        mem_replace(&form, buf_cstr(&quoted) + 1);
    }
    for (size_t shift = 0; shift < 3; shift++) {
        add_base64(secret, shift, "+/");
        add_base64(secret, shift, "-_");
    }
    pthread_mutex_unlock(&lock);
}

static size_t secret_at(const char *text, size_t n)
{
    for (size_t i = 0; i < secrets.len; i++) {
        size_t len = strlen(secrets.ptr[i]);
        if (len <= n && memcmp(text, secrets.ptr[i], len) == 0)
            return len;
    }
    return 0;
}

static void mask_locked(struct buf *out, const char *text, size_t n)
{
    size_t plain = 0; /* text from here to i goes out as it is, in one piece */
    for (size_t i = 0; secrets.len && i < n;) {
        size_t hit = begins[(unsigned char)text[i]] ? secret_at(text + i, n - i) : 0;
        if (hit) {
            buf_add(out, text + plain, i - plain);
            buf_adds(out, "[hidden]");
            plain = i + hit;
        }
        i += hit ? hit : 1;
    }
    buf_add(out, text + plain, n - plain);
}

void log_mask(struct buf *out, const char *text, size_t n)
{
    assert(text || !n);
    pthread_mutex_lock(&lock);
    mask_locked(out, text, n);
    pthread_mutex_unlock(&lock);
}

/* How many bytes at the end are the beginning of a secret, and not all of it. */
static size_t open_end(const char *text, size_t n)
{
    size_t longest = secrets.len ? strlen(secrets.ptr[0]) - 1 : 0;
    for (size_t at = n > longest ? n - longest : 0; at < n; at++)
        for (size_t i = 0; begins[(unsigned char)text[at]] && i < secrets.len; i++)
            if (strlen(secrets.ptr[i]) > n - at && memcmp(secrets.ptr[i], text + at, n - at) == 0)
                return n - at;
    return 0;
}

void log_mask_part(struct buf *held, struct buf *out, const char *piece, size_t n)
{
    buf_add(held, piece, n);
    pthread_mutex_lock(&lock);
    size_t open = open_end(buf_cstr(held), held->len);
    mask_locked(out, buf_cstr(held), held->len - open);
    pthread_mutex_unlock(&lock);
    AUTO(buf) rest = {0};
    buf_add(&rest, buf_cstr(held) + held->len - open, open);
    buf_clear(held);
    buf_add(held, buf_cstr(&rest), open);
}

void log_mask_rest(struct buf *held, struct buf *out)
{
    log_mask(out, buf_cstr(held), held->len);
    buf_fini(held);
}

void log_write(enum log_level level, const char *area, const char *fmt, ...)
{
    pthread_mutex_lock(&lock);
    if (log_fd >= 0 && (level > LOG_DEBUG || log_verbose)) {
        AUTO(buf) line = {0}, masked = {0};
        char when[32];
        clock_iso(clock_wall_ms(), when);
        buf_addf(&line, "%s %-5s %s: ", when, level_names[level], area);
        va_list ap;
        va_start(ap, fmt);
        buf_vaddf(&line, fmt, ap);
        va_end(ap);
        buf_addc(&line, '\n');
        mask_locked(&masked, line.ptr, line.len);
        ssize_t written = write(log_fd, masked.ptr, masked.len);
        (void)written; /* a full disk must not stop the program; there is nobody to tell */
    }
    pthread_mutex_unlock(&lock);
}
