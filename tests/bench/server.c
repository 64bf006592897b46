/*
 * server - a chat-completions server that takes no time: one canned answer, sent at once.
 *
 *   server [TOOL_ROUNDS [STREAM_TOKENS]]
 *
 * Listens on 127.0.0.1, prints its port, ends with its standard input. What is answered depends
 * on the first part of the path: /answer a short text; /tools TOOL_ROUNDS times a tool call, then
 * a text; /stream STREAM_TOKENS tokens of markdown; /flood the first 10,000 of them, 500 a second,
 * and the end; /endless one GB of event stream; /paced 200 frames of 20 ms each that hold the time
 * they were sent at (CLOCK_MONOTONIC, ns). /tools counts from anew after its text. The size of the
 * last request's body is printed on standard output as "body N".
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 65536

static int tool_rounds = 200, stream_tokens = 50000;
static atomic_int round_at;
static char *stream_body;
static size_t stream_len;

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Content-Length: %zu\r\n\r\n";
static const char answer[] =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"forty-two\"}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":3}}\n\n"
    "data: [DONE]\n\n";
static const char answer_end[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";
/* Distinct files, so that no round looks like a loop. */
static const char tool[] =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,"
    "\"id\":\"call_%d\",\"type\":\"function\",\"function\":{\"name\":\"read_file\",\"arguments\":"
    "\"{\\\"path\\\":\\\"f%d.txt\\\"}\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":20}}\n\n"
    "data: [DONE]\n\n";

static void write_all(int fd, const char *p, size_t n)
{
    for (ssize_t done; n > 0 && (done = write(fd, p, n)) > 0; p += done, n -= (size_t)done)
        ;
}

static void reply(int fd, const char *body, size_t n)
{
    char text[sizeof head + 32];
    int len = snprintf(text, sizeof text, head, n);
    write_all(fd, text, (size_t)len);
    write_all(fd, body, n);
}

/* Read one request; false at the end of the connection. path gets the request line. */
static int request(int fd, char *path, size_t size)
{
    static _Thread_local char in[HEAD_MAX];
    size_t have = 0;
    char *end = NULL;
    while (!end && have < sizeof in - 1) {
        ssize_t n = read(fd, in + have, sizeof in - 1 - have);
        if (n <= 0)
            return 0;
        have += (size_t)n;
        in[have] = '\0';
        end = strstr(in, "\r\n\r\n");
    }
    if (!end)
        return 0;
    snprintf(path, size, "%.*s", (int)strcspn(in, "\r"), in);
    size_t body = 0;
    for (char *line = in; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "content-length:", 15) == 0)
            body = strtoul(line + 15, NULL, 10);
    if (strncmp(in, "POST", 4) == 0) {
        printf("body %zu\n", body);
        fflush(stdout);
    }
    size_t got = have - (size_t)(end + 4 - in);
    if (strcasestr(in, "100-continue"))
        write_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    while (got < body) {
        ssize_t n = read(fd, in, sizeof in - 1);
        if (n <= 0)
            return 0;
        got += (size_t)n;
    }
    return 1;
}

static const char stream_head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n";

static void chunk(int fd, const char *p, size_t n)
{
    char size[32];
    struct iovec parts[] = {{size, (size_t)snprintf(size, sizeof size, "%zx\r\n", n)},
                            {(void *)(uintptr_t)p, n},
                            {(void *)(uintptr_t) "\r\n", 2}};
    size_t all = parts[0].iov_len + n + 2;
    ssize_t done = writev(fd, parts, 3); /* blocking: short only when the peer is gone */
    if (done != (ssize_t)all)
        shutdown(fd, SHUT_RDWR);
}

static void endless(int fd)
{
    enum { BLOCK = 65536 };
    static char block[BLOCK];
    memset(block, 'x', BLOCK);
    memcpy(block, "data: ", 6);
    memcpy(block + BLOCK - 2, "\n\n", 2);
    write_all(fd, stream_head, sizeof stream_head - 1);
    for (int i = 0; i < (1 << 30) / BLOCK; i++)
        chunk(fd, block, BLOCK);
    write_all(fd, "0\r\n\r\n", 5);
}

