#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "request/conversation.h"

static void fail_lab(const char *what, const char *why)
{
    fprintf(stderr, "lab: %s: %s\n", what, why);
    abort();
}

/* ---- every request of every run of a lab: no word of the user is missing ---- */

static bool watching; /* set before there is a second thread */

static char *asked; /* the last request; written before the event that a test waits for */

static bool says(const struct llm_request *r, const char *text)
{
    for (size_t i = 0; i < r->message_count; i++)
        if (r->messages[i].text && strstr(r->messages[i].text, text))
            return true;
    return false;
}

static void look_at(const struct llm_request *r)
{
    /* Of the conversation only this member is known here. */
    const size_t at = offsetof(struct conversation, ids);
    struct conversation *c = (struct conversation *)(void *)((char *)(uintptr_t)r->used_ids - at);
    size_t n;
    const int64_t *words = conversation_words(c, &n);
    for (size_t i = 0; i < n; i++) {
        const struct message *m = conversation_at(c, words[i]);
        const char *text = m->role == LLM_USER ? m->text : m->said;
        bool shortened = m->stub && says(r, m->stub);
        if (m->lost || shortened || says(r, text) || (m->role == LLM_TOOL && says(r, m->text)))
            continue;
        fprintf(stderr, "lab: a request lacks what the user said: %s\n", text);
        abort();
    }
    AUTO(buf) all = {0};
    for (size_t i = 0; i < r->message_count; i++)
        buf_addf(&all, "%s\n", r->messages[i].text ? r->messages[i].text : "");
    buf_adds(&all, r->tail ? r->tail : "");
    free(asked);
    asked = buf_take(&all);
    if (r->message_count > 1 && r->messages[1].role != LLM_USER)
        fail_lab("a request", "its first message is not a user's");
}

const char *lab_asked(void)
{
    return asked ? asked : "";
}

bool __real_llm_call(struct llm *l, const struct llm_request *r, const struct llm_watch *w,
                     struct llm_reply *reply, struct llm_failure *f);
bool __wrap_llm_call(struct llm *l, const struct llm_request *r, const struct llm_watch *w,
                     struct llm_reply *reply, struct llm_failure *f);

bool __wrap_llm_call(struct llm *l, const struct llm_request *r, const struct llm_watch *w,
                     struct llm_reply *reply, struct llm_failure *f)
{
    if (watching && r->used_ids)
        look_at(r);
    return __real_llm_call(l, r, w, reply, f);
}

/* ---- the place ---- */

void lab_put(struct lab *l, const char *path, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    struct error e = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    AUTO_FREE char *whole = mem_printf("%s/%s", l->top, path);
    AUTO_FREE char *dir = mem_strndup(whole, (size_t)(strrchr(whole, '/') - whole));
    if (!file_make_dirs(dir, &e) || !file_write(whole, buf_cstr(&text), text.len, &e))
        fail_lab(path, e.text);
}

bool lab_exists(struct lab *l, const char *path)
{
    AUTO_FREE char *whole = mem_printf("%s/%s", l->top, path);
    return access(whole, F_OK) == 0;
}

void lab_open(struct lab *l)
{
    *l = (struct lab){.here = -1};
    watching = true;
    strcpy(l->top, "/tmp/mien-lab-XXXXXX");
    if (!mkdtemp(l->top))
        fail_lab("mkdtemp", strerror(errno));
    l->ws = mem_printf("%s/ws", l->top);
    AUTO_FREE char *config = mem_printf("%s/config", l->top);
    AUTO_FREE char *state = mem_printf("%s/state", l->top);
    AUTO_FREE char *fifo = mem_printf("%s/here", l->ws);
    setenv("MIEN_CONFIG_DIR", config, 1);
    setenv("MIEN_STATE_DIR", state, 1);
    mkdir(config, 0755);
    mkdir(l->ws, 0755);
    if (mkfifo(fifo, 0644) != 0)
        fail_lab("mkfifo", strerror(errno));
    l->here = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC); /* a reader: writers never wait */
    l->opts = (struct engine_opts){.workspace = l->ws,
                                   .interactive = true,
                                   .approval = "yolo",
                                   .max_rounds = -1,
                                   .timeout_s = -1,
                                   .max_tokens = -1,
                                   .max_money = -1};
}

