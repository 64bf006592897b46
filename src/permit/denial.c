#include "permit/denial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/sanitize.h"
#include "host/policy.h"
#include "host/secrets.h"

#define LINE_LONG 2000 /* bytes of a line that are looked at */

/* What libraries and programs say when a name cannot be looked up or no way leads there. */
static const char *const no_network[] = {"could not resolve",
                                         "couldn't resolve",
                                         "unable to resolve",
                                         "failed to resolve",
                                         "failure resolving",
                                         "name or service not known",
                                         "failure in name resolution",
                                         "no address associated with hostname",
                                         "failed to lookup address",
                                         "nodename nor servname",
                                         "unknownhostexception",
                                         "eai_again",
                                         "getaddrinfo enotfound",
                                         "getaddrinfo failed",
                                         "network is unreachable",
                                         "network unreachable",
                                         "enetunreach",
                                         "ehostunreach",
                                         "no route to host"};
static const char *const refused[] = {"connection refused", "econnrefused"};
static const char *const read_only[] = {"read-only file system", "erofs"};
static const char *const denied[] = {"permission denied", "eacces", "operation not permitted",
                                     "eperm"};
static const char *const gone[] = {"no such process", "operation not permitted"};

#define SAYS(line, words) says_any((line), (words), COUNT_OF(words))

static bool says_any(const char *line, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasestr(line, words[i]))
            return true;
    return false;
}

static bool has(const struct denial_case *d, enum reach_kind kind)
{
    for (size_t i = 0; d->reach && i < d->reach->items.len; i++)
        if (d->reach->items.ptr[i].kind == kind)
            return true;
    return false;
}

static bool explain(struct buf *out, const char *what, const char *needs)
{
    buf_addf(out, "sandbox: %s; if the task needs that, call again with needs: [\"%s\"] and why",
             what, needs);
    return true;
}

/* ---- files ---- */

/* The directory in which the name would have been written: the nearest above it that exists. */
static char *directory_of(const char *path)
{
    char *at = mem_strdup(path);
    struct stat st;
    while (stat(at, &st) != 0 || !S_ISDIR(st.st_mode)) {
        char *slash = strrchr(at, '/');
        if (!slash)
            break;
        slash[slash == at] = '\0';
    }
    char *real = realpath(at, NULL);
    free(at);
    return real;
}

static bool is_kept_by_us(const char *path)
{
    return strstr(path, "/.git/") || strstr(path, "/.mien") || strstr(path, "/.mcp.json");
}

/* A path that a command was denied: by us, when we could have written there. */
static bool explain_path(const struct denial_case *d, const char *path, bool ro, struct buf *out)
{
    AUTO_FREE char *dir = directory_of(path);
    struct stat st;
    bool device = stat(path, &st) == 0 && S_ISCHR(st.st_mode);
    if (device && path_is_within(path, "/dev"))
        return !ro && !has(d, REACH_DEVICE) && access(path, R_OK | W_OK) == 0 &&
               explain(out, "it keeps devices closed", "device");
    if (!dir)
        return false;
    if (path_is_within(dir, d->cwd)) {
        if (!ro || !is_kept_by_us(path))
            return false;
        buf_adds(out, "sandbox: what git or mien would run is closed to commands, and is not "
                      "opened to any");
        return true;
    }
    struct reach_item want = {REACH_PATH, dir};
    if ((d->reach && reach_covers(d->reach, &want)) || access(dir, W_OK) != 0)
        return false;
    if (secrets_meet(dir) == SECRETS_COVER) {
        buf_adds(out, "sandbox: what holds keys and passwords is closed to commands, and is not "
                      "opened to any");
        return true;
    }
    if (d->level == SANDBOX_LANDLOCK && strstr(path, "/.git/")) {
        /* Landlock has no exceptions: hooks and settings would be open with the rest. */
        buf_adds(out, "sandbox: at level landlock the git directory of a repository around the "
                      "workspace, or of a worktree, is closed to commands; leave the commit to "
                      "the user");
        return true;
    }
    if (d->level == SANDBOX_LANDLOCK &&
        (path_is_within(dir, "/tmp") || path_is_within(dir, "/var/tmp"))) {
        buf_adds(out, "sandbox: of the temporary directories only $TMPDIR can be written here");
        return true;
    }
    AUTO(reach) asked = {0};
    AUTO_FREE char *clean = sanitize_text(dir, SANITIZE_ONE_LINE);
    AUTO_FREE char *what = mem_printf("it keeps %s read-only", clean);
    AUTO_FREE char *needs = mem_printf("path:%s", clean);
    return reach_add(&asked, needs, NULL) && explain(out, what, needs);
}

