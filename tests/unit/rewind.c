/* Snapshots of a workspace and the way back: to the byte, with modes, links, empty directories. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "rewind/ignore.h"
#include "rewind/merge.h"
#include "rewind/restore.h"
#include "rewind/snapshots.h"

static char top[64], *work, *store;

static int run(const char *command)
{
    AUTO_FREE char *whole = mem_printf("cd %s && { %s\n} >/dev/null 2>&1", work, command);
    return system(whole);
}

static void put(const char *name, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", work, name);
    AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    assert_true(file_make_dirs(dir, &e));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Every name beneath the workspace with type, mode, content's sum and target: what "to the byte"
 * means here. */
static char *picture(void)
{
    AUTO_FREE char *command =
        mem_printf("cd %s && find . -path ./.git -prune -o -printf '%%y %%m %%l %%P\\0' | sort -z "
                   "| tr '\\0' '\\n'; "
                   "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 -r cksum",
                   work);
    struct buf out = {0};
    FILE *f = popen(command, "r");
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&out, part, n);
    assert_int_equal(pclose(f), 0);
    return buf_take(&out);
}

/* cmocka would cut them. */
static void assert_same(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    while (n && a[n - 1] != '\n')
        n--;
    if (strcmp(a, b) != 0)
        fail_msg("%.60s\n is not\n%.60s", a + n, b + n);
}

static struct snapshots s;

static void begin(void)
{
    struct error e = {0};
    if (!snapshots_open(&s, store, work, &e))
        fail_msg("%s", e.text);
}

static bool take(enum snapshot_by by, int64_t message)
{
    struct error e = {0};
    bool made = false;
    struct snapshot_line l = {.by = by, .message = message};
    if (!snapshots_take(&s, &l, false, &made, &e))
        fail_msg("%s", e.text);
    return made;
}

/* Back to a line, as mien does it: what lies there now is a snapshot first. */
static void back_to(size_t line, const struct changes *but, struct restored *r)
{
    struct error e = {0};
    struct changes c = {0};
    take(SNAPSHOT_OTHER, 0);
    if (!snapshots_compare(&s, s.lines.len - 1, line, &c, &e) ||
        !restore_changes(&s, &c, but, r, &e))
        fail_msg("%s", e.text);
    changes_fini(&c);
}