/* Children that are forked and not replaced hang in the thread sanitizer itself: no canary. */
#if defined(__SANITIZE_THREAD__)
#define NO_CANARY true
#else
#define NO_CANARY false
#endif

void lab_config(struct lab *l, const char *yaml)
{
    struct error e = {0};
    config_init(&l->cfg);
    l->configured = true;
    if (NO_CANARY && !config_set(&l->cfg, "sandbox.level", "none", "the test", &e))
        fail_lab("config", e.text);
    if (!config_load_text(&l->cfg, yaml, "config.yaml", &e))
        fail_lab("config", e.text);
}

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

/* ---- the engine ---- */

void lab_start(struct lab *l, const char *model)
{
    struct error e = {0};
    if (!l->configured)
        lab_config(l, "");
    AUTO_FREE char *agent = mem_printf("%s/agent.yaml", l->top);
    bool script = strlen(model) > 5 && strcmp(model + strlen(model) - 5, ".yaml") == 0;
    AUTO_FREE char *name = script ? mem_printf("playbook/%s/%s", l->top, model) : mem_strdup(model);
    l->opts.agent = agent;
    l->opts.model = name;
    l->g = engine_new(&l->cfg, &l->opts, &e);
    l->opts.agent = l->opts.model = NULL;
    if (!l->g)
        fail_lab("engine", e.text);
}

static void take(struct lab *l)
{
    struct event ev;
    while (engine_next(l->g, &ev))
        VEC_PUSH(&l->events, ev);
}

void lab_stop(struct lab *l)
{
    if (!l->g)
        return;
    engine_ask(l->g, REQUEST_QUIT, NULL, NULL);
    while (!engine_done(l->g)) {
        struct pollfd p = {.fd = engine_event_fd(l->g), .events = POLLIN};
        poll(&p, 1, 1000);
        take(l);
    }
    take(l);
    engine_free(l->g);
    l->g = NULL;
}

const struct event *lab_until(struct lab *l, lab_match *match, const void *arg, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    for (;;) {
        size_t from = l->events.len;
        struct event ev;
        /* One at a time: what comes after the match is for the next wait. */
        while (engine_next(l->g, &ev)) {
            VEC_PUSH(&l->events, ev);
            if (match(&l->events.ptr[from], arg))
                return &l->events.ptr[from];
            from = l->events.len;
        }
        int64_t left = until - clock_ms();
        if (left <= 0 || engine_done(l->g))
            return NULL;
        struct pollfd p = {.fd = engine_event_fd(l->g), .events = POLLIN};
        poll(&p, 1, (int)left);
    }
}

static bool is_type(const struct event *ev, const void *arg)
{
    return ev->type == *(const enum event_type *)arg;
}

bool lab_question_or_end(const struct event *ev, const void *arg)
{
    return ev->type == EVENT_APPROVAL || ev->type == EVENT_RESULT;
}

int64_t lab_now(void)
{
    return clock_ms();
}

const struct event *lab_until_type(struct lab *l, enum event_type type, int64_t ms)
{
    return lab_until(l, is_type, &type, ms);
}

bool lab_until_here(struct lab *l, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    char word[64];
    for (;;) {
        take(l);
        if (read(l->here, word, sizeof word) > 0)
            return true;
        int64_t left = until - clock_ms();
        if (left <= 0 || engine_done(l->g))
            return false;
        struct pollfd p[] = {{.fd = l->here, .events = POLLIN},
                             {.fd = engine_event_fd(l->g), .events = POLLIN}};
        poll(p, COUNT_OF(p), (int)left);
    }
}

size_t lab_count(const struct lab *l, enum event_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < l->events.len; i++)
        n += l->events.ptr[i].type == type;
    return n;
}

static bool is_report(const struct event *ev, const void *arg)
{
    return ev->type == EVENT_REPORT && strcmp(ev->report.title, arg) == 0;
}

bool lab_settle(struct lab *l, int64_t ms)
{
    engine_ask(l->g, REQUEST_REPORT, "log", NULL);
    return lab_until(l, is_report, "log", ms) != NULL;
}

/* ---- the model on loopback ---- */

struct lab_server {
    enum lab_fault how;
    int fd, fill[8];
    pthread_t thread;
    int quit[2];
    VEC(int) open;
};