/* Each word of the line with a '/' in it; *named: there was one. */
static bool explain_paths(const struct denial_case *d, const char *line, bool ro, bool *named,
                          struct buf *out)
{
    static const char ends[] = " \t'\"`:;,()<>[]";
    for (const char *p = line; *p;) {
        size_t n = strcspn(p, ends);
        AUTO_FREE char *word = mem_strndup(p, n);
        AUTO_FREE char *path = *p == '/' ? mem_strdup(word) : mem_printf("%s/%s", d->cwd, word);
        bool is_path = n > 1 && strchr(word, '/');
        *named = *named || is_path;
        if (is_path && explain_path(d, path, ro, out))
            return true;
        p += n + (p[n] != '\0');
    }
    return false;
}

static bool root_is_writable(void)
{
    struct statvfs fs;
    return statvfs("/", &fs) == 0 && !(fs.f_flag & ST_RDONLY);
}

/* ---- the network ---- */

/* Does somebody listen on this port outside? Read, not tried: a visit might mean something. */
static bool port_is_taken(int port)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    char row[300], state[] = " 0A ", at[12];
    bool found = false;
    snprintf(at, sizeof at, ":%04X ", (unsigned)port);
    for (size_t i = 0; i < COUNT_OF(tables) && !found; i++) {
        FILE *f = fopen(tables[i], "re");
        while (f && !found && fgets(row, sizeof row, f))
            found = strstr(row, at) && strstr(row, state) && strstr(row, at) < strstr(row, state);
        if (f)
            fclose(f);
    }
    return found;
}

/* "connect to 127.0.0.1:5432 failed", "localhost port 5432". */
static int loopback_port(const char *line)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "::1"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *at = strcasestr(line, names[i]);
        at = at ? at + strlen(names[i]) : NULL;
        size_t gap = at ? strcspn(at, "0123456789") : 0;
        if (at && at[gap] && gap <= 20) {
            long port = strtol(at + gap, NULL, 10);
            if (port > 0 && port < 65536)
                return (int)port;
        }
    }
    return 0;
}

static bool explain_network(const struct denial_case *d, const char *line, struct buf *out)
{
    if (d->network || has(d, REACH_NETWORK))
        return false;
    if (d->failed && has(d, REACH_HOST) && SAYS(line, no_network))
        return explain(out,
                       "only programs that use the proxy of their environment reach the hosts "
                       "it was given",
                       "network");
    bool socket = d->level == SANDBOX_LANDLOCK && SAYS(line, denied) &&
                  (strcasestr(d->output, "socket") || strcasestr(line, "connect") ||
                   strcasestr(line, "listen") || strcasestr(line, "bind"));
    if (d->failed && (SAYS(line, no_network) || socket))
        return explain(out, socket ? "it lets no socket be opened" : "it keeps the network closed",
                       "network");
    int port = SAYS(line, refused) ? loopback_port(line) : 0;
    if (!port || !port_is_taken(port))
        return false;
    AUTO_FREE char *what =
        mem_printf("what listens on port %d is outside of it, and so is not reached", port);
    return explain(out, what, "network");
}

/* ---- processes ---- */

static bool explain_process(const struct denial_case *d, const char *line, struct buf *out)
{
    const char *paren = strcasestr(line, "kill: (");
    long pid = paren ? strtol(paren + strlen("kill: ("), NULL, 10) : 0;
    bool outside = pid > 1 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
    return !has(d, REACH_TRACE) && SAYS(line, gone) && (strcasestr(line, "ptrace") || outside) &&
           explain(out, "processes outside of the command's own are not in its reach", "trace");
}

/* ---- limits ---- */

static bool explain_limit(struct buf *out, const char *what, const char *setting, int64_t is,
                          const char *unit)
{
    buf_addf(out, "limit: %s (%s: %lld%s, the user's to change)", what, setting, (long long)is,
             unit);
    return true;
}

