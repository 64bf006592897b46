/* mien reference: the tables themselves, from which the manual is checked. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "behavior/registry.h"
#include "behaviors/behavior.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "config/texts.h"
#include "ui/ui.h"

static void print_options(const struct cli *c)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        output_text(stdout, "option\t--%s\t%s\n", o->name, o->help);
    for (const struct cli_command *k = c->commands; k->name; k++)
        output_text(stdout, "subcommand\t%s\t%s\n", k->name, k->help);
    for (const struct opt *r = config_rows; r->name; r++)
        output_text(stdout, "setting\t%s\t%s\n", r->name, r->help);
}

static void print_events(void)
{
    for (int t = 0; t < EVENT_COUNT; t++) {
        AUTO(buf) fields = {0};
        event_field_names((enum event_type)t, &fields);
        output_text(stdout, "event\t%s\t%s\t%s\n", event_name((enum event_type)t),
                    buf_cstr(&fields), event_help((enum event_type)t));
    }
}

static void print_requests(void)
{
    for (int t = 0; t < REQUEST_COUNT; t++) {
        AUTO(buf) fields = {0};
        request_field_names((enum request_type)t, &fields);
        output_text(stdout, "request\t%s\t%s\t%s\n", request_name((enum request_type)t),
                    buf_cstr(&fields), request_help((enum request_type)t));
    }
}

static void print_behaviors(void)
{
    for (size_t i = 0; i < behavior_type_count(); i++) {
        const struct behavior *b = behavior_types[i];
        output_text(stdout, "behavior\t%s\t%s\n", b->type, b->help);
        for (const struct opt *r = b->params; r && r->name; r++)
            output_text(stdout, "param\t%s\t%s\n", r->name, r->help);
        for (const struct tool *t = b->tools; t && t->name; t++)
            output_text(stdout, "tool\t%s\t%s\n", t->name, t->description);
    }
}

static void print_text(void *arg, const char *name, const char *places)
{
    output_text(stdout, "text\t%s\t%s\n", name, places);
}

int cli_reference(struct cli *c)
{
    print_options(c);
    print_events();
    print_requests();
    print_behaviors();
    texts_each(c->cfg.texts, print_text, NULL);
    ui_keys_print(stdout);
    ui_commands_print(stdout);
    return CLI_OK;
}