static int setup(void **state)
{
    strcpy(top, "/tmp/mien-rewind-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    work = mem_printf("%s/work", top);
    store = mem_printf("%s/store", top);
    return mkdir(work, 0755);
}

static int teardown(void **state)
{
    AUTO_FREE char *command = mem_printf("chmod -R u+rwx %s; rm -rf %s", top, top);
    snapshots_fini(&s);
    free(work);
    free(store);
    return system(command);
}

/* ---- what comes back ---- */

static void deleted_and_rewritten_files_come_back_to_the_byte(void **state)
{
    for (int i = 0; i < 60; i++) {
        AUTO_FREE char *name = mem_printf("d%d/f%d", i % 7, i);
        AUTO_FREE char *text = mem_printf("file %d\n%s", i, i % 3 ? "end" : "\r\nend\n");
        put(name, text);
    }
    assert_int_equal(run("chmod 600 d0/f0; chmod 755 d1/f1; chmod 4711 d2/f2; chmod 444 d3/f3; "
                         "ln -s ../nowhere d1/link; ln -s d2 dirlink; mkdir -p empty/deep; "
                         "chmod 700 empty/deep; mkdir closed; echo x > closed/x; chmod 500 closed; "
                         "echo odd > \"d0/a name\nof two lines\"; printf 'bin\\0ary' > d0/bin; "
                         "printf x > d0/$(printf '\\377\\376')"),
                     0);
    begin();
    assert_true(take(SNAPSHOT_OTHER, 1));
    AUTO_FREE char *before = picture();
    assert_int_equal(
        run("chmod -R u+w closed; rm -rf d1 d2/f* empty closed dirlink; for f in d0/* d3/*; do "
            "echo other > \"$f\"; chmod 640 \"$f\"; done; mkdir d4/new; echo n > d4/new/n; "
            "echo file > dirlink; mv d5 d5b; mkdir new-empty; mkdir d1; "
            "ln -s /etc/passwd d1/f1; echo 'f*' > d6/.gitignore"),
        0);
    assert_true(take(SNAPSHOT_AGENT, 3));
    AUTO_FREE char *after = picture();
    assert_string_not_equal(before, after);
    struct restored r = {0};
    back_to(0, NULL, &r);
    assert_int_equal(r.kept.len, 0);
    AUTO_FREE char *again = picture();
    assert_same(again, before);
    /* And forward again. */
    assert_true(take(SNAPSHOT_REWIND, 0));
    back_to(1, NULL, &r);
    assert_int_equal(r.kept.len, 0);
    AUTO_FREE char *redone = picture();
    assert_same(redone, after);
    restored_fini(&r);
}

static void a_file_and_a_directory_change_places(void **state)
{
    put("a/b/c", "deep");
    put("x", "flat");
    assert_int_equal(run("mkdir a/e; mkdir z"), 0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    AUTO_FREE char *before = picture();
    assert_int_equal(
        run("rm -rf a x z; echo now > a; mkdir -p x/y; echo in > x/y/z; echo file > z"), 0);
    struct restored r = {0};
    back_to(0, NULL, &r);
    AUTO_FREE char *again = picture();
    assert_same(again, before);
    restored_fini(&r);
}

/* ---- what takes part ---- */

static void nothing_new_is_no_snapshot(void **state)
{
    put("a", "1");
    begin();
    assert_true(take(SNAPSHOT_OTHER, 1));
    assert_false(take(SNAPSHOT_AGENT, 2));
    put("a", "2");
    assert_true(take(SNAPSHOT_AGENT, 3));
    assert_int_equal(run("chmod 600 a"), 0);
    assert_true(take(SNAPSHOT_AGENT, 4));
    assert_int_equal(snapshots_at_message(&s, 1), 0);
    assert_int_equal(snapshots_at_message(&s, 3), 0);
    assert_int_equal(snapshots_at_message(&s, 4), 1);
    assert_int_equal(snapshots_at_message(&s, 9), 2);
}

/* Packing takes directories of objects away; what came before and after it comes back. */
static void packing_loses_nothing(void **state)
{
    begin();
    for (int i = 0; i < 105; i++) {
        AUTO_FREE char *text = mem_printf("version %d\n", i);
        put("d/a", text);
        assert_true(take(SNAPSHOT_AGENT, i));
    }
    snapshots_settle(&s);
    AUTO_FREE char *packs = mem_printf("ls %s/objects/pack/*.pack", store);
    assert_int_equal(run(packs), 0);
    struct restored r = {0};
    back_to(3, NULL, &r);
    assert_int_equal(run("test \"$(cat d/a)\" = 'version 3'"), 0);
    back_to(103, NULL, &r);
    assert_int_equal(run("test \"$(cat d/a)\" = 'version 103'"), 0);
    restored_fini(&r);
}

static void what_is_ignored_is_left_alone(void **state)
{
    put(".gitignore", "*.o\n/out/\n!keep.o\nsub/**/tmp\n");
    put("a.o", "1");
    put("keep.o", "1");
    put("out/x", "1");
    put("in/out/x", "1");
    put("sub/a/b/tmp", "1");
    put("tracked/.gitignore", "*\n");
    put("tracked/yes", "1");
    put("tracked/no", "1");
    assert_int_equal(run("git init -q . && git add -f tracked/yes .gitignore"), 0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    static const struct {
        const char *path;
        enum look_kind kind;
    } rows[] = {{"a.o", LOOK_OUT},        {"keep.o", LOOK_FILE},     {"out", LOOK_OUT},
                {"in/out/x", LOOK_FILE},  {"sub/a/b/tmp", LOOK_OUT}, {"tracked/yes", LOOK_FILE},
                {"tracked/no", LOOK_OUT}, {".git", LOOK_NONE}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (look_at(s.look, rows[i].path).kind != rows[i].kind)
            fail_msg("%s is %d", rows[i].path, look_at(s.look, rows[i].path).kind);
    /* Other rules: what counts now is there, what counted is not gone. */
    put(".gitignore", "keep.o\nnew\n");
    put("new", "1");
    take(SNAPSHOT_AGENT, 2);
    assert_int_equal(look_at(s.look, "a.o").kind, LOOK_FILE);
    assert_int_equal(look_at(s.look, "out/x").kind, LOOK_FILE);
    assert_int_equal(look_at(s.look, "keep.o").kind, LOOK_FILE);
    assert_int_equal(look_at(s.look, "new").kind, LOOK_OUT);
    snapshots_fini(&s);
    begin();
    assert_false(take(SNAPSHOT_OTHER, 3));
}

/* What the repository says of filters, line ends, hooks and monitors is not asked. */
static void a_hostile_repository_runs_nothing(void **state)
{
    assert_int_equal(
        run("git init -q . && git config core.autocrlf true && git config core.fsmonitor "
            "'touch ../ran' && git config filter.x.clean 'touch ../ran' && git config "
            "filter.x.smudge 'touch ../ran' && git config diff.x.textconv 'touch ../ran' && "
            "printf '* filter=x diff=x text ident\\n' > .gitattributes && "
            "printf 'one\\r\\n$Id$\\n' > a && mkdir -p .git/hooks && "
            "printf '#!/bin/sh\\ntouch ../ran\\n' > .git/hooks/post-index-change && "
            "chmod +x .git/hooks/*; git config alias.repack '!touch ../ran'; rm -f ../ran"),
        0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    AUTO_FREE char *before = picture();
    assert_int_equal(run("printf 'two\\n' > a"), 0);
    struct restored r = {0};
    back_to(0, NULL, &r);
    AUTO_FREE char *again = picture();
    assert_same(again, before);
    AUTO(buf) patch = {0};
    struct error e = {0};
    assert_true(snapshots_patch(&s, 0, 1, &patch, &e));
    assert_has(buf_cstr(&patch), "+two");
    AUTO_FREE char *ran = mem_printf("%s/ran", top);
    assert_false(file_exists(ran));
    restored_fini(&r);
}

/* Objects of the user's repository are borrowed, and a gc of theirs takes nothing away. */
static void a_gc_of_the_repository_loses_nothing(void **state)
{
    AUTO_FREE char *big = mem_alloc(200001);
    for (size_t i = 0; i < 200000; i++)
        big[i] = (char)(' ' + (i * i + i / 7) % 90);
    put("big", big);
    put("loose", "loose\n");
    assert_int_equal(run("git init -q . && git config user.email a@b && git config user.name n && "
                         "git add big && git commit -qm one && git gc -q && git add loose && "
                         "git commit -qm two"),
                     0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    assert_true(objects_written(s.objects) < 20000);
    AUTO_FREE char *before = picture();
    assert_int_equal(run("rm big loose && git rm -q --cached big loose && git commit -q --amend "
                         "--allow-empty -m gone && git checkout -q --orphan x && git commit -q "
                         "--allow-empty -m x && git branch -D $(git branch | grep -v '*') && git "
                         "reflog expire --expire=now --all && git gc -q --prune=now && ! git "
                         "cat-file -e $(printf 'loose\\n' | git hash-object --stdin)"),
                     0);
    struct restored r = {0};
    back_to(0, NULL, &r);
    AUTO_FREE char *again = picture();
    assert_same(again, before);
    restored_fini(&r);
}

/* A repository within the workspace is files like others, less its .git. */
static void nested_repositories_take_part(void **state)
{
    assert_int_equal(run("git init -q . && git init -q sub && echo 1 > sub/file && git -C sub -c "
                         "user.email=a@b -c user.name=n commit -q --allow-empty -m x"),
                     0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    assert_int_equal(run("echo 2 > sub/file"), 0);
    assert_true(take(SNAPSHOT_AGENT, 2));
    struct restored r = {0};
    back_to(0, NULL, &r);
    assert_int_equal(run("test \"$(cat sub/file)\" = 1 && git -C sub log -1"), 0);
    restored_fini(&r);
}

static void large_files_and_odd_ones_are_named(void **state)
{
    put("a", "1");
    assert_int_equal(run("truncate -s 20M huge; mkfifo pipe"), 0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    const char *first;
    assert_int_equal(look_left(s.look, &first), 1);
    assert_string_equal(first, "huge");
    assert_int_equal(run("rm a"), 0);
    struct restored r = {0};
    back_to(0, NULL, &r);
    assert_int_equal(run("test -f huge && test -p pipe && test -f a"), 0);
    restored_fini(&r);
}

static void home_and_the_top_are_refused(void **state)
{
    struct error e = {0};
    struct snapshots none;
    assert_false(snapshots_open(&none, store, "/", &e));
    assert_int_equal(e.code, ERR_DENIED);
    AUTO_FREE char *home = mem_strdup(getenv("HOME"));
    setenv("HOME", work, 1);
    assert_false(snapshots_open(&none, store, work, &e));
    if (home)
        setenv("HOME", home, 1);
    assert_has(e.text, "home directory");
}

/* ---- care ---- */

static void what_others_changed_is_named_and_left(void **state)
{
    put("ours", "1");
    put("theirs", "1");
    begin();
    take(SNAPSHOT_OTHER, 1);
    put("ours", "agent");
    put("theirs", "agent");
    take(SNAPSHOT_AGENT, 2);
    put("theirs", "user");
    take(SNAPSHOT_OTHER, 5);
    struct changes others = {0};
    struct error e = {0};
    assert_true(snapshots_others(&s, 0, &others, &e));
    assert_int_equal(others.list.len, 1);
    assert_string_equal(others.list.ptr[0].path, "theirs");
    struct restored r = {0};
    back_to(0, &others, &r);
    assert_int_equal(run("test \"$(cat ours)\" = 1 && test \"$(cat theirs)\" = user"), 0);
    restored_fini(&r);
    changes_fini(&others);
}

/* Between the look and the restore another wrote: that is not overwritten. */
static void a_change_in_between_is_not_overwritten(void **state)
{
    put("a", "1");
    put("b", "1");
    begin();
    take(SNAPSHOT_OTHER, 1);
    put("a", "2");
    put("b", "2");
    take(SNAPSHOT_AGENT, 2);
    struct changes c = {0};
    struct restored r = {0};
    struct error e = {0};
    assert_true(snapshots_compare(&s, 1, 0, &c, &e));
    put("a", "3");
    assert_true(restore_changes(&s, &c, NULL, &r, &e));
    assert_int_equal(r.kept.len, 1);
    assert_string_equal(r.kept.ptr[0], "a");
    assert_int_equal(run("test \"$(cat a)\" = 3 && test \"$(cat b)\" = 1"), 0);
    restored_fini(&r);
    changes_fini(&c);
}

/* A link where a directory was leads nowhere for us. */
static void no_link_is_followed(void **state)
{
    put("d/f", "1");
    begin();
    take(SNAPSHOT_OTHER, 1);
    assert_int_equal(run("mkdir ../outside; echo keep > ../outside/f"), 0);
    assert_int_equal(run("echo 2 > d/f"), 0);
    take(SNAPSHOT_AGENT, 2);
    struct changes c = {0};
    struct restored r = {0};
    struct error e = {0};
    assert_true(snapshots_compare(&s, 1, 0, &c, &e));
    assert_int_equal(run("rm -r d; ln -s ../outside d"), 0);
    assert_true(restore_changes(&s, &c, NULL, &r, &e));
    assert_int_equal(r.kept.len, 1);
    assert_int_equal(run("test \"$(cat ../outside/f)\" = keep"), 0);
    restored_fini(&r);
    changes_fini(&c);
}

/* A file that was ignored and is not any more was there all the time: going back leaves it. */
static void what_was_ignored_then_is_not_taken_away(void **state)
{
    struct error e = {0};
    struct changes c = {0};
    struct restored r = {0};
    AUTO(buf) left = {0};
    put(".gitignore", "*.log\nbuild/\n");
    put("a.log", "mine\n");
    put("build/deep/x", "mine\n");
    put("b", "1");
    begin();
    take(SNAPSHOT_OTHER, 1);
    assert_int_equal(run("rm .gitignore; echo 2 > b; echo n > new; mkdir build/empty"), 0);
    take(SNAPSHOT_AGENT, 2);
    assert_int_equal(look_at(s.look, "build/deep/x").kind, LOOK_FILE);
    if (!snapshots_way_back(&s, 0, &c, &left, &e) || !restore_changes(&s, &c, NULL, &r, &e))
        fail_msg("%s", e.text);
    assert_int_equal(
        run("test -f a.log && test -f build/deep/x && test -f .gitignore && test ! -e new"), 0);
    changes_fini(&c);
    restored_fini(&r);
}

static bool is_two(void *arg, int64_t node)
{
    return node == 2;
}

static void take_for(int64_t node)
{
    struct error e = {0};
    bool made = false;
    struct snapshot_line l = {.by = SNAPSHOT_AGENT, .node = node};
    if (!snapshots_take(&s, &l, true, &made, &e))
        fail_msg("%s", e.text);
    assert_true(made);
}

/* What one task changed goes, in two stretches, and what others changed since stays, in the same
 * file too; where both changed the same lines it is named. */
static void one_task_is_taken_back_and_later_work_stays(void **state)
{
    struct error e = {0};
    struct changes c = {0};
    struct restored r = {0};
    struct object_id without;
    AUTO(buf) conflicts = {0}, patch = {0};
    put("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    put("both", "x\n");
    put("gone", "old\n");
    assert_int_equal(run("chmod 600 gone"), 0);
    begin();
    take(SNAPSHOT_OTHER, 1);
    put("a", "1\nTWO\n3\n4\n5\n6\n7\n8\n9\n");
    put("both", "two\n");
    put("made", "by two\n");
    assert_int_equal(run("rm gone"), 0);
    take_for(2);
    put("a", "1\nTWO\n3\n4\n5\n6\n7\nEIGHT\n9\n");
    put("both", "three\n");
    put("other", "by three\n");
    take_for(3);
    put("again", "by two\n");
    take_for(2);
    if (!snapshots_without(&s, is_two, NULL, &without, &conflicts, &e))
        fail_msg("%s", e.text);
    assert_int_equal(conflicts.len, strlen("both") + 1);
    assert_string_equal(conflicts.ptr, "both");
    const struct object_id *now = &s.lines.ptr[s.lines.len - 1].commit;
    assert_true(snapshots_compare_commits(&s, now, &without, &c, &e));
    assert_true(snapshots_patch_commits(&s, now, &without, &conflicts, &patch, &e));
    assert_null(strstr(buf_cstr(&patch), "three"));
    assert_has(buf_cstr(&patch), "-TWO");
    struct changes but = {0};
    VEC_PUSH(&but.list, ((struct change){.path = mem_strdup("both")}));
    assert_true(restore_changes(&s, &c, &but, &r, &e));
    assert_int_equal(r.kept.len, 0);
    assert_int_equal(
        run("test \"$(sed -n 2p a)\" = 2 && test \"$(sed -n 8p a)\" = EIGHT && test ! -e "
            "made && test ! -e again && test -e other && test \"$(cat both)\" = three && "
            "test $(stat -c %a gone) = 600"),
        0);
    changes_fini(&but);
    changes_fini(&c);
    restored_fini(&r);
}

static void id_of(const char *text, char hex[static OBJECT_HEX])
{
    struct object_id id;
    object_name("blob", text, strlen(text), &id);
    object_hex(&id, hex);
}

/* As a process leaves it that died when "a" was in place already, and "d/b", "c" were not. */
/* An object that holds other bytes than its name says is not put back. */
static void damaged_bytes_are_not_put_back(void **state)
{
    char one[OBJECT_HEX], other[OBJECT_HEX];
    struct changes c = {0};
    struct restored r = {0};
    struct error e = {0};
    put("a", "1");
    put("b", "evil");
    begin();
    take(SNAPSHOT_OTHER, 1);
    put("a", "2");
    take(SNAPSHOT_AGENT, 2);
    id_of("1", one);
    id_of("evil", other);
    AUTO_FREE char *swap = mem_printf("cp -f %s/objects/%.2s/%s %s/objects/%.2s/%s", store, other,
                                      other + 2, store, one, one + 2);
    assert_int_equal(run(swap), 0);
    assert_true(snapshots_compare(&s, 1, 0, &c, &e));
    assert_false(restore_changes(&s, &c, NULL, &r, &e));
    assert_has(e.text, "a");
    assert_int_equal(run("test \"$(cat a)\" = 2 && test ! -e " LOOK_STAGING), 0);
    restored_fini(&r);
    changes_fini(&c);
}

/* Where the list of what is to happen lies: beside the store, named by the workspace. */
static char *journal_path(void)
{
    struct object_id id;
    char hex[OBJECT_HEX];
    object_name("workspace", work, strlen(work), &id);
    object_hex(&id, hex);
    return mem_printf("%.*s/%s.unfinished", (int)(strrchr(store, '/') - store), store, hex);
}

/* One that a repository or a command left in the workspace is nobody's; and in ours, no name leads
 * out, or to what git runs. */
static void a_planted_one_does_nothing(void **state)
{
    char zero[OBJECT_HEX], two[OBJECT_HEX];
    struct object_id none = {{0}};
    object_hex(&none, zero);
    id_of("2", two);
    AUTO_FREE char *own = journal_path();
    AUTO_FREE char *planted = mem_printf("%s/" LOOK_STAGING "/journal", work);
    for (int ours = 0; ours < 2; ours++) {
        struct restored r = {0};
        struct error e = {0};
        put(LOOK_STAGING "/1", "2");
        put(LOOK_STAGING "/2", "2");
        put(LOOK_STAGING "/3", "2");
        FILE *f = fopen(ours ? own : planted, "w");
        fprintf(f, "%d 0 %s %d 644 %s 1 ../out%c", LOOK_NONE, zero, LOOK_FILE, two, 0);
        fprintf(f, "%d 0 %s %d 755 %s 2 .git/hooks/pre-commit%c", LOOK_NONE, zero, LOOK_FILE, two,
                0);
        fprintf(f, "%d 0 %s %d 644 %s 3 d/../in%cend%c", LOOK_NONE, zero, LOOK_FILE, two, 0, 0);
        fclose(f);
        (void)restore_finish(store, work, &r, &e);
        assert_int_equal(r.files, 0);
        assert_int_equal(
            run("test ! -e ../out && test ! -e .git && test ! -e in && test ! -e " LOOK_STAGING),
            0);
        restored_fini(&r);
    }
}

static void one_that_was_cut_short_is_finished(void **state)
{
    char one[OBJECT_HEX], two[OBJECT_HEX], x[OBJECT_HEX], zero[OBJECT_HEX];
    struct object_id none = {{0}};
    object_hex(&none, zero);
    id_of("1", one);
    id_of("2", two);
    id_of("x", x);
    put("a", "1");
    put("c", "x");
    put(LOOK_STAGING "/1", "2");
    AUTO_FREE char *path = journal_path();
    FILE *f = fopen(path, "w");
    fprintf(f, "%d 644 %s %d 600 %s 0 a%c", LOOK_FILE, x, LOOK_FILE, one, 0);
    fprintf(f, "%d 644 %s %d 0 %s 2 c%c", LOOK_FILE, x, LOOK_NONE, zero, 0);
    fprintf(f, "%d 0 %s %d 640 %s 1 d/b%cend%c", LOOK_NONE, zero, LOOK_FILE, two, 0, 0);
    fclose(f);
    assert_int_equal(run("chmod 640 " LOOK_STAGING "/1"), 0);
    struct restored r = {0};
    struct error e = {0};
    assert_true(restore_finish(store, work, &r, &e));
    assert_int_equal(r.kept.len, 0);
    assert_int_equal(run("test \"$(cat a)\" = 1 && test \"$(cat d/b)\" = 2 && test ! -e c && test "
                         "! -e " LOOK_STAGING " && test $(stat -c %a d/b) = 640"),
                     0);
    restored_fini(&r);
}

/* It had not touched anything yet. */
static void one_that_never_began_leaves_nothing(void **state)
{
    struct restored r = {0};
    struct error e = {0};
    put("a", "1");
    put(LOOK_STAGING "/0", "2");
    assert_false(restore_finish(store, work, &r, &e));
    assert_int_equal(e.code, ERR_NONE);
    assert_int_equal(run("test \"$(cat a)\" = 1 && test ! -e " LOOK_STAGING), 0);
}

/* The disk is full: told before anything was touched. */
static void without_room_nothing_is_changed(void **state)
{
    struct rlimit old, small;
    struct error e = {0};
    struct changes c = {0};
    struct restored r = {0};
    AUTO_FREE char *big = mem_alloc(100001);
    memset(big, 'x', 100000);
    put("a", "small");
    put("big", big);
    begin();
    take(SNAPSHOT_OTHER, 1);
    put("a", "other");
    assert_int_equal(run("rm big; echo new > new"), 0);
    take(SNAPSHOT_AGENT, 2);
    AUTO_FREE char *before = picture();
    assert_true(snapshots_compare(&s, 1, 0, &c, &e));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 50000;
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = restore_changes(&s, &c, NULL, &r, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(ok);
    assert_has(e.text, "big");
    AUTO_FREE char *after = picture();
    assert_same(after, before);
    changes_fini(&c);
}

static void rules_are_gitignores(void **state)
{
    static const struct {
        const char *rules, *path;
        bool directory;
        enum ignore_word word;
    } rows[] = {{"a", "a", false, IGNORE_OUT},           {"a", "x/a", false, IGNORE_OUT},
                {"/a", "x/a", false, IGNORE_NOTHING},    {"a/", "a", false, IGNORE_NOTHING},
                {"a/", "a", true, IGNORE_OUT},           {"*.c\n!b.c", "b.c", false, IGNORE_IN},
                {"*.c\n!b.c", "a.c", false, IGNORE_OUT}, {"x/*", "x/y", false, IGNORE_OUT},
                {"x/*", "x/y/z", false, IGNORE_NOTHING}, {"**/y", "x/q/y", false, IGNORE_OUT},
                {"x/**", "x/q/y", false, IGNORE_OUT},    {"x/**", "x", true, IGNORE_NOTHING},
                {"a/**/b", "a/b", false, IGNORE_OUT},    {"a/**/b", "a/x/y/b", false, IGNORE_OUT},
                {"# a", "# a", false, IGNORE_NOTHING},   {"\\#a", "#a", false, IGNORE_OUT},
                {"a  ", "a", false, IGNORE_OUT},         {"a\\ ", "a ", false, IGNORE_OUT},
                {"a\r\n", "a", false, IGNORE_OUT},       {"[a-c]x", "bx", false, IGNORE_OUT},
                {"", "a", false, IGNORE_NOTHING}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ignore *g = ignore_parse(rows[i].rules, strlen(rows[i].rules));
        const char *slash = strrchr(rows[i].path, '/');
        enum ignore_word w =
            ignore_judge(g, rows[i].path, slash ? slash + 1 : rows[i].path, rows[i].directory);
        ignore_free(g);
        if (w != rows[i].word)
            fail_msg("%s on %s: %d", rows[i].rules, rows[i].path, w);
    }
}

int main(void)
{
#define C(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {C(deleted_and_rewritten_files_come_back_to_the_byte),
                                       C(a_file_and_a_directory_change_places),
                                       C(nothing_new_is_no_snapshot),
                                       C(packing_loses_nothing),
                                       C(what_is_ignored_is_left_alone),
                                       C(a_hostile_repository_runs_nothing),
                                       C(a_gc_of_the_repository_loses_nothing),
                                       C(nested_repositories_take_part),
                                       C(large_files_and_odd_ones_are_named),
                                       C(home_and_the_top_are_refused),
                                       C(what_others_changed_is_named_and_left),
                                       C(a_change_in_between_is_not_overwritten),
                                       C(no_link_is_followed),
                                       C(what_was_ignored_then_is_not_taken_away),
                                       C(one_task_is_taken_back_and_later_work_stays),
                                       C(one_that_was_cut_short_is_finished),
                                       C(a_planted_one_does_nothing),
                                       C(damaged_bytes_are_not_put_back),
                                       C(one_that_never_began_leaves_nothing),
                                       C(without_room_nothing_is_changed),
                                       T(rules_are_gitignores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
