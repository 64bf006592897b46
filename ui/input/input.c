#include "ui/input/input.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/mem.h"
#include "ui/input/history.h"
#include "ui/input/keys.h"
#include "ui/input/placeholder.h"
#include "ui/term/glyph.h"

static struct {
    struct buf queue; /* bytes readline has not read yet */
    size_t queue_pos;
    unsigned underflows;
    FILE *null_in, *null_out;
    char *submitted;
    char *restore; /* what the last clear took */
    bool asking;
    char *draft; /* kept while asking */
    int draft_point;
    char *prompt;
    char *ask_prompt; /* readline frees its own copy on reset */
    int chord;        /* the key that came behind C-x; 0: none */
    bool up;
} in;

static int input_pop_byte(FILE *f)
{
    if (in.queue_pos >= in.queue.len) {
        in.underflows++;
        return EOF;
    }
    return (unsigned char)in.queue.ptr[in.queue_pos++];
}

static int input_have_byte(void)
{
    return in.queue_pos < in.queue.len;
}

static void input_redisplay(void)
{
    /* The app draws after every token; readline must only not draw itself. */
}

static char **input_no_completion(const char *text, int start, int end)
{
    rl_attempted_completion_over = 1;
    return NULL;
}

static void input_on_line(char *line)
{
    free(in.submitted);
    in.submitted = line ? placeholder_expand(line) : NULL;
    free(line);
}

static int input_on_chord(int count, int key)
{
    in.chord = key;
    return 0;
}

static int input_want_editor(int count, int key)
{
    in.chord = 'e' & 0x1f;
    return 0;
}

/* The byte offset of the line start before `at`. */
static int input_line_start(int at)
{
    while (at > 0 && rl_line_buffer[at - 1] != '\n')
        at--;
    return at;
}

static int input_line_end(int at)
{
    while (at < rl_end && rl_line_buffer[at] != '\n')
        at++;
    return at;
}

/* Byte offset of the character column `chars` in the line that starts at `start`. */
static int input_at_column(int start, int chars)
{
    int at = start, end = input_line_end(start);
    for (; chars > 0 && at < end; chars--)
        do
            at++;
        while (at < end && (rl_line_buffer[at] & 0xc0) == 0x80);
    return at;
}

static int input_column(int start, int at)
{
    int chars = 0;
    for (int i = start; i < at; i++)
        chars += (rl_line_buffer[i] & 0xc0) != 0x80;
    return chars;
}

static int input_up(int count, int key)
{
    int start = input_line_start(rl_point);
    if (start == 0) {
        if (rl_end == 0 && input_restore())
            return 0;
        return rl_get_previous_history(1, key);
    }
    rl_point = input_at_column(input_line_start(start - 1), input_column(start, rl_point));
    return 0;
}

static int input_down(int count, int key)
{
    int end = input_line_end(rl_point);
    if (end == rl_end)
        return rl_get_next_history(1, key);
    rl_point = input_at_column(end + 1, input_column(input_line_start(rl_point), rl_point));
    return 0;
}

static void input_bind_in(Keymap map)
{
    static const struct {
        const char *sequence;
        rl_command_func_t *fn;
    } binds[] = {
        {"\033[A", input_up},
        {"\033OA", input_up},
        {"\033[B", input_down},
        {"\033OB", input_down},
        {"\033[3~", rl_delete},
        {"\033[1~", rl_beg_of_line},
        {"\033[4~", rl_end_of_line},
        {"\033[1;5C", rl_forward_word},
        {"\033[1;5D", rl_backward_word},
        {"\033[1;3C", rl_forward_word},
        {"\033[1;3D", rl_backward_word},
    };
    for (size_t i = 0; i < COUNT_OF(binds); i++)
        rl_bind_keyseq_in_map(binds[i].sequence, binds[i].fn, map);
}

