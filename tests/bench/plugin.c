/*
 * What the guard adds to a tool call of a shared object: plugin CONFIG_DIR, with
 * behaviors/bench_behavior.so in it. The same tool is called as compiled-in code is, and guarded,
 * in turns. Prints nanoseconds of one call: plain, guarded.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/mem.h"
#include "behavior/pipeline.h"
#include "behavior/pipeline_run.h"
#include "engine/host_table.h"

#define BLOCKS 41
#define CALLS 5000

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t block(struct pipeline *p, int tool, cJSON *args)
{
    int64_t since = clock_us();
    for (int i = 0; i < CALLS; i++)
        cJSON_Delete(pipeline_run_tool(p, tool, "c1", args));
    return (clock_us() - since) * 1000 / CALLS;
}

int main(int argc, char **argv)
{
    struct error e = {0};
    struct pipeline p = {0};
    struct call base = {.host = &agent_host};
    int64_t plain[BLOCKS], guarded[BLOCKS];
    if (argc != 2 || setenv("MIEN_CONFIG_DIR", argv[1], 1) != 0)
        return 2;
    if (!pipeline_add(&p, "BenchBehavior", NULL, NULL, &base, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    struct instance *i = p.instances.ptr[0];
    const struct fault_code own = i->code;
    AUTO_JSON *args = cJSON_CreateObject();
    for (int n = 0; n < BLOCKS; n++) {
        i->code = (struct fault_code){0};
        plain[n] = block(&p, 0, args);
        i->code = own;
        guarded[n] = block(&p, 0, args);
    }
    qsort(plain, BLOCKS, sizeof *plain, by_value);
    qsort(guarded, BLOCKS, sizeof *guarded, by_value);
    printf("%lld %lld\n", (long long)plain[BLOCKS / 2], (long long)guarded[BLOCKS / 2]);
    pipeline_fini(&p);
    return own.from == own.to;
}
