#include "base/log.h"

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
static VEC(char *) secrets;

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
    pthread_mutex_unlock(&lock);
}

void log_hide(const char *secret)
{
    if (!secret || strlen(secret) < 8)
        return;
    pthread_mutex_lock(&lock);
    bool known = false;
    for (size_t i = 0; i < secrets.len; i++)
        known |= strcmp(secrets.ptr[i], secret) == 0;
    if (!known)
        VEC_PUSH(&secrets, mem_strdup(secret));
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
    if (secrets.len == 0) {
        buf_add(out, text, n);
        return;
    }
    for (size_t i = 0; i < n;) {
        size_t hit = secret_at(text + i, n - i);
        if (hit)
            buf_adds(out, "[hidden]");
        else
            buf_addc(out, text[i]);
        i += hit ? hit : 1;
    }
}

void log_mask(struct buf *out, const char *text, size_t n)
{
    pthread_mutex_lock(&lock);
    mask_locked(out, text, n);
    pthread_mutex_unlock(&lock);
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