static void wait_ns(struct timespec *t, long ns)
{
    t->tv_nsec += ns;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, t, NULL);
}

static void paced(int fd)
{
    char text[64];
    struct timespec t;
    write_all(fd, stream_head, sizeof stream_head - 1);
    clock_gettime(CLOCK_MONOTONIC, &t);
    for (int i = 0; i < 200; i++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int n = snprintf(text, sizeof text, "data: %lld\n\n",
                         (long long)now.tv_sec * 1000000000 + now.tv_nsec);
        chunk(fd, text, (size_t)n);
        wait_ns(&t, 20000000);
    }
    write_all(fd, "0\r\n\r\n", 5);
}

static void flood(int fd)
{
    struct timespec t;
    const char *at = stream_body, *all = stream_body + stream_len;
    write_all(fd, stream_head, sizeof stream_head - 1);
    clock_gettime(CLOCK_MONOTONIC, &t);
    for (int i = 0; i < 10000 && at < all; i++) {
        const char *end = (const char *)memmem(at, (size_t)(all - at), "\n\n", 2) + 2;
        chunk(fd, at, (size_t)(end - at));
        at = end;
        wait_ns(&t, 2000000);
    }
    chunk(fd, answer_end, sizeof answer_end - 1);
    write_all(fd, "0\r\n\r\n", 5);
}

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char path[256], text[1024];
    while (request(fd, path, sizeof path)) {
        if (strncmp(path, "POST", 4) != 0) {
            write_all(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 46);
        } else if (strstr(path, "/endless")) {
            endless(fd);
        } else if (strstr(path, "/paced")) {
            paced(fd);
        } else if (strstr(path, "/flood")) {
            flood(fd);
        } else if (strstr(path, "/stream")) {
            reply(fd, stream_body, stream_len);
        } else if (strstr(path, "/tools") && round_at < tool_rounds) {
            int i = atomic_fetch_add(&round_at, 1);
            int n = snprintf(text, sizeof text, tool, i, i);
            reply(fd, text, (size_t)n);
        } else {
            round_at = 0;
            reply(fd, answer, sizeof answer - 1);
        }
    }
    close(fd);
    return NULL;
}

/* Headings, lists, emphasis, a code block now and then; a token a frame. ASCII only: the bench's
 * keys are recognised by not being that. */
static void make_stream(void)
{
    static const char *const words[] = {"The",     " parser", " keeps", " **every**",
                                        " word",   " it",     " reads", ",",
                                        " `once`", " and",    " again", "."};
    FILE *f = open_memstream(&stream_body, &stream_len);
    for (int i = 0; i < stream_tokens; i++) {
        const char *w = words[i % 12];
        if (i % 500 == 499)
            w = "\\n```c\\nint x = 1;\\n```\\n";
        else if (i % 120 == 119)
            w = "\\n\\n## A heading\\n\\n";
        else if (i % 36 == 35)
            w = "\\n- item: ";
        fprintf(
            f,
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":\"bench\","
            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n",
            w);
    }
    fputs(answer_end, f);
    fclose(f);
}

static void *end_with_stdin(void *arg)
{
    (void)arg;
    char c;
    while (read(0, &c, 1) > 0)
        ;
    exit(0);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc > 1)
        tool_rounds = atoi(argv[1]);
    if (argc > 2)
        stream_tokens = atoi(argv[2]);
    make_stream();
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 512) < 0 ||
        getsockname(s, (struct sockaddr *)&a, &len) < 0) {
        perror("server");
        return 1;
    }
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    pthread_t t;
    pthread_create(&t, NULL, end_with_stdin, NULL);
    for (int fd; (fd = accept(s, NULL, NULL)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_create(&t, NULL, serve, (void *)(long)fd);
        pthread_detach(t);
    }
    return 0;
}
