/* A crash in one thread gives the terminal back while another one draws. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ui/term/term.h"

#define TRIES 30

static atomic_int drawn;

static const char *suspect(void)
{
    return "OddBehavior";
}

static void *crash(void *arg)
{
    while (atomic_load(&drawn) < 200)
        continue;
    raise(SIGABRT);
    return NULL;
}

/* The UI's thread, which never stops drawing. */
static void draw_for_ever(int out)
{
    pthread_t other;
    dup2(out, STDOUT_FILENO);
    term_init(false);
    term_modes_apply();
    term_catch_crashes(suspect);
    pthread_create(&other, NULL, crash, NULL);
    for (;;) {
        if (write(STDOUT_FILENO, "#", 1) != 1)
            _exit(1);
        atomic_fetch_add(&drawn, 1);
    }
}

/* What came after the last words of the crash. */
static void a_crash_is_the_last_that_is_drawn(void **state)
{
    for (int i = 0; i < TRIES; i++) {
        int fd[2], status;
        char part[4096];
        ssize_t n;
        AUTO(buf) all = {0};
        assert_int_equal(pipe(fd), 0);
        pid_t child = fork();
        if (child == 0)
            draw_for_ever(fd[1]);
        close(fd[1]);
        while ((n = read(fd[0], part, sizeof part)) > 0)
            buf_add(&all, part, (size_t)n);
        close(fd[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        const char *end = strstr(buf_cstr(&all), "\033[?1049l");
        assert_non_null(end);
        assert_non_null(strstr(end, "mien crashed in a call by OddBehavior\r\n"));
        assert_null(strchr(end, '#'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_crash_is_the_last_that_is_drawn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
