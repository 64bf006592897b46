/* mien reference: the tables themselves, from which the manual is checked. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "behavior/registry.h"
#include "behaviors/behavior.h"
#include "cli/cli.h"
#include "config/texts.h"
#include "ui/ui.h"

static void print_options(const struct cli *c)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        printf("option\t--%s\t%s\n", o->name, o->help);
    for (const struct cli_command *k = c->commands; k->name; k++)
        printf("subcommand\t%s\t%s\n", k->name, k->help);
    for (const struct opt *r = config_rows; r->name; r++)
        printf("setting\t%s\t%s\n", r->name, r->help);
}

static void print_events(void)
{
    for (int t = 0; t < EVENT_COUNT; t++) {
        AUTO(buf) fields = {0};
        event_field_names((enum event_type)t, &fields);
        printf("event\t%s\t%s\t%s\n", event_name((enum event_type)t), buf_cstr(&fields),
               event_help((enum event_type)t));
    }
}

static void print_behaviors(void)
{
    for (size_t i = 0; i < behavior_type_count(); i++) {
        const struct behavior *b = behavior_types[i];
        printf("behavior\t%s\t%s\n", b->type, b->help);
        for (const struct opt *r = b->params; r && r->name; r++)
            printf("param\t%s\t%s\n", r->name, r->help);
        for (const struct tool *t = b->tools; t && t->name; t++)
            printf("tool\t%s\t%s\n", t->name, t->description);
    }
}

static void print_text(void *arg, const char *name, const char *places)
{
    printf("text\t%s\t%s\n", name, places);
}

int cli_reference(struct cli *c)
{
    print_options(c);
    print_events();
    print_behaviors();
    texts_each(c->cfg.texts, print_text, NULL);
    ui_keys_print(stdout);
    ui_commands_print(stdout);
    return CLI_OK;
}
