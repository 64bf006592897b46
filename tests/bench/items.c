/*
 * items - what the transcript costs when it is long: 100,000 items, a search that meets none of
 * them and one that finds the first, a page of scrolling, a fold. Milliseconds, "name value" a
 * line.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ui/term/glyph.h"
#include "ui/views/state_apply.h"
#include "ui/views/transcript.h"

#define ITEMS 100000
#define TIMES 21

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void say(struct state *st, enum event_type type, char *text)
{
    struct event ev = {.type = type};
    if (type == EVENT_TEXT)
        ev.text.text = text;
    else
        ev.notice = (struct event_notice){.level = mem_strdup("warn"), .text = text};
    state_apply(st, &ev);
    event_fini(&ev);
}

/* Answers of some lines, and notices between them. */
static void fill(struct state *st)
{
    say(st, EVENT_NOTICE, mem_strdup("the needle lies here"));
    for (int i = 1; i < ITEMS; i += 2) {
        say(st, EVENT_TEXT,
            mem_printf("Item %d: **words** and `code` of an answer, long enough that it is wrapped "
                       "once at the edge of a pane of a hundred columns, and more.\n",
                       i));
        say(st, EVENT_NOTICE, mem_printf("notice %d says what happened", i));
    }
}

static void draw(struct transcript *t, struct state *st, struct canvas *c)
{
    canvas_clear(c, 0);
    transcript_draw(t, st, c, canvas_area(c), true);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    glyph_choose();
    struct state st;
    struct transcript t = {0};
    struct canvas c;
    state_init(&st);
    canvas_init(&c, 30, 100);
    fill(&st);
    draw(&t, &st, &c);
    double missed = 1e9, found = 1e9, page = 1e9, fold = 1e9;
    for (int i = 0; i < TIMES; i++) {
        transcript_follow(&t);
        draw(&t, &st, &c);
        mem_replace(&t.needle, "nowhere to be found");
        double at = now_ms();
        bool there = transcript_search(&t, &st, -1);
        missed = MIN(missed, now_ms() - at);
        mem_replace(&t.needle, "needle lies");
        at = now_ms();
        if (there || !transcript_search(&t, &st, -1))
            return 1;
        draw(&t, &st, &c);
        found = MIN(found, now_ms() - at);
        at = now_ms();
        transcript_page(&t, &st, 1);
        draw(&t, &st, &c);
        page = MIN(page, now_ms() - at);
        transcript_follow(&t);
        at = now_ms();
        (void)transcript_fold(&t, &st);
        draw(&t, &st, &c);
        fold = MIN(fold, now_ms() - at);
    }
    printf("items %zu\nmissed %.3f\nfound %.3f\npage %.3f\nfold %.3f\n", st.items.len, missed,
           found, page, fold);
    transcript_fini(&t);
    canvas_fini(&c);
    state_fini(&st);
    return 0;
}