static void input_bind(void)
{
    input_bind_in(emacs_standard_keymap);
    input_bind_in(vi_insertion_keymap);
    input_bind_in(vi_movement_keymap);
    for (const struct key *k = keys; k->name; k++) /* the screen's own behind C-x */
        if (strncmp(k->name, "C-x C-", 6) == 0) {
            const char seq[] = {'x' & 0x1f, (char)(k->name[6] & 0x1f), '\0'};
            rl_bind_keyseq_in_map(seq, input_on_chord, emacs_standard_keymap);
            rl_bind_keyseq_in_map(seq, input_on_chord, vi_insertion_keymap);
        }
    rl_bind_key_in_map('v', input_want_editor, vi_movement_keymap);
    rl_bind_keyseq_in_map("\033#", NULL, emacs_standard_keymap); /* it would submit */
    rl_bind_key_in_map('#', NULL, vi_movement_keymap);
}

void input_init(const char *history_path)
{
    assert(!in.up); /* readline is one */
    in.null_in = fopen("/dev/null", "re");
    in.null_out = fopen("/dev/null", "we");
    if (!in.null_in || !in.null_out)
        mem_die("cannot open /dev/null"); /* readline would use the terminal itself */
    rl_readline_name = "mien";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_prep_term_function = NULL;
    rl_deprep_term_function = NULL;
    rl_instream = in.null_in;
    rl_outstream = in.null_out;
    rl_redisplay_function = input_redisplay; /* before rl_initialize: keeps termcap away */
    rl_getc_function = input_pop_byte;
    rl_input_available_hook = input_have_byte;
    rl_attempted_completion_function = input_no_completion;
    history_open(history_path);
    rl_set_screen_size(24, 80);
    rl_initialize();
    /* After inputrc: what would write to the terminal or sleep. */
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("show-mode-in-prompt", "off");
    rl_variable_bind("blink-matching-paren", "off");
    rl_variable_bind("enable-bracketed-paste", "off");
    rl_variable_bind("keyseq-timeout", "0");
    input_bind();
    in.prompt = mem_printf("%s ", glyph(GLYPH_PROMPT));
    rl_callback_handler_install(in.prompt, input_on_line);
    in.up = true;
}

void input_fini(void)
{
    if (!in.up)
        return;
    rl_callback_handler_remove();
    history_close();
    placeholder_clear();
    fclose(in.null_in);
    fclose(in.null_out);
    buf_fini(&in.queue);
    free(in.submitted);
    free(in.restore);
    free(in.draft);
    free(in.prompt);
    free(in.ask_prompt);
    memset(&in, 0, sizeof in);
}

void input_set_size(int rows, int cols)
{
    rl_set_screen_size(rows, cols);
}

void input_feed(const char *bytes, size_t n)
{
    assert(bytes && in.up);
    if (n > 1 && *bytes == '\033') {
        /* Readline inserts the tail of a sequence it does not know as text: ask first. */
        int type = ISFUNC;
        rl_command_func_t *fn = rl_function_of_keyseq_len(bytes, n, rl_get_keymap(), &type);
        if (!fn || type == ISKMAP)
            return;
    }
    buf_add(&in.queue, bytes, n);
    while (in.queue_pos < in.queue.len)
        rl_callback_read_char();
    buf_clear(&in.queue);
    in.queue_pos = 0;
}

void input_insert(const char *s, size_t n)
{
    AUTO_FREE char *text = mem_strndup(s, n);
    rl_begin_undo_group();
    rl_insert_text(text);
    rl_end_undo_group();
}

void input_paste(const char *s, size_t n)
{
    AUTO_FREE char *label = placeholder_fold(s, n);
    if (label)
        input_insert(label, strlen(label));
    else
        input_insert(s, n);
}

const char *input_text(void)
{
    return rl_line_buffer ? rl_line_buffer : "";
}

size_t input_point(void)
{
    return (size_t)rl_point;
}

