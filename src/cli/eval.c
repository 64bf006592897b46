/* mien eval: goals with checks, tried by agents, models and modes; what people choose them by. */
#include "eval/eval.h"

#include <stdio.h>
#include <string.h>

#include "base/sanitize.h"
#include "cli/cli.h"
#include "cli/output.h"

static bool tell(const struct eval_cell *c)
{
    output_text(stderr, "%-8s %s: %s, %lld requests, %lld tokens in, %lld out, %.1f s\n",
                c->solved   ? "solved"
                : c->stored ? "failed"
                            : "no run",
                c->name, c->status, (long long)c->cost.calls, (long long)c->cost.input,
                (long long)c->cost.output, (double)c->wall_ms / 1000);
    AUTO_FREE char *note = sanitize_text(!c->solved && c->note ? c->note : "", SANITIZE_ONE_LINE);
    if (*note)
        output_text(stderr, "         %.200s\n", note);
    return output_probe(); /* a table that nobody will get is not worth the tokens */
}

int cli_eval(struct cli *c)
{
    struct eval v = {0};
    struct eval_results r = {0};
    struct error e = {0};
    AUTO(buf) out = {0};
    if (c->arg_count != 1)
        return cli_usage("eval FILE");
    if (!eval_load(&v, c->args[0], &e) || !eval_run(&v, NULL, tell, &r, &e)) {
        eval_fini(&v);
        return cli_fail(&e);
    }
    bool all = true;
    for (size_t i = 0; i < r.cells.len; i++)
        all = all && r.cells.ptr[i].solved;
    if (c->json) {
        AUTO_JSON *list = eval_json(&r);
        json_write(&out, list);
        buf_addc(&out, '\n');
    } else {
        eval_table(&r, &out);
    }
    output_text(stdout, "%s", buf_cstr(&out));
    eval_results_fini(&r);
    eval_fini(&v);
    return all ? CLI_OK : CLI_FAILED;
}
