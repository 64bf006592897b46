/* Which command lines are known to only read, in a workspace full of traps: 0 hostile ones may be,
 * and at most one of twenty plain ones may be asked about. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "host/policy.h"

static char top[64], *root;

static void put(const char *name, const char *text, size_t n)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", top, name);
    AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    assert_true(file_make_dirs(dir, &e) && file_write(path, text, n, &e));
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static void put_link(const char *name, const char *to)
{
    AUTO_FREE char *path = mem_printf("%s/%s", top, name);
    assert_int_equal(symlink(to, path), 0);
}

static void put_repository(const char *dir, const char *config)
{
    static const char *const parts[] = {"objects/x", "refs/x"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        AUTO_FREE char *part = mem_printf("%s/%s", dir, parts[i]);
        put_text(part, "");
    }
    AUTO_FREE char *head = mem_printf("%s/HEAD", dir), *file = mem_printf("%s/config", dir);
    put_text(head, "ref: refs/heads/main\n");
    put_text(file, config);
}

/* One entry of mode 160000. */
static void put_gitlink(const char *name)
{
    char index[128] = "DIRC\0\0\0\2\0\0\0\1";
    index[12 + 26] = (char)0xe0;
    strcpy(index + 12 + 62, "sub");
    put(name, index, 12 + 72 + 20);
}

#define CORE "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
#define USUAL                                                                 \
    CORE "[remote \"origin\"]\n\turl = https://example.org/x.git\n\tfetch = " \
         "+refs/heads/*:refs/remotes/origin/*\n[branch \"main\"]\n\tremote = origin\n"

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-policy-XXXXXX");
    if (!mkdtemp(top))
        return -1;
    put_text("out/secret", "s");
    static const char *const files[] = {
        "a",         "b.txt",   "src/a.c", "src/b.c",  "README.md", "x y",     "docs/a.md",
        "data.json", "log.txt", "-delete", "traps/-o", "traps/b",   "Makefile"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        AUTO_FREE char *path = mem_printf("ws/%s", files[i]);
        put_text(path, "x\n");
    }
    put_link("ws/link", "../out/secret");
    put_link("ws/dirlink", "../out");
    put_link("ws/rootlink", "/");
    put_link("ws/inside", "src/a.c");
    put_repository("ws/.git", USUAL);
    put_repository("ws/bare.git", CORE "\tfsmonitor = ./evil\n");
    static const struct {
        const char *dir, *config;
    } repositories[] = {
        {"monitor", CORE "\tfsmonitor = ./evil\n"},
        {"inline", "[core] fsmonitor = ./evil\n"},
        {"upper", "[CORE]\nFSMonitor=./evil\n"},
        {"external", CORE "[diff]\n\texternal = ./evil\n"},
        {"filter", CORE "[filter \"x\"]\n\tclean = ./evil\n"},
        {"driver", CORE "[diff \"x\"]\n\ttextconv = ./evil\n"},
        {"include", CORE "[include]\n\tpath = ../evil\n"},
        {"promise", CORE "[remote \"o\"]\n\tpromisor = true\n\tuploadpack = ./evil\n"},
        {"goeson", CORE "[user]\n\tname = a\\\n\n[core]\nfsmonitor = ./evil\n"},
        {"pager", CORE "\tpager = ./evil\n"},
        {"bracket", "[branch \"a]\"][core]fsmonitor=./evil\n[branch \"b\"]\n"},
        {"dotted", "[core.x]\n=\n[core] fsmonitor=./evil\n"},
        {"summary", "[status]\n\tsubmodulesummary = true\n"},
        {"modules", "[submodule]\n\tfetchrecursesubmodules = true\n"}};
    for (size_t i = 0; i < COUNT_OF(repositories); i++) {
        AUTO_FREE char *dir = mem_printf("ws/git/%s/.git", repositories[i].dir);
        put_repository(dir, repositories[i].config);
    }
    put_repository("ws/git/links/.git", USUAL);
    put_gitlink("ws/git/links/.git/index");
    put_repository("ws/git/hook/.git", USUAL);
    put_text("ws/git/hook/.git/hooks/post-index-change", "#!/bin/sh\n");
    put_repository("ws/git/elsewhere/.git", USUAL);
    put_text("ws/git/elsewhere/.git/objects/info/alternates", "/home/other/.git/objects\n");
    put_text("ws/git/points/.git", "gitdir: ../monitor/.git\n");
    put_text("ws/git/monitor/sub/.git/x", "");
    put_repository("ws/git/monitor/bad/.git", USUAL);
    put_text("ws/git/monitor/bad/.git/HEAD", "none\n");
    put_repository("ws/git/common/.git", USUAL);
    put_text("ws/git/common/.git/commondir", "../../monitor/.git\n");
    put_repository("ws/git/packs/.git", USUAL);
    put_link("ws/git/packs/.git/objects/pack", "../../../../../out");
    put_text("ws/deep/er/a", "x\n");
    put_link("ws/jump", "deep/er");
    put_text("ws/awk.txt", "x\n");
    AUTO_FREE char *hook = mem_printf("%s/ws/git/hook/.git/hooks/post-index-change", top);
    AUTO_FREE char *fifo = mem_printf("%s/ws/fifo", top), *ws = mem_printf("%s/ws", top);
    chmod(hook, 0755);
    root = realpath(ws, NULL);
    return mkfifo(fifo, 0600) == 0 && root ? 0 : -1;
}

