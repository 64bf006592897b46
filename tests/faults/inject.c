/*
 * inject - preloaded: makes one call of the C library fail, as a full machine would.
 *
 * A call is known by its kind and by who called it (a hash of the callers' addresses, so the
 * address space must not be random). FAULT_LIST=FILE writes each such place once, "KIND HASH";
 * FAULT="KIND HASH" fails the first call from there and makes FAULT_HIT. Only the program FAULT_EXE
 * and its forks are concerned.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

#define CALLERS 7 /* so many tell one place from another */
#define PLACES 65536

enum kind { MALLOC, OPEN, FORK, SOCKET, MMAP, READ, WRITE };
static const char *const names[] = {"malloc", "open", "fork", "socket", "mmap", "read", "write"};

static bool active, listing;
static int wanted_kind = -1, list_fd = -1;
static uint64_t wanted;
static atomic_int hit;
static _Atomic uint64_t seen[PLACES];
static _Thread_local bool within; /* what this file does itself is not counted */

struct walk {
    int depth;
    uint64_t hash;
    uintptr_t callers[CALLERS];
};

static _Unwind_Reason_Code walk_frame(struct _Unwind_Context *c, void *arg)
{
    struct walk *w = arg;
    int at = w->depth++ - 2; /* not the frames of this file */
    if (at >= 0) {
        w->callers[at] = _Unwind_GetIP(c);
        w->hash = (w->hash ^ w->callers[at]) * 0x100000001b3u;
    }
    return w->depth < CALLERS + 2 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static bool is_new(uint64_t hash)
{
    for (size_t i = hash % PLACES;; i = (i + 1) % PLACES) {
        uint64_t was = 0;
        if (atomic_compare_exchange_strong(&seen[i], &was, hash))
            return true;
        if (was == hash)
            return false;
    }
}

static void say(const char *path, const char *text)
{
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path,
                                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
                  : list_fd;
    syscall(SYS_write, fd, text, strlen(text));
    if (path)
        syscall(SYS_close, fd);
}

static void say_callers(const struct walk *w)
{
    Dl_info in;
    for (int i = 0; i < CALLERS && w->callers[i]; i++) {
        char line[4200];
        if (dladdr((void *)w->callers[i], &in))
            snprintf(line, sizeof line, "%s %lx\n", in.dli_fname,
                     w->callers[i] - (uintptr_t)in.dli_fbase - 1);
        say(getenv("FAULT_HIT"), line);
    }
}

static __attribute__((noinline)) bool fails(enum kind kind, int error)
{
    if (!active || within || (!listing && (wanted_kind != (int)kind || atomic_load(&hit))))
        return false;
    within = true;
    struct walk w = {.hash = 0xcbf29ce484222325u ^ kind};
    _Unwind_Backtrace(walk_frame, &w);
    bool fail = false;
    if (listing && is_new(w.hash)) {
        char line[64];
        snprintf(line, sizeof line, "%s %016llx\n", names[kind], (unsigned long long)w.hash);
        say(NULL, line);
    } else if (!listing && w.hash == wanted && atomic_exchange(&hit, 1) == 0) {
        say_callers(&w);
        fail = true;
    }
    within = false;
    if (fail)
        errno = error;
    return fail;
}

static __attribute__((constructor)) void start(void)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    const char *mine = getenv("FAULT_EXE"), *list = getenv("FAULT_LIST"), *one = getenv("FAULT");
    if (n <= 0 || !mine)
        return;
    exe[n] = '\0';
    if (strcmp(exe, mine) != 0)
        return;
    if (list) {
        list_fd = (int)syscall(SYS_openat, AT_FDCWD, list,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        int high =
            fcntl(list_fd, F_DUPFD_CLOEXEC, 900); /* out of the way of descriptors that count */
        syscall(SYS_close, list_fd);
        list_fd = high;
        listing = true;
    } else if (one) {
        for (int k = 0; k <= WRITE; k++) {
            size_t len = strlen(names[k]);
            if (strncmp(one, names[k], len) == 0 && one[len] == ' ') {
                wanted_kind = k;
                wanted = strtoull(one + len + 1, NULL, 16);
            }
        }
    }
    active = listing || wanted_kind >= 0;
}

#define REAL(type, name, ...)                      \
    static type (*real)(__VA_ARGS__);              \
    if (!real) {                                   \
        bool was = within;                         \
        within = true;                             \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
        within = was;                              \
    }

/* glibc's own names: dlsym itself allocates. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t n)
{
    return fails(MALLOC, ENOMEM) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t each)
{
    return fails(MALLOC, ENOMEM) ? NULL : __libc_calloc(n, each);
}

void *realloc(void *p, size_t n)
{
    return fails(MALLOC, ENOMEM) ? NULL : __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t each)
{
    size_t all;
    if (__builtin_mul_overflow(n, each, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return fails(MALLOC, ENOMEM) ? NULL : __libc_realloc(p, all);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    if (fails(MALLOC, ENOMEM) || !(*p = __libc_memalign(align, n)))
        return ENOMEM;
    return 0;
}

#define OPEN_LIKE(name, first_args, first_names)                                     \
    int name(first_args, int flags, ...)                                             \
    {                                                                                \
        REAL(int, name, first_args, int, ...)                                        \
        va_list ap;                                                                  \
        va_start(ap, flags);                                                         \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? (mode_t)va_arg(ap, int) : 0; \
        va_end(ap);                                                                  \
        return fails(OPEN, EMFILE) ? -1 : real(first_names, flags, mode);            \
    }
#define COMMA ,
OPEN_LIKE(open, const char *path, path)
OPEN_LIKE(open64, const char *path, path)
OPEN_LIKE(openat, int dir COMMA const char *path, dir COMMA path)
OPEN_LIKE(openat64, int dir COMMA const char *path, dir COMMA path)

FILE *fopen(const char *path, const char *mode)
{
    REAL(FILE *, fopen, const char *, const char *)
    return fails(OPEN, EMFILE) ? NULL : real(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    REAL(FILE *, fopen64, const char *, const char *)
    return fails(OPEN, EMFILE) ? NULL : real(path, mode);
}

/* What has no function of its own: openat2, pidfd_open, clone3, mounts … */
long syscall(long number, ...)
{
    REAL(long, syscall, long, ...)
    va_list ap;
    va_start(ap, number);
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    if ((number == SYS_openat2 && fails(OPEN, EMFILE)) ||
        (number == SYS_pidfd_open && fails(OPEN, EMFILE)) ||
        ((number == SYS_clone || number == SYS_clone3) && fails(FORK, EAGAIN)))
        return -1;
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

pid_t fork(void)
{
    REAL(pid_t, fork, void)
    return fails(FORK, EAGAIN) ? -1 : real();
}

int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg)
{
    REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
    return fails(FORK, EAGAIN) ? EAGAIN : real(t, a, run, arg);
}

int socket(int domain, int type, int protocol)
{
    REAL(int, socket, int, int, int)
    return fails(SOCKET, EMFILE) ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fd[2])
{
    REAL(int, socketpair, int, int, int, int *)
    return fails(SOCKET, EMFILE) ? -1 : real(domain, type, protocol, fd);
}

int pipe2(int fd[2], int flags)
{
    REAL(int, pipe2, int *, int)
    return fails(SOCKET, EMFILE) ? -1 : real(fd, flags);
}

int pipe(int fd[2])
{
    REAL(int, pipe, int *)
    return fails(SOCKET, EMFILE) ? -1 : real(fd);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t from)
{
    REAL(void *, mmap, void *, size_t, int, int, int, off_t)
    return fails(MMAP, ENOMEM) ? MAP_FAILED : real(at, n, protection, flags, fd, from);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t from)
{
    REAL(void *, mmap64, void *, size_t, int, int, int, off64_t)
    return fails(MMAP, ENOMEM) ? MAP_FAILED : real(at, n, protection, flags, fd, from);
}

ssize_t read(int fd, void *to, size_t n)
{
    REAL(ssize_t, read, int, void *, size_t)
    return fails(READ, EIO) ? -1 : real(fd, to, n);
}

ssize_t pread(int fd, void *to, size_t n, off_t from)
{
    REAL(ssize_t, pread, int, void *, size_t, off_t)
    return fails(READ, EIO) ? -1 : real(fd, to, n, from);
}

ssize_t pread64(int fd, void *to, size_t n, off64_t from)
{
    REAL(ssize_t, pread64, int, void *, size_t, off64_t)
    return fails(READ, EIO) ? -1 : real(fd, to, n, from);
}

ssize_t write(int fd, const void *from, size_t n)
{
    REAL(ssize_t, write, int, const void *, size_t)
    return fails(WRITE, ENOSPC) ? -1 : real(fd, from, n);
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t to)
{
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
    return fails(WRITE, ENOSPC) ? -1 : real(fd, from, n, to);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t to)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)
    return fails(WRITE, ENOSPC) ? -1 : real(fd, from, n, to);
}

ssize_t writev(int fd, const struct iovec *from, int n)
{
    REAL(ssize_t, writev, int, const struct iovec *, int)
    return fails(WRITE, ENOSPC) ? -1 : real(fd, from, n);
}

int fsync(int fd)
{
    REAL(int, fsync, int)
    return fails(WRITE, EIO) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(int, fdatasync, int)
    return fails(WRITE, EIO) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *)
    return fails(WRITE, ENOSPC) ? -1 : real(from, to);
}

int renameat(int a, const char *from, int b, const char *to)
{
    REAL(int, renameat, int, const char *, int, const char *)
    return fails(WRITE, ENOSPC) ? -1 : real(a, from, b, to);
}
