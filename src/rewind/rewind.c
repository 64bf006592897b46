#include "rewind/rewind.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#define FULL_EVERY 20 /* looks by what the watch knows between two full ones */

struct job {
    rewind_work *fn;
    void *arg;
    struct snapshot_line line; /* without fn: a snapshot */
    bool full;
};

struct rewind {
    struct rewind_spec spec;
    char *dir, *root;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows, up to the thread's own */
    pthread_cond_t work;
    VEC(struct job) jobs;
    int64_t asked, done;
    bool ends;
    atomic_bool hurry; /* what is not begun yet, or would be the first, is not made any more */
    atomic_bool taken; /* the first one was */
    char *word;
    /* The thread's own. */
    struct snapshots s;
    bool opened, open, told_left; /* opened: it was tried */
    int looks;
};

static void say(struct rewind *r, char *word)
{
    pthread_mutex_lock(&r->lock);
    free(r->word);
    r->word = word;
    pthread_mutex_unlock(&r->lock);
}

static void off(struct rewind *r, const struct error *e)
{
    if (r->open)
        snapshots_fini(&r->s);
    r->open = false;
    say(r, mem_printf("files are not kept for /rewind here: %s", e->text));
}

/* Once: a list of names that grows would be told with every round. */
static void tell_left(struct rewind *r)
{
    const char *first;
    int64_t n = look_left(r->s.look, &first);
    if (r->told_left || n == 0)
        return;
    r->told_left = true;
    say(r, mem_printf(
               "/rewind does not bring back %lld file%s of this workspace that cannot be read or "
               "are larger than %lld MB: %s%s",
               (long long)n, n == 1 ? "" : "s", (long long)(LOOK_FILE_MAX >> 20), first,
               n == 1 ? "" : ", ..."));
}

static void take(struct rewind *r, const struct job *j)
{
    struct error e = {0};
    bool made, full = j->full || ++r->looks >= FULL_EVERY;
    if (!r->open)
        return;
    if (full)
        r->looks = 0;
    if (snapshots_take(&r->s, &j->line, full, &made, &e)) {
        atomic_store(&r->taken, true);
        tell_left(r);
    } else {
        off(r, &e);
    }
}

static void finish_old(struct rewind *r)
{
    struct error e = {0};
    struct restored left = {0};
    (void)restore_finish(r->dir, r->root, &left, &e);
    if (left.files)
        say(r, mem_printf("going back was cut short; the rest is done now: %lld files",
                          (long long)left.files));
    restored_fini(&left);
}

/* With the first work: a goal that is answered in words needs none. */
static void open_store(struct rewind *r)
{
    struct error e = {0};
    r->opened = true;
    r->open = snapshots_open(&r->s, r->dir, r->root, &e);
    if (r->open)
        look_set_stop(r->s.look, &r->hurry);
    else
        off(r, &e);
}

static void *run(void *arg)
{
    struct rewind *r = arg;
    finish_old(r);
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!r->jobs.len && !r->ends)
            pthread_cond_wait(&r->work, &r->lock);
        if (!r->jobs.len)
            break;
        struct job j = r->jobs.ptr[0];
        memmove(r->jobs.ptr, r->jobs.ptr + 1, --r->jobs.len * sizeof j);
        pthread_mutex_unlock(&r->lock);
        if (!r->opened)
            open_store(r);
        if (j.fn)
            j.fn(j.arg, r->open ? &r->s : NULL);
        else
            take(r, &j);
        pthread_mutex_lock(&r->lock);
        r->done++;
        r->spec.wake(r->spec.arg);
    }
    pthread_mutex_unlock(&r->lock);
    if (r->open)
        snapshots_fini(&r->s);
    return NULL;
}

struct rewind *rewind_new(const struct rewind_spec *spec)
{
    struct rewind *r = mem_alloc(sizeof *r);
    sigset_t all, old;
    *r = (struct rewind){
        .spec = *spec, .dir = mem_strdup(spec->dir), .root = mem_strdup(spec->root)};
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&r->thread, NULL, run, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc == 0)
        return r;
    free(r->dir);
    free(r->root);
    free(r);
    return NULL;
}

void rewind_free(struct rewind *r)
{
    if (!r)
        return;
    if (!atomic_load(&r->taken))
        atomic_store(&r->hurry, true);
    pthread_mutex_lock(&r->lock);
    r->ends = true;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->work);
    VEC_FREE(&r->jobs);
    free(r->word);
    free(r->dir);
    free(r->root);
    free(r);
}

static int64_t post(struct rewind *r, struct job j)
{
    pthread_mutex_lock(&r->lock);
    VEC_PUSH(&r->jobs, j);
    int64_t number = ++r->asked;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
    return number;
}

void rewind_mark(struct rewind *r, const struct snapshot_line *line, bool full)
{
    (void)post(r, (struct job){.line = *line, .full = full});
}

int64_t rewind_run(struct rewind *r, rewind_work *fn, void *arg)
{
    return post(r, (struct job){.fn = fn, .arg = arg});
}

bool rewind_done(struct rewind *r, int64_t number)
{
    pthread_mutex_lock(&r->lock);
    bool done = r->done >= number;
    pthread_mutex_unlock(&r->lock);
    return done;
}

int64_t rewind_last(struct rewind *r)
{
    pthread_mutex_lock(&r->lock);
    int64_t n = r->asked;
    pthread_mutex_unlock(&r->lock);
    return n;
}

char *rewind_take_word(struct rewind *r)
{
    pthread_mutex_lock(&r->lock);
    char *word = r->word;
    r->word = NULL;
    pthread_mutex_unlock(&r->lock);
    return word;
}