static int teardown(void **s)
{
    AUTO_FREE char *command = mem_printf("rm -rf %s", top);
    free(root);
    return system(command);
}

static enum command_class class_of(const char *command)
{
    struct command_info i;
    command_classify(command, root, &i);
    enum command_class c = i.class;
    command_info_fini(&i);
    return c;
}

static const char *const plain[] = {"ls",
                                    "ls -la",
                                    "ls -la src | wc -l",
                                    "ls src/ docs/",
                                    "ls *.md",
                                    "ls -1 src/*.c",
                                    "pwd",
                                    "cat README.md",
                                    "cat 'x y' && head -n 3 \"x y\"",
                                    "cat src/a.c src/b.c",
                                    "cat inside",
                                    "cat -n src/a.c",
                                    "cat src/*.c",
                                    "cat README.md 2>/dev/null",
                                    "cat nosuch || echo none",
                                    "head -20 src/a.c",
                                    "head -n 20 src/a.c",
                                    "tail -n 5 log.txt",
                                    "tail -5 log.txt",
                                    "tail -n +3 log.txt",
                                    "wc -l src/*.c",
                                    "wc -c b.txt",
                                    "grep -rn foo .",
                                    "grep -n 'x' src/a.c",
                                    "grep -rn \"foo(\" src --include='*.c'",
                                    "grep -E 'a|b' README.md",
                                    "grep -c x log.txt",
                                    "grep -rl TODO . | head",
                                    "grep -A 3 -B 3 x src/a.c",
                                    "grep -i x a | sort | uniq -c",
                                    "grep -rn \"a\\.b\" src",
                                    "grep -n \"end$\" a",
                                    "grep -v '^#' Makefile",
                                    "grep -o 'x' a | wc -l",
                                    "find . -name '*.c'",
                                    "find . -type f -not -path './.git/*'",
                                    "find src -name \"*.c\"",
                                    "find . -maxdepth 2 -type d",

                                    "find . -type f | wc -l",
                                    "find . \\( -name '*.c' -o -name '*.h' \\) -print",
                                    "sort a | uniq -c",
                                    "sort -u log.txt",
                                    "sort -t, -k2 -n log.txt",
                                    "sort -rn a | head -5",
                                    "uniq -c a",
                                    "cut -d: -f1 log.txt",
                                    "cut -d' ' -f2- log.txt",
                                    "tr a-z A-Z < a",
                                    "tr -d '\\n' < a",
                                    "diff a b.txt",
                                    "diff -u a b.txt",
                                    "cmp a b.txt",
                                    "comm -12 a b.txt",
                                    "paste -sd, a",
                                    "nl a",
                                    "rev a",
                                    "tac a",
                                    "fold -w 80 a",
                                    "test -s out.txt",
                                    "test -f a && echo yes",
                                    "[ -f a ]",
                                    "[ -d src ] && ls src",
                                    "[ -f a ] || echo no",
                                    "echo hello",
                                    "echo 'a b' \"c d\"",
                                    "echo done; ls",
                                    "printf '%s\\n' a b",
                                    "true",
                                    "false || true",
                                    "stat a",
                                    "stat -c '%s %n' a",
                                    "file a",
                                    "du -sh .",
                                    "du -sh src docs",
                                    "du -d 1 -h",
                                    "df -h .",
                                    "date",
                                    "date +%F",
                                    "date -u +%H",
                                    "uname -a",
                                    "id",
                                    "whoami",
                                    "nproc",
                                    "hostname",
                                    "uptime",
                                    "basename src/a.c",
                                    "dirname src/a.c",
                                    "realpath src/a.c",
                                    "readlink -f inside",
                                    "which gcc",
                                    "command -v gcc",
                                    "type ls",
                                    "md5sum a",
                                    "sha256sum a b.txt",
                                    "xxd a",
                                    "xxd -l 16 a",
                                    "od -c a",
                                    "base64 a",
                                    "strings a",
                                    "seq 1 5",
                                    "expr 1 + 2",
                                    "column -t a",
                                    "tree",
                                    "tree -L 2 src",
                                    "jq . data.json",
                                    "jq -r '.a[] | .b' data.json",
                                    "jq '.x' < data.json",
                                    "ps aux",
                                    "ps -ef",
                                    "sed -n '1,20p' src/a.c",
                                    "sed -n 5p a",
                                    "sed -n '/foo/,/bar/p' a",
                                    "sed 's/a/b/g' a",
                                    "sed -n '$p' a",
                                    "sed -e 's/a/b/' -e '/x/d' a",
                                    "sed -n \"10,20p\" src/a.c",
                                    "awk '{print $1}' a",
                                    "awk -F: '{print $2}' a",
                                    "awk 'NR==3' a",
                                    "awk '/x/ {n++} END {print n}' a",
                                    "rg foo",
                                    "rg -n 'foo' src",
                                    "rg -l TODO",
                                    "rg --files",
                                    "rg -g '*.c' foo",
                                    "rg -C 3 foo src",
                                    "git status",
                                    "git status --short",
                                    "git status -sb",
                                    "git log --oneline -5",
                                    "git log -p -1",
                                    "git log",
                                    "git log --stat -3",
                                    "git diff",
                                    "git diff --stat",
                                    "git diff HEAD~1",
                                    "git diff --cached",
                                    "git diff src/a.c",
                                    "git diff main..dev -- src",
                                    "git show HEAD",
                                    "git show HEAD:src/a.c",
                                    "git show --stat HEAD~2",
                                    "git branch",
                                    "git branch -a",
                                    "git branch --show-current",
                                    "git remote -v",
                                    "git rev-parse HEAD",
                                    "git rev-parse --show-toplevel",
                                    "git ls-files",
                                    "git ls-files | head",
                                    "git blame src/a.c",
                                    "git blame -L 1,5 src/a.c",
                                    "git tag -l",
                                    "git stash list",
                                    "git config --get user.name",
                                    "git config --local -l",
                                    "git describe --tags",
                                    "git grep -n foo",
                                    "git --no-pager log --oneline -3",
                                    "git reflog",
                                    "git show stash@{0}",
                                    "git log --since=\"2 days ago\"",
                                    "git diff 2>/dev/null | head -50",
                                    "git status 2>&1 | head",
                                    "cd src && ls",
                                    "cd src && cat a.c",
                                    "cd src; ls",
                                    "cd src && git log --oneline -3",
                                    "cd src && cd .. && ls",
                                    "cd docs && ls ../src",
                                    "cat ./src/../a",
                                    "ls ./",
                                    "gcc --version",
                                    "python3 --version",
                                    "make --version",
                                    "ls > /dev/null 2>&1",
                                    "ls nosuch 2> /dev/null",
                                    "echo a#b",
                                    "wc -l < a",
                                    "ls -la | grep x | wc -l"};

