/*
 * lab - a running engine in a place of its own, for tests: a workspace, configuration and state
 * that nobody else has, every event it sent, and a signal by which a program that the engine
 * started says "I run". Nothing here sleeps: waiting is for an event or for the signal.
 *
 * A program says so by writing a word to the file `here` of the workspace (a FIFO).
 * Thread: the test's.
 */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "engine/engine.h"

struct lab {
    char top[64];
    char *ws; /* the workspace */
    struct config cfg;
    bool configured;
    struct engine_opts opts;
    struct engine *g;
    VEC(struct event) events; /* all, in order */
    int here;
    struct lab_server *server;
};

/* Directories, the FIFO and an empty configuration. */
void lab_open(struct lab *l);
/* Stop the engine and remove everything. */
void lab_close(struct lab *l);
/* A file below the top: "ws/a.txt", "config/behaviors/b.py". */
void lab_put(struct lab *l, const char *path, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool lab_exists(struct lab *l, const char *path);
/* What the last request said, all messages and the tail; to be read when the engine is idle. Every
 * request of a lab is looked at: it aborts where one lacks what the user said. */
const char *lab_asked(void);
/* Configuration as config.yaml has it. Once. */
void lab_config(struct lab *l, const char *yaml);
/* Start on agent.yaml of the top; model: "playbook/…/x.yaml" from a name below the top, or a
 * model_name of models.yaml there. Fields of l->opts may be set before. */
void lab_start(struct lab *l, const char *model);
/* Stop the engine, keeping the place and the events. */
void lab_stop(struct lab *l);

/* True for the event that is waited for. */
typedef bool lab_match(const struct event *ev, const void *arg);
/* Take events until one matches, from those not yet seen; NULL after ms or when the engine ended.
 * Borrowed until the next wait. */
const struct event *lab_until(struct lab *l, lab_match *match, const void *arg, int64_t ms);
const struct event *lab_until_type(struct lab *l, enum event_type type, int64_t ms);
/* For lab_until(): a question to the user, or a goal's end. */
bool lab_question_or_end(const struct event *ev, const void *arg);
int64_t lab_now(void); /* ms */
/* Wait for the signal of a program; events are taken meanwhile. False after ms. */
bool lab_until_here(struct lab *l, int64_t ms);
/* How many events of a type there were. */
size_t lab_count(const struct lab *l, enum event_type type);
/* All that the requests posted so far led to was told: a report made the round. */
bool lab_settle(struct lab *l, int64_t ms);

/* ---- a model on loopback that misbehaves ---- */

enum lab_fault {
    LAB_SPEAKS,       /* answers with one tool call: list_dir */
    LAB_NO_CONNECT,   /* never accepts: its queue is full */
    LAB_SILENT,       /* accepts and reads, says nothing */
    LAB_STALLS,       /* some words, then nothing */
    LAB_BUSY,         /* 503, come back in a minute */
    LAB_SUMMARY_HANGS /* speaks, but is silent when asked to sum up */
};

/* Listen; models.yaml of the lab gets "lab", with modes "formal" and "debug". */
void lab_serve(struct lab *l, enum lab_fault how);

#endif
