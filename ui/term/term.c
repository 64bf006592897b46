#include "ui/term/term.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "ui/term/cluster.h"

#define COPY_MAX (100 * 1024)
#define TITLE_COLS 80

static struct {
    struct termios saved;
    bool has_saved, mouse, draws; /* draws: there is a drawer */
    pid_t owner;
    volatile sig_atomic_t entered;
    char *title;
    const char *(*suspect)(void);
    pthread_t drawer;           /* whose crashes are caught: the UI's thread */
    volatile sig_atomic_t held; /* it draws no more */
} term;

#define PARK (SIGRTMIN + 3)
#define PARK_MS 200

static const struct {
    const char *on, *off;
    bool wanted_always;
} modes[] = {
    {"\033[?2004h", "\033[?2004l", true},                        /* bracketed paste */
    {"\033[?1000h\033[?1006h", "\033[?1006l\033[?1000l", false}, /* mouse buttons and wheel */
    {"\033[?1004h", "\033[?1004l", true},                        /* focus comes and goes */
};

/* All of the above off, alternate screen left, cursor shown, attributes and keypad reset. */
static const char restore_bytes[] =
    "\033[?2026l\033[?1004l\033[?1006l\033[?1000l\033[?2004l\033[?1049l\033[23;0t\033[?25h\033[0m"
    "\033[?1l\033>\r\n";

static void term_raw(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, n);
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

static void term_raws(const char *s)
{
    term_raw(s, strlen(s));
}

/* Give the terminal back at once; async-signal-safe; nothing if we are not on it. */
static void term_restore(void)
{
    if (!term.entered)
        return;
    term.entered = 0;
    term_raw(restore_bytes, sizeof restore_bytes - 1);
    if (term.has_saved)
        tcsetattr(STDIN_FILENO, TCSANOW, &term.saved);
}

static void term_park(int sig)
{
    (void)sig;
    term.held = 1;
    for (;;)
        pause(); /* the process is about to end */
}

/* Another thread crashed: what the UI's draws on would cover the terminal that is given back.
 * For a moment only: it may be stuck itself. */
static void term_hold_drawer(void)
{
    static const struct timespec ms = {.tv_nsec = 1000000};
    if (!term.draws || pthread_equal(pthread_self(), term.drawer) ||
        pthread_kill(term.drawer, PARK) != 0)
        return;
    for (int i = 0; i < PARK_MS && !term.held; i++)
        nanosleep(&ms, NULL);
}

/* Out of memory, in any thread: the words that follow are read on the terminal. A forked child
 * that has not become another program yet leaves the terminal alone. */
static int term_on_death(void)
{
    if (getpid() != term.owner)
        return STDERR_FILENO;
    term_hold_drawer(); /* first: it may be about to enter */
    if (!term.entered)
        return STDERR_FILENO;
    term_restore();
    return STDOUT_FILENO;
}

/* Whoever ends mien on purpose has left the terminal before. */
static void term_on_exit(void)
{
    if (!term.entered || getpid() != term.owner)
        return;
    term_restore();
    term_raws("mien: ended by a library that it uses; most likely there is no memory left\r\n");
}

static void term_on_crash(int sig)
{
    term_hold_drawer();
    const char *who = term.suspect ? term.suspect() : NULL;
    term_restore();
    if (who) {
        term_raws("mien crashed in a call by ");
        term_raws(who);
        term_raws("\r\n");
    }
    raise(sig); /* SA_RESETHAND: the default action follows */
}

void term_catch_crashes(const char *(*suspect)(void))
{
    term.suspect = suspect;
    term.drawer = pthread_self();
    term.draws = true;
    static char stack[64 * 1024];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    struct sigaction sa = {.sa_handler = term_on_crash,
                           .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER)};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &sa, NULL);
    struct sigaction park = {.sa_handler = term_park, .sa_flags = SA_RESTART};
    sigaction(PARK, &park, NULL);
}

void term_init(bool mouse)
{
    static bool once;
    term.has_saved = tcgetattr(STDIN_FILENO, &term.saved) == 0;
    term.mouse = mouse;
    if (once)
        return;
    once = true;
    term.owner = getpid();
    atexit(term_on_exit);
    mem_set_die_hook(term_on_death);
}

void term_take(void)
{
    term.entered = 1;
}