/* Of each a hostile line is made with each of the places below. */
static const char *const reading[] = {"cat",
                                      "head",
                                      "tail",
                                      "wc",
                                      "sort",
                                      "uniq",
                                      "nl",
                                      "od -c",
                                      "xxd",
                                      "base64",
                                      "strings",
                                      "md5sum",
                                      "sha256sum",
                                      "sha1sum",
                                      "cksum",
                                      "cut -c1",
                                      "rev",
                                      "tac",
                                      "fold",
                                      "expand",
                                      "paste",
                                      "column",
                                      "cmp a",
                                      "diff a",
                                      "comm a",
                                      "join a",
                                      "grep x",
                                      "grep -r x",
                                      "egrep x",
                                      "fgrep x",
                                      "sed -n 1p",
                                      "sed s/a/b/",
                                      "awk 1",
                                      "jq .",
                                      "file",
                                      "stat",
                                      "ls",
                                      "du",
                                      "find",
                                      "tree",
                                      "rg x",
                                      "rg --files",
                                      "git diff a",
                                      "sort <",
                                      "cat <",
                                      "git diff -- a",
                                      "test -f x; cat",
                                      "grep -e x",
                                      "sed -e p"};
static const char *const outside[] = {
    "/etc/passwd",         "../out/secret",       "~/x", "link", "dirlink/secret", "./link",
    "rootlink/etc/passwd", "src/../../out/secret"};

