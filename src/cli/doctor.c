/* mien doctor: what works here, and what to do about what does not. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sweep.h"
#include "behavior/registry.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/registry.h"
#include "host/landlock.h"
#include "host/sandbox_canary.h"
#include "host/sandbox_make.h"
#include "llm/models/models.h"

static int problems;

/* What is wrong was said on the line before; this mends it. */
PRINTF_LIKE(1, 2) static void mend(const char *fmt, ...)
{
    va_list ap;
    AUTO(buf) text = {0};
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    output_text(stdout, "           to mend it: %s\n", buf_cstr(&text));
    problems++;
}

static int64_t number_in(const char *path)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    return file_read(path, &text, 64, &e) ? atoll(buf_cstr(&text)) : -1;
}

/* As in a chroot: of the mounts seen from here none is at "/". */
static bool root_is_no_mount(void)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    if (!file_read("/proc/self/mountinfo", &text, 1 << 20, &e))
        return false;
    char at[3];
    for (const char *line = buf_cstr(&text); *line; line += strcspn(line, "\n"), line += !!*line)
        if (sscanf(line, "%*s %*s %*s %*s %2s", at) == 1 && strcmp(at, "/") == 0)
            return false;
    return true;
}

/* Which of the usual switches keeps new namespaces from us. */
static void mend_namespaces(void)
{
    static const struct {
        const char *path, *setting;
        int64_t off, on;
    } switches[] = {
        {"/proc/sys/kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone", 0, 1},
        {"/proc/sys/user/max_user_namespaces", "user.max_user_namespaces", 0, 10000},
        {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
         "kernel.apparmor_restrict_unprivileged_userns", 1, 0},
    };
    for (size_t i = 0; i < COUNT_OF(switches); i++)
        if (number_in(switches[i].path) == switches[i].off) {
            mend("sudo sysctl %s=%lld", switches[i].setting, (long long)switches[i].on);
            return;
        }
    if (root_is_no_mount())
        mend("this is a chroot, which can have no namespaces: a container (systemd-nspawn -D DIR, "
             "podman) has them");
    else if (access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0)
        mend("start the container with --security-opt seccomp=unconfined --security-opt "
             "apparmor=unconfined, or work with the level there is");
}

static void check_sandbox(const struct cli *c)
{
    char tmp[] = "/tmp/mien-doctor-XXXXXX", why[256];
    char *here = realpath(c->workspace ? c->workspace : ".", NULL);
    if (!here || !mkdtemp(tmp)) {
        output_text(stdout, "sandbox    cannot be tried: no directory can be made in /tmp\n");
        mend("sudo chmod 1777 /tmp");
        free(here);
        return;
    }
    struct sandbox *s = sandbox_new(here, tmp, c->cfg.network);
    enum sandbox_level got = sandbox_probe(s, SANDBOX_FULL, why);
    output_text(stdout, "sandbox    %s%s%s (Landlock ABI %d)\n", sandbox_level_name(got),
                *why ? ": " : "", why, landlock_abi());
    if (got == SANDBOX_NONE)
        output_text(stdout, "           commands are not confined: each is asked about\n");
    if (got != SANDBOX_FULL)
        mend_namespaces();
    sandbox_free(s);
    sweep_tree(tmp);
    free(here);
}

static int check_models(const struct cli *c)
{
    struct error e = {0};
    struct models *all = registry_load(c, &e);
    if (!all) {
        output_text(stdout, "models     %s\n", e.text);
        mend("correct the line that is named");
        return CLI_USAGE;
    }
    AUTO_FREE char *why = NULL;
    const struct model *m =
        c->cfg.model ? models_find(all, c->cfg.model, &e) : models_discover(all, NULL, &why);
    if (m) {
        AUTO_FREE char *key = model_key_state(m);
        output_text(stdout, "model      %s at %s, key %s (%s)\n", m->name,
                    m->api_base ? m->api_base : "no server", key, why ? why : m->origin);
        if (strcmp(m->provider, "playbook") == 0 && !c->cfg.model)
            mend("export OPENAI_API_KEY=... (or another provider's), or start a model server: see "
                 "A real model in the README");
    } else {
        output_text(stdout, "model      %s\n", e.text);
        mend("mien models list shows those there are; -m NAME or model: in config.yaml names one");
    }
    models_free(all);
    return m ? CLI_OK : CLI_USAGE;
}

static void check_dir(const char *label, const char *path)
{
    struct stat st;
    bool there = stat(path, &st) == 0, usable = !there || access(path, W_OK | X_OK) == 0;
    output_text(stdout, "%-10s %s%s\n", label, path,
                !there    ? " (made when needed)"
                : !usable ? ": not writable; nothing can be kept there"
                          : "");
    if (!usable)
        mend(st.st_uid == geteuid() ? "chmod u+rwx %s" : "sudo chown -R $(id -u):$(id -g) %s",
             path);
}

/* Loaded when they are first needed, so that nobody misses them before. */
static void check_library(const char *name, const char *package, const char *what)
{
    void *lib = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    output_text(stdout, "library    %s%s%s\n", name, lib ? "" : ": not found, needed for ",
                lib ? "" : what);
    if (!lib)
        mend("sudo apt install %s", package);
}

static void check_terminal(void)
{
    const char *term = getenv("TERM"), *color = getenv("COLORTERM");
    output_text(stdout, "terminal   TERM=%s COLORTERM=%s\n", term ? term : "", color ? color : "");
    if (!term || !*term || strcmp(term, "dumb") == 0)
        mend("export TERM=xterm-256color, where the terminal is one");
}

/* A commit can be lost when two connections write at once; mien keeps to one. */
static void check_sqlite(void)
{
    int v = sqlite3_libversion_number();
    bool fixed = v >= 3051003 || (v >= 3050007 && v < 3051000) || (v >= 3044006 && v < 3045000);
    output_text(stdout, "sqlite     %s%s\n", sqlite3_libversion(),
                fixed ? ""
                      : " (has the WAL-reset bug; mien uses one locked connection a session, which "
                        "avoids it)");
}

int cli_doctor(struct cli *c)
{
    AUTO_FREE char *config = file_config_path(NULL);
    AUTO_FREE char *state = file_state_path(NULL);
    output_text(stdout, "mien       %s\n", MIEN_VERSION);
    check_dir("config", config);
    check_dir("state", state);
    check_sqlite();
    check_sandbox(c);
    check_library("libcurl.so.4", "libcurl4", "talking to any model server");
    check_library("libmicrohttpd.so.12", "libmicrohttpd12", "mien proxy and mien with");
    output_text(stdout, "behaviors  %zu types\n", behavior_type_count());
    check_terminal();
    int code = check_models(c);
    if (problems)
        output_text(stdout, "%d thing%s to mend, said above\n", problems, problems > 1 ? "s" : "");
    return code;
}
