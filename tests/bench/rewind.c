/* What snapshots cost: rewind DIRECTORY STORE [ROUNDS]. Lines of NAME VALUE: milliseconds, bytes.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "rewind/snapshots.h"

#define TIMES 9

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool take(struct snapshots *s, bool full)
{
    struct error e = {0};
    bool made = false;
    struct snapshot_line l = {.by = SNAPSHOT_AGENT};
    if (!snapshots_take(s, &l, full, &made, &e)) {
        fprintf(stderr, "%s\n", e.text);
        exit(1);
    }
    return made;
}

static double median(struct snapshots *s, bool full)
{
    double t[TIMES];
    for (int i = 0; i < TIMES; i++) {
        int64_t since = clock_us();
        (void)take(s, full);
        t[i] = (double)(clock_us() - since) / 1000;
    }
    qsort(t, TIMES, sizeof *t, order);
    return t[TIMES / 2];
}

static long resident(void)
{
    long pages = 0, own = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %ld %ld", &pages, &own) != 2)
        own = pages = 0;
    if (f)
        fclose(f);
    return (pages - own) * 4096;
}

/* Ten files a round, a line each, of some 400 that the work is about. */
static void edit(const char *root, int round)
{
    for (int k = 0; k < 10; k++) {
        char path[4096];
        int d = (round * 7 + k) % 40;
        snprintf(path, sizeof path, "%s/m%d/p%d/file%d.c", root, d / 25, d, (round + k) % 10);
        FILE *f = fopen(path, "a");
        if (!f)
            continue;
        fprintf(f, "int line_%d_%d = %d;\n", round, k, round * 31 + k);
        fclose(f);
    }
}

int main(int argc, char **argv)
{
    struct snapshots s;
    struct error e = {0};
    if (argc < 3)
        return 2;
    long before = resident();
    int64_t since = clock_us();
    if (!snapshots_open(&s, argv[2], argv[1], &e) || !take(&s, true)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    printf("first_ms %.1f\n", (double)(clock_us() - since) / 1000);
    (void)take(&s, false); /* the watch begins */
    printf("files %lld\n", (long long)look_count(s.look));
    printf("clean_full_ms %.1f\n", median(&s, true));
    printf("clean_watch_ms %.3f\n", median(&s, false));
    printf("memory_bytes %ld\n", resident() - before);
    malloc_trim(0);
    printf("memory_trimmed_bytes %ld\n", resident() - before);
    int rounds = argc > 3 ? atoi(argv[3]) : 0;
    int64_t longest = 0, all = 0;
    for (int i = 0; i < rounds; i++) {
        edit(argv[1], i);
        since = clock_us();
        (void)take(&s, false);
        int64_t took = clock_us() - since;
        longest = took > longest ? took : longest;
        all += took;
    }
    if (rounds)
        printf("round_ms %.1f\nround_longest_ms %.1f\n", (double)all / 1000 / rounds,
               (double)longest / 1000);
    snapshots_settle(&s);
    snapshots_fini(&s);
    return 0;
}