static const char *const hostile[] = {
    /* run something */
    "sort --co=./ev.sh -S1k big", "sort --compress-program=./ev.sh a", "sort --compress=./ev.sh a",
    "file --com", "file -C", "file -C -m a", "find . -exec rm x", "find . -execdir rm x",
    "find . -ok rm x", "find . -okdir rm x", "rg --pre ./ev.sh x", "rg --pre=./ev.sh x",
    "rg --hostname-bin ./ev x", "rg -z x", "rg --search-zip x", "rg --pre-glob '*' --pre sh x",
    "awk 'BEGIN{system(\"id\")}'", "awk '{print | \"sh\"}' a", "awk '{\"id\" | getline x}' a",
    "awk -f prog a", "gawk -l x", "gawk '@load \"x\"'", "gawk -e 1 a", "awk -i inplace 1 a",
    "sed 's/a/id/e' a", "sed '1e id' a", "sed e a", "sed -f prog a", "sed -n 's/x/y/ep' a",
    "sed '/[/]/e id' a", "sed 's,a,id,e' a", "sed -n '/a/!e' a", "env ls", "xargs rm", "nohup ls",
    "time ls", "exec ls", "eval ls", "command ls", "command rm x", "builtin cd", "./ls", "bin/ls",
    "/bin/ls", "sh -c ls", "bash -c ls", "sudo ls", "watch ls", "timeout 5 ls", "make", "npm test",
    "python3 x", "python3 -c 1", "node -e 1", "perl -e 1", "perl --version x", "cargo --version",
    "git gc", "tar tf a", "less a", "man ls", "vim a", "ssh host", "curl x", "wget x",
    "parallel ls", "crontab -l", "at now", "git log --ext-diff", "git diff --ext-diff",
    "git diff --textconv", "git show --textconv HEAD", "git grep -O x",
    "git grep --open-files-in-pager=./ev x", "git grep -Osh x", "git -c core.pager=./ev log",
    "git -c alias.x=!id x", "git --exec-path=. status", "git -C git/monitor status", "git -p log",
    "git --paginate log", "git --git-dir=bare.git status", "git --work-tree=/ status",
    "git --config-env=a=b status", "git log --show-signature", "git verify-commit HEAD",
    "git bisect run ./ev", "git rebase -x ./ev", "git submodule foreach ls", "git difftool",
    "git mergetool", "git instaweb", "git blame --contents /etc/passwd a", "git filter-branch",
    "git archive HEAD", "git fetch", "git pull", "git push", "git ls-remote",
    "git remote show origin", "git remote update", "git clone x", "git help log",
    "git web--browse x", "cd git/monitor && git status", "cd git/inline && git status",
    "cd git/upper && git diff", "cd git/external && git diff", "cd git/filter && git status",
    "cd git/driver && git log -p", "cd git/include && git status", "cd git/promise && git log -p",
    "cd git/goeson && git status", "cd git/pager && git log", "cd git/links && git status",
    "cd git/hook && git status", "cd git/elsewhere && git show HEAD", "cd git/points && git status",
    "cd bare.git && git status", "cd bare.git && git log", "printf x%n PATH && cat a",
    "printf '%d%n' 1 PATH", "printf '%*n' 1 PATH", "printf -v PATH .", "printf -vPATH .",
    "test -v 'a[$(id)]'", "test 'a[$(id)]' -eq 1", "[ -v 'a[$(id)]' ]", "[ 'x[1]' -eq 1 ]",
    "[ -R a ]", "[ -f a", "type -f 'x'; ./x",
    /* write or delete */
    "sort -o out a", "sort -oout a", "sort a -o a", "sort --output=a a", "sort --out a a",
    "sort -T . a", "sort --temporary-directory=. a", "sort -uo a a", "uniq a b", "uniq -c a b",
    "uniq - x", "echo q | uniq - x", "uniq -- -i OUT", "uniq a -", "uniq -- a b", "xxd a b",
    "xxd -r a b", "xxd -r a", "find . -delete", "find . -d*", "find . ''-d*", "find . -[d]elete",
    "find . -fprint x", "find . -fprintf x y", "find . -fls x", "find . -fprint0 x", "sort -?x a",
    "sort -* a", "ls -*", "find . *", "find * -name x", "sort traps/* -o x", "cd traps; sort *",
    "sed -i s/a/b/ a", "sed -i.bak p a", "sed --in-place p a", "sed -n -i p a", "sed 'w out' a",
    "sed 's/a/b/w out' a", "sed -n '1w out' a", "sed '/x/w out' a", "sed 'r /etc/passwd' a",
    "sed R a a", "sed -n 'W out' a", "sed --expression='w out' a", "sed -e p -e 'w out' a",
    "sed -ne 'w out' a", "awk '{print > \"out\"}' a", "awk '{print >> \"out\"}' a",
    "awk '{printf \"x\" > \"out\"}' a", "tree -o out", "rm x", "rm -rf .", "mv a b", "cp a b",
    "touch x", "mkdir x", "rmdir src", "ln -s a b", "chmod 777 a", "chown x a", "dd if=a of=b",
    "truncate -s0 a", "tee out", "ls | tee out", "install a b", "split a", "csplit a 1", "shred a",
    "unlink a", "mkfifo x", "patch", "ed a", "ls > f", "ls >> f", "ls >f 2>&1", "ls 2> err",
    "ls &> f", "cat a >| b", "cat <> a", "ls > /dev/nullx", "ls >/dev/null > f", "ls 2>&3",
    "date 010203", "date -s now", "date --set now", "hostname x", "git add .", "git commit -m x",
    "git checkout x", "git switch x", "git restore a", "git reset --hard", "git clean -fd",
    "git stash", "git stash push", "git stash pop", "git stash drop", "git stash -p",
    "git branch x", "git branch -d x", "git branch -D x", "git branch -m x", "git branch -f x HEAD",
    "git tag x", "git tag -d x", "git tag -a x -m y", "git remote add x y", "git remote rm x",
    "git remote set-url x y", "git config a b", "git config user.name", "git config --unset a",
    "git config --add a b", "git config -e", "git config set a b", "git config --global a b",
    "git reflog expire", "git reflog delete x", "git merge x", "git rm a", "git mv a b", "git init",
    "git apply x", "git am x", "git cherry-pick x", "git revert x", "git worktree add x",
    "git update-index x", "git update-ref x y", "git hash-object -w a", "git diff --output=out",
    "git log --output=out", "git show --output out", "git log -p --output=x", "git notes add",
    "git symbolic-ref HEAD x", "git pack-refs", "git prune", "git fsck --lost-found",
    "git bundle create x", "git rev-parse --parseopt", "git cat-file --batch",
    "git ls-files -X /etc/passwd", "git ls-files --exclude-from=/etc/passwd",
    "git status x --output=y",
    /* read outside */
    "diff --to-file=/etc/passwd a", "diff --from-file=/etc/passwd a", "diff -r src dirlink",
    "diff -r src docs", "diff src docs", "grep -R x .", "grep -Rn x", "grep -f /etc/passwd a",
    "grep --file=/etc/passwd a", "grep --fil=/etc/passwd a", "grep -rf /etc/passwd .",
    "sort --files0-from=list", "sort --fil=list0", "wc --files0-from=list", "du --files0-from=list",
    "find . -files0-from list", "find -L . -name x", "find . -follow", "find -H link", "find /",
    "find . -newer /etc/passwd", "find . -samefile /etc/passwd", "file -f list",
    "file -m /etc/passwd a", "file -flist", "md5sum -c list", "sha256sum --check list", "ls -I/etc",
    "ls -L link", "cat l*", "cat */secret", "cat ./l*k", "wc *", "cd dirlink; ls", "cd ..; ls",
    "cd /; ls", "cd; ls", "cd -; ls", "cd ~; ls", "cd src || cat ../../out/secret", "cd src | ls",
    "cd nosuch; cat ../a", "true || cd src; cat ../a", "false && cd src; cat ../a",
    "ls | cd src; cat ../a", "cd src && cd nosuch; cat ../../a", "cd src; cat ../../out/secret",
    "cd rootlink && ls", "cat \"../out/secret\"", "cat ''/etc/passwd", "cat \\/etc/passwd",
    "cat sr\\c/../../out/secret", "date -r /etc/passwd", "date -f list", "jq -f prog a",
    "jq -L /etc . a", "jq --rawfile x /etc/passwd .", "jq --slurpfile x /etc/passwd .",
    "jq 'import \"x\" as x; .' a", "jq 'include \"x\"; .' a", "rg -f /etc/passwd x",
    "rg --file=/etc/passwd", "rg -L x", "rg --follow x", "rg --ignore-file /etc/passwd x",
    "tree -l", "tree --fromfile list", "awk 'BEGIN{ARGV[1]=\"/etc/passwd\";ARGC=2} 1'",
    "awk '{getline x < \"/etc/passwd\"; print x}' a", "awk -v x=1 -f p a", "awk 1 /etc/passwd",
    "strings @list", "nl /etc/passwd", "git diff --no-index a /etc/passwd",
    "git diff a ../out/secret", "git diff /etc/passwd /etc/group", "git grep --no-index x /etc",
    "git log -O/etc/passwd", "ps auxe", "ps e", "ps axe", "env", "printenv", "set", "export",
    "id; env", "cat /proc/self/environ", "ls /", "ls ~", "ls ..", "stat /etc/shadow",
    "git show HEAD; cat link",
    /* never end */
    "tail -f log.txt", "tail -F log.txt", "tail --f log.txt", "tail --follow log.txt",
    "tail --retry log.txt", "tail -fn1 log.txt", "cat fifo", "cat < fifo", "wc -l f*", "head fifo",
    "seq inf", "seq 1 inf", "yes", "ping x", "sleep inf", "cat /dev/zero", "top",
    "tail +1f log.txt", "awk 'BEGIN{while(1);}'", "awk 'BEGIN{for(; ;);}'",
    "awk 'function f(){f()} BEGIN{f()}'", "jq 'repeat(.)' a", "jq -n 'infinite' a",
    "jq '[limit(9;recurse(.))]' a", "jq -n 'def f: f; f'", "jq -n '1|until(false;.)'",
    "jq -n 'range(1;1e99)'", "seq 99999999999",
    /* are not what they seem */
    "echo {PATH}>/dev/null; ls", "echo {PATH}</dev/null", "git config user.name x --get",
    "git config user.name x --list", "git config --get", "git config --global --get user.name",
    "git config --system -l", "git config -l", "git config --get http.extraheader",
    "git config --get-all credential.helper", "git config --local --get-regexp a b c",
    "git config --get user.name --unset", "xxd -ps -r a", "xxd -pr a", "xxd -ar a", "tree -aR",
    "tree -ao out", "tree -Lo 1", "date -us now", "date -Rs now", "date -uf list",
    "cd git/bracket && git status", "cd git/dotted && git status", "cd git/summary && git status",
    "cd git/modules && git status", "cd git/monitor/sub && git status",
    "cd git/monitor/bad && git status", "cd git/common && git log", "cd git/packs && git show HEAD",
    "grep -r /etc/passwd -e x", "sed -n /etc/passwd -e p", "od -w /etc/passwd", "od -w link",
    "cd jump && cd .. && ls", "cd jump; cat ../a", "cd srclink", "cat x=~/x", "cat a:~/x",
    "ls a=~root", "ps -ex", "ps -ef e", "ps -o env", "ps -eo pid,environ", "strings -n @list a",
    "strings -n 4 @list", "strings -tx @list", "echo /etc/pass*", "echo ../out/*", "echo dirlink/*",
    "git log --format=%G?", "git log --pretty=format:%GK -1", "git log --format=x%GS",
    "git for-each-ref --format='%(signature)'", "git tag -l --format='%(signature:key)'",
    "ls $(rm x)", "ls `rm x`", "A=1 ls", "PATH=. ls", "ls &", "ls \"$HOME\"", "ls \"$(id)\"",
    "ls 'open", "if ls; then ls; fi", "for i in a; do ls; done", "ls <(rm x)", "(ls)", "{ ls; }",
    "*", "| ls", "", "ls \x01", "! ls", "ls\nrm x", "ls;rm x", "ls || rm x", "ls && rm x",
    "ls | sh", "ls # x\nrm x", "cat <<E\nE", "cat <<< x", "ls {a,b}", "ls {1..3}", "l's' \\\n-la",
    "ls $'x'", "ls \"a`id`b\"", "coproc ls", "[[ -f a ]]", "((1))", "function f", "ls;;",
    "ls |& cat", "f() { ls; }", "alias x=y", "ls ${x}", "ls $((1))", "echo ~root/x; rm x"};