void term_modes_apply(void)
{
    term_modes_clear(); /* what a killed program left on */
    term_raws("\033[22;0t");
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (modes[i].wanted_always || term.mouse)
            term_raws(modes[i].on);
    term_take();
    mem_replace(&term.title, NULL);
}

void term_modes_clear(void)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        term_raws(modes[i].off);
    if (term.entered)
        term_raws("\033[23;0t");
    term.entered = 0;
}

void term_mouse(bool on)
{
    if (term.mouse && term.entered)
        term_raws(on ? modes[1].on : modes[1].off);
}

void term_notify(const char *text)
{
    AUTO_FREE char *clean = sanitize_text(text, SANITIZE_ONE_LINE);
    clean[cluster_fit(clean, strlen(clean), TITLE_COLS)] = '\0';
    for (char *p = clean; (p = strchr(p, ';'));) /* would end a field */
        *p = ',';
    AUTO_FREE char *bytes =
        mem_printf("\a\033]9;%s\033\\\033]777;notify;mien;%s\033\\", clean, clean);
    if (term.entered)
        term_raws(bytes);
}

void term_title(const char *title)
{
    if (!term.entered || (term.title && strcmp(term.title, title) == 0))
        return;
    mem_replace(&term.title, title);
    AUTO_FREE char *clean = sanitize_text(title, SANITIZE_ONE_LINE);
    clean[cluster_fit(clean, strlen(clean), TITLE_COLS)] = '\0';
    AUTO_FREE char *bytes = mem_printf("\033]2;%s\007", clean);
    term_raws(bytes);
}

/* Others show nothing of it, but some old ones print it. */
bool term_knows_links(void)
{
    static const struct {
        const char *name, *value; /* value: how it begins; "": whatever it is */
        int at_least;             /* the number that it is; 0: no matter */
    } rows[] = {{"VTE_VERSION", "", 5000},      {"KONSOLE_VERSION", "", 201200},
                {"KITTY_WINDOW_ID", "", 0},     {"WT_SESSION", "", 0},
                {"TERM_PROGRAM", "WezTerm", 0}, {"TERM_PROGRAM", "iTerm.app", 0},
                {"TERM_PROGRAM", "vscode", 0},  {"TERM_PROGRAM", "ghostty", 0},
                {"TERM_PROGRAM", "rio", 0},     {"TERM", "xterm-kitty", 0},
                {"TERM", "xterm-ghostty", 0},   {"TERM", "foot", 0},
                {"TERM", "alacritty", 0},       {"TERM", "contour", 0}};
    const char *program = getenv("TERM_PROGRAM"), *version = getenv("TERM_PROGRAM_VERSION");
    if (getenv("TMUX")) /* what runs around it is its own matter */
        return program && version && strcmp(program, "tmux") == 0 && strtod(version, NULL) > 3.35;
    if (getenv("STY")) /* screen */
        return false;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *v = getenv(rows[i].name);
        if (v && strncmp(v, rows[i].value, strlen(rows[i].value)) == 0 &&
            atoi(v) >= rows[i].at_least)
            return true;
    }
    return false;
}

void term_link(const char *url, unsigned number)
{
    AUTO_FREE char *bytes =
        url ? mem_printf("\033]8;id=mien%u;%s\033\\", number, url) : mem_strdup("\033]8;;\033\\");
    term_raws(bytes);
}

void term_ask_background(void)
{
    term_raws("\033]11;?\007");
}

static void term_base64(const char *s, size_t n, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *u = (const unsigned char *)s;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)u[i] << 16 | (left > 1 ? (uint32_t)u[i + 1] << 8 : 0) |
                     (left > 2 ? u[i + 2] : 0);
        buf_addc(out, digits[v >> 18]);
        buf_addc(out, digits[v >> 12 & 63]);
        buf_addc(out, left > 1 ? digits[v >> 6 & 63] : '=');
        buf_addc(out, left > 2 ? digits[v & 63] : '=');
    }
}

bool term_copy(const char *text)
{
    size_t n = strlen(text);
    if (n > COPY_MAX)
        return false;
    AUTO(buf) bytes = {0};
    buf_adds(&bytes, "\033]52;c;");
    term_base64(text, n, &bytes);
    buf_addc(&bytes, '\a');
    term_raw(bytes.ptr, bytes.len);
    return true;
}
