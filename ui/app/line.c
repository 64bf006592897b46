#include "ui/app/line.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/app/complete.h"
#include "ui/input/input.h"

static void line_finish_prompt(struct app *app, const char *line)
{
    enum prompt_kind kind = app->prompt.kind;
    AUTO_FREE char *op = mem_strdup(app->prompt.op);
    prompt_end(&app->prompt);
    if (kind == PROMPT_NODE && strcmp(op, "add") == 0 && app->prompt.node == 0) {
        app_set_focus(app, FOCUS_INPUT);
        if (*line) /* of an empty tree */
            line_submit(app, line, false);
    } else if (kind == PROMPT_NODE) {
        if (*line || strcmp(op, "note") == 0 || strcmp(op, "check") == 0)
            post_tree(&app->post, op, app->prompt.node, line);
        app_set_focus(app, FOCUS_TREE);
    } else if (kind == PROMPT_JOB) {
        if (*line)
            post_tell(&app->post, op, line);
        app_set_focus(app, FOCUS_TREE);
    } else if (kind == PROMPT_NOTE) {
        dialog_note_set(&app->dialog, line);
    } else if (kind == PROMPT_REASON) {
        const struct approval *q = app_question(app);
        if (*line || !q || !dialog_is_question(q)) /* no words are no answer: it stays open */
            app_answer(app, op, line);
    } else if (kind == PROMPT_SEARCH) {
        mem_replace(&app->transcript.needle, *line ? line : NULL);
        bool found = !*line || transcript_search(&app->transcript, &app->state, -1);
        app_set_focus(app, found ? FOCUS_TRANSCRIPT : FOCUS_INPUT);
        if (!found)
            toast_show(&app->toast, "\"%s\" is not in the transcript%s", line,
                       transcript_reach(&app->state));
    }
}

void line_submit(struct app *app, const char *line, bool queue)
{
    assert(line);
    bool lacks_model = state_lacks_model(&app->state);
    if (line[strspn(line, " \t\n")] == '\0') {
        if (lacks_model && !state_has_talk(&app->state))
            commands_pick_start(app);
        return;
    }
    transcript_follow(&app->transcript);
    input_history_add(line);
    if (commands_is_command(line)) {
        commands_run(app, line);
        return;
    }
    if (*line == '!' && line[1]) {
        post_command(&app->post, line);
        return;
    }
    if (lacks_model) { /* no script is played on the user's own words */
        input_paste(line, strlen(line));
        commands_pick_start(app);
        return;
    }
    bool escaped = strncmp(line, "//", 2) == 0; /* a text that starts with a slash */
    post_request(&app->post, queue ? REQUEST_QUEUE : REQUEST_SUBMIT, line + escaped, NULL);
}

void line_feed(struct app *app, const char *bytes, size_t n)
{
    assert(bytes && n > 0);
    input_feed(bytes, n);
    AUTO_FREE char *line = input_take_submitted();
    if (line) {
        menu_close(&app->menu);
        if (app->prompt.kind != PROMPT_NONE)
            line_finish_prompt(app, line);
        else
            line_submit(app, line, false);
        return;
    }
    if (input_is_empty())
        app->menu.dismissed = false;
    if (app->prompt.kind == PROMPT_NONE)
        complete_open(app, false);
}

void line_send(struct app *app)
{
    line_feed(app, "\r", 1);
}
