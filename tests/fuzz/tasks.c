/* tasks: a breakdown as a model writes it. What was read is written as a file that is read again.
 */
#include "fuzz.h"

#include "behaviors/lib/taskdraft.h"
#include "behaviors/lib/taskorder.h"

static void cycle(void *arg, const char *text)
{
    (void)arg;
    CLAIM(strstr(text, "→"), "no cycle: %s", text);
}

static void order(const struct tasklist *l)
{
    AUTO(buf) why = {0};
    const cJSON *next = taskorder_next(l, false);
    CLAIM(!next || taskorder_is_ready(l, next), "next, and not ready");
    taskorder_reason(l, &why);
    AUTO_JSON *blocked = taskorder_blocked(l, 10);
    for (size_t i = 0; i < l->index.len && i < 50; i++) {
        AUTO_JSON *behind = taskorder_dependents(l, task_id(l->index.ptr[i].task));
        struct task_wait w = {0};
        taskorder_wait(l, l->index.ptr[i].task, &w);
        task_wait_fini(&w);
    }
    taskorder_cycles(l, cycle, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = fuzz_text(data, size);
    struct error e = {0};
    AUTO_JSON *args = cJSON_CreateObject();
    cJSON_AddStringToObject(args, "content", text);
    struct taskdraft d = {0};
    if (!taskdraft_read(&d, args, &e)) {
        CLAIM(e.text[0], "refused without a word");
    } else {
        order(&d.list);
        if (d.problem_count == 0) {
            AUTO_FREE char *file = taskdraft_print(&d);
            struct tasklist again = {0};
            CLAIM(tasklist_parse(&again, file, strlen(file), "f", &e), "%s: %s", e.text, file);
            CLAIM(again.index.len == d.list.index.len, "%zu tasks became %zu", d.list.index.len,
                  again.index.len);
            CLAIM(taskdraft_keep_progress(&d, file, strlen(file)) >= 0, "its own file is no list");
            tasklist_fini(&again);
        }
    }
    taskdraft_fini(&d);
    struct tasklist l = {0};
    if (tasklist_parse(&l, text, strlen(text), "f", &e))
        order(&l);
    else
        CLAIM(e.text[0], "refused without a word");
    tasklist_fini(&l);
    return 0;
}