const char *input_prompt(void)
{
    return rl_display_prompt ? rl_display_prompt : in.prompt;
}

bool input_is_empty(void)
{
    return rl_end == 0;
}

char *input_expand(void)
{
    return placeholder_expand(input_text());
}

char *input_take_submitted(void)
{
    char *line = in.submitted;
    in.submitted = NULL;
    return line;
}

void input_history_add(const char *line)
{
    history_add_line(line);
    using_history();
    mem_replace(&in.restore, NULL);
}

/* Clearing the buffer alone leaves the history position and an edited entry behind. */
static void input_reset(const char *prompt)
{
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_clear_message();
    while (rl_undo_list)
        rl_do_undo();
    rl_callback_handler_remove();
    rl_callback_handler_install(prompt, input_on_line);
}

void input_clear(void)
{
    if (rl_end > 0 && !in.asking)
        mem_replace(&in.restore, rl_line_buffer);
    input_reset(in.asking ? in.ask_prompt : in.prompt);
}

bool input_restore(void)
{
    if (!in.restore || in.asking || rl_end > 0)
        return false;
    input_insert(in.restore, strlen(in.restore));
    mem_replace(&in.restore, NULL);
    return true;
}

void input_replace(const char *s)
{
    assert(s);
    rl_begin_undo_group();
    rl_delete_text(0, rl_end);
    rl_point = 0;
    rl_insert_text(s);
    rl_end_undo_group();
}

void input_complete(size_t from, const char *s)
{
    assert(from <= (size_t)rl_point);
    rl_begin_undo_group();
    int point = rl_point;
    rl_delete_text((int)from, point);
    rl_point = (int)from;
    rl_insert_text(s);
    rl_end_undo_group();
}

void input_ask(const char *prompt, const char *initial)
{
    assert(prompt);
    if (!in.asking) {
        mem_replace(&in.draft, input_text());
        in.draft_point = rl_point;
    }
    in.asking = true;
    mem_replace(&in.ask_prompt, prompt);
    input_reset(in.ask_prompt);
    if (initial && *initial)
        input_insert(initial, strlen(initial));
}

void input_ask_end(void)
{
    if (!in.asking)
        return;
    in.asking = false;
    input_reset(in.prompt);
    if (in.draft && *in.draft) {
        input_insert(in.draft, strlen(in.draft));
        rl_point = MIN(in.draft_point, rl_end);
    }
    mem_replace(&in.draft, NULL);
}

char *input_draft(void)
{
    return placeholder_save(!in.asking ? input_text() : in.draft ? in.draft : "");
}

void input_take_draft(const char *saved)
{
    AUTO_FREE char *text = placeholder_load(saved);
    input_insert(text, strlen(text));
}

bool input_is_mid_command(void)
{
    return RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG |
                      RL_STATE_MULTIKEY | RL_STATE_VIMOTION | RL_STATE_CHARSEARCH) != 0;
}

bool input_wants_escape(void)
{
    if (input_is_mid_command()) {
        input_feed("\007", 1);
        return true;
    }
    if (rl_editing_mode == 0 && rl_get_keymap() == vi_insertion_keymap) {
        input_feed("\033", 1);
        return true;
    }
    return false;
}

const char *input_vi_mode(void)
{
    if (rl_editing_mode != 0)
        return "";
    return rl_get_keymap() == vi_movement_keymap ? "CMD" : "INS";
}

bool input_region(size_t *from, size_t *to)
{
    if (!rl_mark_active_p() || rl_mark > rl_end)
        return false;
    *from = (size_t)MIN(rl_mark, rl_point);
    *to = (size_t)MAX(rl_mark, rl_point);
    return *from < *to;
}

bool input_take_chord(char name[static 8])
{
    int key = in.chord;
    in.chord = 0;
    if (key)
        snprintf(name, 8, "C-x C-%c", key | 0x60);
    return key != 0;
}

unsigned input_underflows(void)
{
    return in.underflows;
}
