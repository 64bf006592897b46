/*
 * load - a client that measures, for the proxy's figures. Ports are on 127.0.0.1; PATH is what
 * is posted to, MODEL goes into the body.
 *
 *   load first COUNT BODY_BYTES PORT PATH MODEL [PORT PATH MODEL]
 *       microseconds from sending a request to the first byte of its answer, a line a request
 *       and target, the targets in turns over connections that are kept
 *   load big PORT PATH MODEL              bytes and seconds of one answer
 *   load many COUNT PORT PATH MODEL       COUNT streams of /paced at once: a line a frame, the
 *       microseconds since it was sent
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct target {
    int fd;
    char *request;
    size_t len;
};

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int dial(const char *port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    a.sin_port = htons((unsigned short)atoi(port));
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
        perror("load");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* A request of the size real ones have: a system prompt and a long conversation. */
static void target_init(struct target *t, char **args, size_t bytes)
{
    FILE *f = NULL;
    char *body = NULL;
    size_t n = 0;
    f = open_memstream(&body, &n);
    fprintf(f,
            "{\"model\":\"%s\",\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":"
            "\"You are.\"}",
            args[2]);
    while (fflush(f) == 0 && n < bytes)
        fputs(",{\"role\":\"user\",\"content\":\"What does this line of text say, "
              "\\\"exactly\\\"?\\n\"}",
              f);
    fputs("]}", f);
    fclose(f);
    t->fd = dial(args[0]);
    f = open_memstream(&t->request, &t->len);
    fprintf(f,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n%s",
            args[1], n, body);
    fclose(f);
    free(body);
}

static void target_send(const struct target *t)
{
    for (size_t done = 0; done < t->len;) {
        ssize_t n = write(t->fd, t->request + done, t->len - done);
        if (n <= 0) {
            perror("load: write");
            exit(1);
        }
        done += (size_t)n;
    }
}

static bool over(const char *text)
{
    return strstr(text, "[DONE]\n\n") || strstr(text, "\"message_stop\"}\n\n");
}

/* Read one answer to its end, as both framings of the bench's server and both dialects have it. */
static void target_drain(const struct target *t, const char *seen, size_t have)
{
    static char text[1 << 16];
    memcpy(text, seen, have);
    text[have] = '\0';
    while (!over(text)) {
        ssize_t n = read(t->fd, text + have, sizeof text - 1 - have);
        if (n <= 0)
            exit(1);
        have += (size_t)n;
        text[have] = '\0';
    }
    if (strcasestr(text, "transfer-encoding: chunked"))
        while (have < 5 || memcmp(text + have - 5, "0\r\n\r\n", 5) != 0) {
            ssize_t n = read(t->fd, text + have, sizeof text - 1 - have);
            if (n <= 0)
                exit(1);
            have += (size_t)n;
        }
}

static double first_byte(const struct target *t)
{
    char text[65536];
    long long began = now_ns();
    target_send(t);
    ssize_t n = read(t->fd, text, sizeof text / 2);
    double us = (double)(now_ns() - began) / 1000;
    if (n <= 0)
        exit(1);
    target_drain(t, text, (size_t)n);
    return us;
}

static int first(int argc, char **argv)
{
    struct target targets[2];
    int n = 0;
    for (int i = 4; i + 2 < argc && n < 2; i += 3)
        target_init(&targets[n++], argv + i, strtoul(argv[3], NULL, 10));
    for (int i = -20; i < atoi(argv[2]); i++)
        for (int k = 0; k < n; k++) {
            double us = first_byte(&targets[k]);
            if (i >= 0)
                printf("%d %.1f\n", k, us);
        }
    return 0;
}

static int big(char **argv)
{
    static char text[1 << 18];
    struct target t;
    long long began = now_ns(), bytes = 0, shown = 0;
    target_init(&t, argv + 2, 500);
    target_send(&t);
    for (;;) {
        ssize_t n = read(t.fd, text, sizeof text);
        bytes += n > 0 ? n : 0;
        if (n <= 0 || (n >= 5 && memcmp(text + n - 5, "0\r\n\r\n", 5) == 0))
            break;
        if (bytes - shown > 64 << 20) {
            printf("at %lld\n", shown = bytes);
            fflush(stdout);
        }
    }
    printf("big %lld %.3f\n", bytes, (double)(now_ns() - began) / 1e9);
    return 0;
}

static void frames(char *text)
{
    long long now = now_ns();
    for (char *p = text; (p = strstr(p, "data: ")); p += 6)
        printf("frame %.1f\n", (double)(now - strtoll(p + 6, NULL, 10)) / 1000);
}

static int many(char **argv)
{
    static char text[1 << 16];
    int n = atoi(argv[2]), left = n;
    struct pollfd *fds = calloc((size_t)n, sizeof *fds);
    for (int i = 0; i < n; i++) {
        struct target t;
        target_init(&t, argv + 3, 500);
        target_send(&t);
        fds[i] = (struct pollfd){.fd = t.fd, .events = POLLIN};
        free(t.request);
    }
    while (left > 0 && poll(fds, (nfds_t)n, 20000) > 0)
        for (int i = 0; i < n; i++) {
            ssize_t got = fds[i].revents ? read(fds[i].fd, text, sizeof text - 1) : 1;
            if (!fds[i].revents)
                continue;
            text[got > 0 ? got : 0] = '\0';
            frames(text);
            if (got > 0 && (got < 5 || memcmp(text + got - 5, "0\r\n\r\n", 5) != 0))
                continue;
            close(fds[i].fd);
            fds[i].fd = -1;
            left--;
        }
    free(fds);
    return left;
}

int main(int argc, char **argv)
{
    if (argc > 6 && strcmp(argv[1], "first") == 0)
        return first(argc, argv);
    if (argc > 4 && strcmp(argv[1], "big") == 0)
        return big(argv);
    if (argc > 5 && strcmp(argv[1], "many") == 0)
        return many(argv);
    fputs("usage: load first|big|many ...; see the source\n", stderr);
    return 2;
}