/* By how it ended. */
static bool explain_end(const struct denial_case *d, struct buf *out)
{
    const struct sandbox_limits *l = d->limits;
    if (l && d->overfilled)
        return explain_limit(out,
                             "it was stopped, for the temporary directory is full; remove "
                             "what is not needed there",
                             "commands.temporary_mb", l->temporary_mb, " MB");
    if (l && l->file_mb && d->code == 128 + SIGXFSZ)
        return explain_limit(out, "it wrote a file that is too large", "commands.file_mb",
                             l->file_mb, " MB");
    if (l && l->cpu_seconds && d->code == 128 + SIGXCPU)
        return explain_limit(out, "it used up its processor time", "commands.cpu_seconds",
                             l->cpu_seconds, " s");
    return false;
}

static bool explain_limit_line(const struct denial_case *d, const char *line, struct buf *out)
{
    static const char *const no_memory[] = {"cannot allocate memory",
                                            "out of memory",
                                            "memoryerror",
                                            "bad_alloc",
                                            "memory exhausted",
                                            "reserveshadowmemoryrange",
                                            "sanitizer failed to allocate"};
    static const char *const no_process[] = {"resource temporarily unavailable",
                                             "can't start new thread", "eagain"};
    static const char *const too_large[] = {"file too large", "file size limit exceeded"};
    const struct sandbox_limits *l = d->limits;
    if (!l || !d->failed)
        return false;
    if (l->memory_mb && SAYS(line, no_memory))
        return explain_limit(out,
                             strcasestr(line, "sanitizer") || strcasestr(line, "shadow")
                                 ? "a sanitizer runs under no limit of memory"
                                 : "a process had no more memory",
                             "commands.memory_mb", l->memory_mb, " MB");
    if (l->processes && d->level == SANDBOX_FULL && geteuid() != 0 && SAYS(line, no_process) &&
        (strcasestr(line, "fork") || strcasestr(line, "thread") || strcasestr(line, "spawn")))
        return explain_limit(out, "there were too many processes", "commands.processes",
                             l->processes, "");
    if (l->file_mb && SAYS(line, too_large))
        return explain_limit(out, "it wrote a file that is too large", "commands.file_mb",
                             l->file_mb, " MB");
    return l->shared_mb && d->level == SANDBOX_FULL && strcasestr(line, "no space left") &&
           strstr(line, "/dev/shm") &&
           explain_limit(out, "/dev/shm is full", "commands.shared_mb", l->shared_mb, " MB");
}

/* ---- all of it ---- */

static bool explain_line(const struct denial_case *d, const char *line, struct buf *out)
{
    if (explain_limit_line(d, line, out))
        return true;
    if (d->level == SANDBOX_NONE || has(d, REACH_TRACE))
        return false;
    bool ro = SAYS(line, read_only), named = false;
    if ((ro || SAYS(line, denied)) && explain_paths(d, line, ro, &named, out))
        return true;
    if (ro && !named && d->failed && root_is_writable())
        return explain(out, "only the workspace and temporary directories can be written",
                       "path:DIR");
    return explain_network(d, line, out) || (d->failed && explain_process(d, line, out));
}

/* coreutils write ‘name’. */
static void unquote(char *line)
{
    for (char *p = line; (p = strstr(p, "\xe2\x80")); p += 2)
        if (p[2] == '\x98' || p[2] == '\x99')
            memset(p, ' ', 3);
}

void denial_explain(const struct denial_case *d, struct buf *line)
{
    struct command_info info;
    command_classify(d->command, d->cwd, &info);
    bool reads = info.class == COMMAND_READS; /* it shows what others said */
    command_info_fini(&info);
    if (reads || explain_end(d, line))
        return;
    if (d->failed && d->refused) {
        AUTO_FREE char *what = mem_printf("%s is not among the hosts it was given", d->refused);
        AUTO_FREE char *needs = mem_printf("network:%s", d->refused);
        explain(line, what, needs);
        return;
    }
    for (const char *s = d->output; *s;) {
        size_t n = strcspn(s, "\n");
        AUTO_FREE char *one = mem_strndup(s, MIN(n, LINE_LONG));
        unquote(one);
        if (explain_line(d, one, line))
            return;
        s += n + (s[n] == '\n');
    }
}