static size_t count_asked(void)
{
    size_t asked = 0;
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        if (class_of(plain[i]) != COMMAND_READS) {
            print_message("asks: %s\n", plain[i]);
            asked++;
        }
    return asked;
}

static void plain_commands_are_not_asked_about(void **s)
{
    size_t asked = count_asked();
    assert_true(COUNT_OF(plain) >= 122);
    print_message("%zu of %zu plain commands ask\n", asked, COUNT_OF(plain));
    assert_true(asked * 20 <= COUNT_OF(plain));
}

static void nothing_hostile_is_taken_for_reading(void **s)
{
    size_t tried = 0, missed = 0;
    for (size_t i = 0; i < COUNT_OF(reading); i++)
        for (size_t k = 0; k < COUNT_OF(outside); k++, tried++) {
            AUTO_FREE char *command = mem_printf("%s %s", reading[i], outside[k]);
            if (class_of(command) == COMMAND_READS) {
                print_message("missed: %s\n", command);
                missed++;
            }
        }
    for (size_t i = 0; i < COUNT_OF(hostile); i++, tried++)
        if (class_of(hostile[i]) == COMMAND_READS) {
            print_message("missed: %s\n", hostile[i]);
            missed++;
        }
    print_message("%zu of %zu hostile commands missed\n", missed, tried);
    assert_true(tried >= 384);
    assert_int_equal(missed, 0);
}

