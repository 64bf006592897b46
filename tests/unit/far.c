/* Launchers, lines between machines, and workspaces that are carried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sweep.h"
#include "far/carry.h"
#include "far/io.h"
#include "far/launcher.h"
#include "far/wire.h"
#include "host/process_env.h"
#include "test.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static char *joined(char **words)
{
    AUTO(buf) out = {0};
    for (char **w = words; *w; w++)
        buf_addf(&out, "%s%s", w == words ? "" : "|", *w);
    process_env_free(words);
    return buf_take(&out);
}

static void words_of_a_launcher(void **s)
{
    static const struct {
        const char *const launcher[5], *program, *want;
    } rows[] = {
        {{"ssh", "host"}, "mien", "ssh|host|mien|far|serve|N0"},
        {{"/usr/bin/ssh", "h"}, "~/bin/mien", "/usr/bin/ssh|h|~/bin/mien|far|serve|N0"},
        {{"ssh", "h"}, "/my dir/mien", "ssh|h|'/my dir/mien'|far|serve|N0"},
        {{"srun", "-n1"}, "/my dir/mien", "srun|-n1|/my dir/mien|far|serve|N0"},
        {{"kubectl", "run", "m-{id}-{id}"}, "mien", "kubectl|run|m-N0-N0|mien|far|serve|N0"},
        {{"timeout", "9", "ssh", "h"},
         "/my dir/mien",
         "timeout|9|ssh|h|'/my dir/mien'|far|serve|N0"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *got = joined(launcher_words(rows[i].launcher, rows[i].program, "N0"));
        assert_string_equal(got, rows[i].want);
    }
}

static void a_launcher_gets_what_it_needs_and_no_more(void **s)
{
    static const struct {
        const char *first[4], *want;
    } rows[] = {
        {{"ssh"}, "PATH=/bin|LC_ALL=C|SSH_AUTH_SOCK=/s"},
        {{"srun"}, "PATH=/bin|LC_ALL=C|SLURM_CONF=/c"},
        {{"nice", "/usr/bin/srun"}, "PATH=/bin|LC_ALL=C|SLURM_CONF=/c"},
        {{"sh", "-c", "exec srun -n1 \"$@\""}, "PATH=/bin|LC_ALL=C|SLURM_CONF=/c"},
        {{"/opt/launch"}, "PATH=/bin|LC_ALL=C|SLURM_CONF=/c|SSH_AUTH_SOCK=/s"},
    };
    char path[] = "PATH=/bin", lc[] = "LC_ALL=C", key[] = "OPENAI_API_KEY=k",
         slurm[] = "SLURM_CONF=/c", sock[] = "SSH_AUTH_SOCK=/s", pathx[] = "PATHX=1",
         depth[] = "MIEN_SESSION=1";
    char *env[] = {path, lc, key, slurm, sock, pathx, depth, NULL};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *got = joined(launcher_environment(rows[i].first, env, NULL));
        assert_string_equal(got, rows[i].want);
    }
    char jwt[] = "SLURM_JWT=secret";
    char *more[] = {path, jwt, NULL};
    AUTO_FREE char *without = joined(launcher_environment(WORDS("srun"), more, WORDS("SLURM")));
    AUTO_FREE char *with = joined(launcher_environment(WORDS("srun"), more, WORDS("SLURM_JWT")));
    assert_string_equal(without, "PATH=/bin");
    assert_string_equal(with, "PATH=/bin|SLURM_JWT=secret");
    assert_string_equal(launcher_variable(env, "OPENAI_API_KEY"), "OPENAI_API_KEY=k");
    assert_null(launcher_variable(env, "OPENAI"));
    assert_true(launcher_stays(WORDS("/usr/bin/nice")) && launcher_stays(WORDS("sh")));
    assert_true(launcher_stays(WORDS("sh", "-c", "cd /srun.d && exec \"$@\"")));
    assert_false(launcher_stays(WORDS("ssh")) || launcher_stays(WORDS("./nice.sh")));
    assert_false(launcher_stays(WORDS("timeout", "60", "srun")));
    assert_false(launcher_stays(WORDS("sh", "-c", "(/usr/bin/sbatch --wait \"$@\")")));
    assert_true(launcher_carries(WORDS("ssh")) && launcher_carries(WORDS("nice", "ssh", "h")) &&
                !launcher_carries(WORDS("srun")) && !launcher_carries(WORDS("./x")));
}

static void note_line(void *arg, const char *text, size_t n)
{
    buf_addf(arg, "[%.*s]", (int)n, text);
}

static void lines_are_cut_wherever_they_are_split(void **s)
{
    AUTO(buf) line = {0}, got = {0};
    static const char *const parts[] = {"a", "b\nc\r\n", "\n", "\r", "\nd"};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_true(far_lines(&line, parts[i], strlen(parts[i]), note_line, &got));
    assert_string_equal(buf_cstr(&got), "[ab][c][][]");
    assert_string_equal(buf_cstr(&line), "d");
    AUTO(buf) huge = {0};
    for (size_t i = 0; i <= FAR_LINE_MAX / 1024; i++)
        buf_addf(&huge, "%1024d", 0);
    assert_false(far_lines(&line, huge.ptr, huge.len, note_line, &got));
}

static void take_part(void *arg, const char *text, size_t n)
{
    cJSON *j;
    assert_string_equal(far_word(text, n, &j), "pack");
    assert_true(far_pack_take(j, arg, CARRY_MAX));
    cJSON_Delete(j);
}

static void bytes_go_in_parts(void **s)
{
    AUTO(buf) bytes = {0}, got = {0};
    cJSON *j;
    for (int i = 0; i < 150000; i++)
        buf_addc(&bytes, (char)(i * 7));
    far_pack_lines(bytes.ptr, bytes.len, take_part, &got);
    assert_int_equal(got.len, bytes.len);
    assert_memory_equal(got.ptr, bytes.ptr, bytes.len);
    assert_null(far_word("{\"type\":\"text\"}", 15, &j));
    static const char cut[] = "{\"far\":\"pa";
    assert_null(far_word(cut, strlen(cut), &j));
    AUTO_JSON *bad = cJSON_CreateObject();
    json_add_str(bad, "data", "&&");
    assert_false(far_pack_take(bad, &got, CARRY_MAX));
    json_add_str(bad, "more", "");
    assert_false(far_pack_take(NULL, &got, CARRY_MAX));
}

/* ---- carrying ---- */