static const char speaks[] =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,"
    "\"id\":\"\",\"type\":\"function\",\"function\":{\"name\":\"list_dir\",\"arguments\":"
    "\"{\\\"path\\\":\\\".\\\"}\"}}]},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: [DONE]\n\n";
static const char words[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Some "
    "words\"},"
    "\"finish_reason\":null}]}\n\n";

static void answer_head(int fd, const char *more)
{
    dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n%s",
            more);
}

/* One request: read whole, then what the fault says. True: the connection is over. */
static bool serve_one(struct lab_server *s, int fd)
{
    AUTO(buf) in = {0};
    char piece[65536];
    const char *body = NULL;
    size_t want = 0;
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n <= 0)
            return true;
        buf_add(&in, piece, (size_t)n);
        body = strstr(buf_cstr(&in), "\r\n\r\n");
        const char *length = strcasestr(buf_cstr(&in), "content-length:");
        want = length ? (size_t)atoll(length + 15) : 0;
        if (body && in.len - (size_t)(body + 4 - in.ptr) >= want)
            break;
    }
    bool summary = strstr(body, "You sum up") != NULL;
    enum lab_fault how = s->how != LAB_SUMMARY_HANGS ? s->how : summary ? LAB_SILENT : LAB_SPEAKS;
    if (how == LAB_SILENT)
        return false;
    if (how == LAB_STALLS) {
        answer_head(fd, words);
        return false;
    }
    if (how == LAB_BUSY)
        dprintf(fd, "HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n"
                    "Connection: close\r\n\r\n");
    else
        answer_head(fd, speaks);
    return true;
}

static void *server_main(void *arg)
{
    struct lab_server *s = arg;
    for (;;) {
        struct pollfd p[] = {{.fd = s->quit[0], .events = POLLIN}, {.fd = s->fd, .events = POLLIN}};
        poll(p, s->how == LAB_NO_CONNECT ? 1 : 2, -1);
        if (p[0].revents)
            return NULL;
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        if (serve_one(s, fd))
            close(fd);
        else
            VEC_PUSH(&s->open, fd); /* held, in silence */
    }
}

void lab_serve(struct lab *l, enum lab_fault how)
{
    struct lab_server *s = mem_alloc(sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    s->how = how;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&at, n) != 0 ||
        listen(s->fd, how == LAB_NO_CONNECT ? 0 : 16) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&at, &n) != 0 || pipe2(s->quit, O_CLOEXEC) != 0)
        fail_lab("server", strerror(errno));
    for (size_t i = 0; i < COUNT_OF(s->fill); i++) {
        s->fill[i] = how == LAB_NO_CONNECT
                         ? socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
                         : -1;
        if (s->fill[i] >= 0)
            (void)!connect(s->fill[i], (struct sockaddr *)&at, n); /* the queue is full then */
    }
    if (pthread_create(&s->thread, NULL, server_main, s) != 0)
        fail_lab("server", "no thread");
    l->server = s;
    lab_put(
        l, "config/models.yaml",
        "model_list:\n"
        "  - model_name: lab\n"
        "    litellm_params: {model: openai/lab, api_base: \"http://127.0.0.1:%d/v1\", api_key: "
        "x}\n"
        "    model_info: {max_input_tokens: 100000}\n"
        "    behaviors:\n"
        "      formal: {description: Formal., route_suffix: /formal, instructions: Be formal.}\n"
        "      debug: {description: Debug., route_suffix: /debug}\n",
        ntohs(at.sin_port));
}

static void server_free(struct lab_server *s)
{
    if (!s)
        return;
    (void)!write(s->quit[1], "q", 1);
    pthread_join(s->thread, NULL);
    for (size_t i = 0; i < COUNT_OF(s->fill); i++)
        if (s->fill[i] >= 0)
            close(s->fill[i]);
    for (size_t i = 0; i < s->open.len; i++)
        close(s->open.ptr[i]);
    VEC_FREE(&s->open);
    close(s->fd);
    close(s->quit[0]);
    close(s->quit[1]);
    free(s);
}

void lab_close(struct lab *l)
{
    lab_stop(l);
    server_free(l->server);
    for (size_t i = 0; i < l->events.len; i++)
        event_fini(&l->events.ptr[i]);
    VEC_FREE(&l->events);
    if (l->configured)
        config_fini(&l->cfg);
    close(l->here);
    nftw(l->top, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(l->ws);
    *l = (struct lab){.here = -1};
    watching = true;
}