/* What lies in the workspace, or would be looked for there, is no program of the system. */
static void programs_come_from_outside(void **s)
{
    AUTO_FREE char *before = mem_strdup(getenv("PATH"));
    AUTO_FREE char *bin = mem_printf("%s/bin:/usr/bin:/bin", root);
    const char *const traps[] = {".", ".:/usr/bin:/bin", "bin:/usr/bin", ":/usr/bin", bin};
    for (size_t i = 0; i < COUNT_OF(traps); i++) {
        setenv("PATH", traps[i], 1);
        assert_int_equal(class_of("cat a"), COMMAND_PLAIN);
        assert_int_equal(class_of("git status"), COMMAND_PLAIN);
        assert_int_equal(class_of("echo a"), COMMAND_READS); /* bash has it */
    }
    setenv("PATH", before, 1);
    assert_int_equal(class_of("cat a"), COMMAND_READS);
}

/* Whose repository begins above holds files that lie outside. */
static void git_is_asked_about_where_the_repository_is_larger(void **s)
{
    char *whole = root;
    assert_int_equal(class_of("git show HEAD:../x"), COMMAND_READS);
    root = mem_printf("%s/src", whole);
    assert_int_equal(class_of("cat a.c"), COMMAND_READS);
    assert_int_equal(class_of("git show HEAD:../x"), COMMAND_PLAIN);
    assert_int_equal(class_of("git status"), COMMAND_PLAIN);
    free(root);
    root = whole;
}

static void lines_that_can_be_read_are_told_from_others(void **s)
{
    static const char *const readable[] = {"rm x",     "ls; rm x", "./ls",
                                           "ls [ab]*", "cat ~/x",  "git push"};
    static const char *const unknown[] = {"ls > f", "A=1 ls", "ls &", "(ls)",
                                          "*",      "",       "! ls", "ls $x"};
    for (size_t i = 0; i < COUNT_OF(readable); i++)
        assert_int_equal(class_of(readable[i]), COMMAND_PLAIN);
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(class_of(unknown[i]), COMMAND_UNKNOWN);
    struct command_info info;
    command_classify("ls && sort -o x a", root, &info);
    assert_has(info.why, "sort");
    assert_int_equal(info.count, 2);
    command_info_fini(&info);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(plain_commands_are_not_asked_about), T(nothing_hostile_is_taken_for_reading),
        T(programs_come_from_outside), T(git_is_asked_about_where_the_repository_is_larger),
        T(lines_that_can_be_read_are_told_from_others)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