static char top[64];

static char *at(const char *rel)
{
    return mem_printf("%s/%s", top, rel);
}

static void put(const char *rel, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *path = at(rel);
    if (!file_write_fast(path, text, strlen(text), &e))
        fail_msg("%s", e.text);
}

static char *got(const char *rel)
{
    AUTO_FREE char *path = at(rel);
    AUTO(buf) out = {0};
    return file_read(path, &out, 1 << 20, NULL) ? buf_take(&out) : NULL;
}

static int setup(void **s)
{
    snprintf(top, sizeof top, "/tmp/mien-unit-far-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    AUTO_FREE char *home = at("home"), *there = at("there");
    return mkdir(home, 0755) || mkdir(there, 0755);
}

static int teardown(void **s)
{
    sweep_tree(top);
    return 0;
}

/* What is changed on both sides between leaving and coming home. */
static void round_trip(void (*there)(void), void (*home)(void), struct carried *r)
{
    struct error e = {0};
    struct carry a, b;
    AUTO(buf) over = {0}, back = {0};
    AUTO_FREE char *h = at("home"), *t = at("there"), *hs = at("hs"), *ts = at("ts");
    if (!carry_open(&a, hs, h, &e) || !carry_pack(&a, &over, &e) || !carry_open(&b, ts, t, &e) ||
        !carry_unpack(&b, &over, &e))
        fail_msg("%s", e.text);
    there();
    if (!carry_pack_changes(&b, &back, &e))
        fail_msg("%s", e.text);
    if (home)
        home();
    if (back.len && !carry_apply(&a, &back, "w-1", r, &e))
        fail_msg("%s", e.text);
    carry_fini(&a);
    carry_fini(&b);
}

static void change_lines_there(void)
{
    AUTO_FREE char *there = got("there/long");
    assert_string_equal(there, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    put("there/long", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    put("there/empty", "no more\n");
}

static void change_lines_home(void)
{
    put("home/long", "one\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

static void lines_of_both_sides_meet(void **s)
{
    struct carried r = {0};
    put("home/long", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    put("home/empty", "");
    round_trip(change_lines_there, change_lines_home, &r);
    AUTO_FREE char *merged = got("home/long"), *other = got("home/empty");
    assert_string_equal(merged, "one\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    assert_string_equal(other, "no more\n");
    assert_int_equal(r.files, 2);
    assert_int_equal(r.conflicts.len, 0);
    carried_fini(&r);
}

static void conflict_there(void)
{
    put("there/same", "theirs\n");
    AUTO_FREE char *gone = at("there/deleted-there");
    unlink(gone);
    put("there/deleted-here", "kept there\n");
    put("there/new", "theirs\n");
}

static void conflict_home(void)
{
    put("home/same", "ours\n");
    put("home/same.w-1", "taken\n");
    put("home/deleted-there", "kept here\n");
    AUTO_FREE char *gone = at("home/deleted-here");
    unlink(gone);
    put("home/new", "ours\n");
}

static void nothing_of_a_conflict_is_lost(void **s)
{
    struct carried r = {0};
    put("home/same", "base\n");
    put("home/deleted-there", "base\n");
    put("home/deleted-here", "base\n");
    round_trip(conflict_there, conflict_home, &r);
    assert_int_equal(r.conflicts.len, 4);
    for (size_t i = 0; i < r.conflicts.len; i++) {
        const char *path = r.conflicts.ptr[i], *copy = r.copies.ptr[i];
        AUTO_FREE char *in = mem_printf("home/%s", path), *beside = mem_printf("home/%s", copy);
        AUTO_FREE char *ours = got(in), *theirs = *copy ? got(beside) : NULL;
        if (strcmp(path, "same") == 0) {
            assert_string_equal(copy, "same.w-1-2");
            assert_string_equal(ours, "ours\n");
            assert_string_equal(theirs, "theirs\n");
        } else if (strcmp(path, "deleted-there") == 0) {
            assert_string_equal(copy, "");
            assert_string_equal(ours, "kept here\n");
        } else if (strcmp(path, "deleted-here") == 0) {
            assert_null(ours);
            assert_string_equal(theirs, "kept there\n");
        } else {
            assert_string_equal(path, "new");
            assert_string_equal(ours, "ours\n");
            assert_string_equal(theirs, "theirs\n");
        }
    }
    AUTO_FREE char *taken = got("home/same.w-1");
    assert_string_equal(taken, "taken\n");
    carried_fini(&r);
}

static void nothing_there(void)
{
}

static int shell(const char *command)
{
    AUTO_FREE char *whole = mem_printf("cd %s && { %s\n} >/dev/null 2>&1", top, command);
    return system(whole);
}

static void commit_there(void)
{
    assert_int_equal(shell("cd there && test \"$(git log --format=%s)\" = second && test \"$(git "
                           "status --porcelain)\" = ' M a' && git -c user.name=a -c user.email=a@b "
                           "commit -qam third && echo there >> a"),
                     0);
}

/* Each kind of repository; kept here or where no link can reach. */
static void a_repository_is_one_there(void **s)
{
    static const char make[] =
        "git init -qb trunk home && cd home && git config user.name a && git config user.email a@b "
        "&& echo 1 > a && git add a && git commit -qm first && echo 2 > a && git commit -qam "
        "second";
    static const struct {
        const char *more, *head;
    } rows[] = {
        {":", "refs/heads/trunk"},
        {"git checkout -qb feature/deep", "refs/heads/feature/deep"},
        {"git checkout -q --detach", "refs/heads/detached"},
        {"cd .. && mv home main && git -C main worktree add -q ../home -b side HEAD && cd home",
         "refs/heads/side"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct carried r = {0};
        AUTO_FREE char *command = mem_printf(
            "rm -rf home there main hs ts; mkdir there; %s; %s; echo 3 > a", make, rows[i].more);
        assert_int_equal(shell(command), 0);
        round_trip(commit_there, NULL, &r);
        AUTO_FREE char *a = got("home/a"), *head = got("there/.git/HEAD");
        assert_string_equal(a, "3\nthere\n");
        assert_has(head, rows[i].head);
        assert_int_equal(r.conflicts.len, 0);
        assert_int_equal(shell("test \"$(git -C home log --all --format=%s | head -1)\" = second"),
                         0);
        carried_fini(&r);
    }
    /* Nothing committed yet: no repository there. */
    struct carried r = {0};
    assert_int_equal(shell("rm -rf home there main hs ts; mkdir there; git init -q home; echo x > "
                           "home/a"),
                     0);
    round_trip(nothing_there, NULL, &r);
    assert_int_equal(shell("test -f there/a && test ! -e there/.git"), 0);
    carried_fini(&r);
}

static void objects_on_another_file_system_are_found(void **s)
{
    struct error e = {0};
    struct carry a, b;
    AUTO(buf) over = {0};
    char store[] = "/dev/shm/mien-unit-far-XXXXXX";
    struct stat here, there;
    if (!mkdtemp(store) || stat(store, &there) != 0 || stat(top, &here) != 0 ||
        here.st_dev == there.st_dev) {
        print_message("skipped: no second file system\n");
        return;
    }
    AUTO_FREE char *h = at("home"), *t = at("there"), *ts = at("ts");
    assert_int_equal(
        shell("git init -q home && cd home && echo x > a && git add a && git -c "
              "user.name=a -c user.email=a@b commit -qm one && git gc -q && echo y > a"),
        0);
    if (!carry_open(&a, store, h, &e) || !carry_pack(&a, &over, &e) || !carry_open(&b, ts, t, &e) ||
        !carry_unpack(&b, &over, &e))
        fail_msg("%s", e.text);
    assert_int_equal(shell("cd there && test \"$(git show HEAD:a)\" = x && grep y a"), 0);
    carry_fini(&a);
    carry_fini(&b);
    sweep_tree(store);
}

static void an_empty_workspace_and_no_change(void **s)
{
    struct carried r = {0};
    round_trip(nothing_there, NULL, &r);
    assert_int_equal(r.files, 0);
}

static void what_is_no_bundle_is_refused(void **s)
{
    struct error e = {0};
    struct carry b;
    AUTO(buf) junk = {0};
    AUTO_FREE char *t = at("there"), *ts = at("ts");
    buf_adds(&junk, "not a bundle\n");
    assert_true(carry_open(&b, ts, t, &e));
    assert_false(carry_unpack(&b, &junk, &e));
    carry_fini(&b);
}

#define C(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_a_launcher),
                                       cmocka_unit_test(a_launcher_gets_what_it_needs_and_no_more),
                                       cmocka_unit_test(lines_are_cut_wherever_they_are_split),
                                       cmocka_unit_test(bytes_go_in_parts),
                                       C(lines_of_both_sides_meet),
                                       C(nothing_of_a_conflict_is_lost),
                                       C(a_repository_is_one_there),
                                       C(objects_on_another_file_system_are_found),
                                       C(an_empty_workspace_and_no_change),
                                       C(what_is_no_bundle_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
