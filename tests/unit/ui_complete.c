/* complete: file names are those of the workspace, wherever mien was started. */
#include "test.h"

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ui/app/app_feed.h"
#include "ui/app/complete.h"
#include "ui/input/input.h"

static struct app app;
static char *top, *home, *start; /* top: the workspace's; start: where mien was started */

static void post(void *arg, struct request r)
{
    request_fini(&r);
}

static void touch(const char *dir, const char *name)
{
    AUTO_FREE char *path = mem_printf("%s/%s", dir, name);
    assert_true(file_write(path, "", 0, NULL));
}

static char *make_dir(const char *name)
{
    char *path = mem_printf("%s/%s", top, name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static int set_up(void **state)
{
    char path[] = "/tmp/mien-complete-XXXXXX";
    top = mem_strdup(mkdtemp(path));
    home = make_dir("home");
    start = make_dir("start");
    AUTO_FREE char *workspace = make_dir("ws");
    AUTO_FREE char *sub = make_dir("ws/sub");
    touch(workspace, "ws_notes.txt");
    touch(sub, "inner.txt");
    touch(sub, "other.txt");
    touch(start, "start_notes.txt");
    touch(home, "home_notes.txt");
    assert_int_equal(chdir(start), 0);
    setenv("HOME", home, 1);
    input_init(NULL);
    app_init(&app, NULL, NULL, false, (struct post){post, NULL});
    struct event ev = {.type = EVENT_SESSION_START};
    ev.session_start.workspace = mem_strdup(workspace);
    app_event(&app, &ev);
    event_fini(&ev);
    return 0;
}

static int tear_down(void **state)
{
    app_fini(&app);
    input_fini();
    AUTO_FREE char *remove = mem_printf("rm -rf '%s'", top);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(system(remove), 0);
    free(top);
    free(home);
    free(start);
    return 0;
}

/* The line after Tab was pressed at its end. */
static const char *completed(const char *line)
{
    input_replace(line);
    complete_open(&app, true);
    return input_text();
}

static void relative_names_are_the_workspaces(void **state)
{
    assert_string_equal(completed("read ws_n"), "read ws_notes.txt ");
    assert_string_equal(completed("read sub/in"), "read sub/inner.txt ");
    assert_string_equal(completed("read su"), "read sub/");
    assert_string_equal(completed("/export ws_n"), "/export ws_notes.txt ");
}

static void names_of_where_mien_was_started_are_not_offered(void **state)
{
    assert_string_equal(completed("read start_n"), "read start_n");
    assert_false(app.menu.open);
}

static void absolute_and_home_paths_stay_what_they_are(void **state)
{
    AUTO_FREE char *typed = mem_printf("read %s/start_n", start);
    AUTO_FREE char *whole = mem_printf("read %s/start_notes.txt ", start);
    assert_string_equal(completed(typed), whole);
    assert_string_equal(completed("read ~/home_n"), "read ~/home_notes.txt ");
}

static void before_there_is_a_session_nothing_is_offered(void **state)
{
    mem_replace(&app.state.workspace, NULL);
    assert_string_equal(completed("read start_n"), "read start_n");
    assert_string_equal(completed("read ~/home_n"), "read ~/home_notes.txt ");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        T(relative_names_are_the_workspaces),
        T(names_of_where_mien_was_started_are_not_offered),
        T(absolute_and_home_paths_stay_what_they_are),
        T(before_there_is_a_session_nothing_is_offered),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
