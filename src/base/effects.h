/*
 * effects - what came of touching files and running programs: shared words of the host,
 * which does it, and the behaviors, which tell the model.
 */
#ifndef BASE_EFFECTS_H
#define BASE_EFFECTS_H

#include "base/buf.h"
#include "base/json.h"

struct opt_list;

/* A file as the workspace shows it. */
struct file_entry {
    char name[256];
    char type; /* 'f' file, 'd' directory, 'l' link, '?' other */
    int64_t size;
};

struct file_result {
    int64_t bytes, lines;
    bool lines_more;   /* read: the file has more lines than were counted */
    int64_t old_lines; /* before the write; -1: new file */
    bool created;
    bool truncated;   /* read: `limit` was reached */
    bool hard_linked; /* other names share the old content */
};

/* What a search through files did not look at. */
struct walk_result {
    int64_t files;      /* looked at */
    int64_t large;      /* over WALK_FILE_MAX bytes */
    int64_t unreadable; /* no permission, too deep, or gone meanwhile */
    char first[256];    /* name of the first left out */
};

#define WALK_FILE_MAX ((int64_t)64 << 20)

enum write_how {
    WRITE_REPLACE,
    WRITE_APPEND,
    WRITE_NEW_ONLY,
    WRITE_LIKE_BEFORE /* replace; line ends and byte order mark as in what is there */
};

/* A command line to be run. Borrowed. */
struct command_spec {
    const char *call_id;              /* whose output the screen shows live; NULL: nobody's */
    const char *command;              /* for the shell */
    const struct opt_list *whitelist; /* programs that may run; NULL: all */
    int64_t timeout_ms;
    bool background;
    bool terminal;      /* it gets a terminal of its own, and may ask */
    const char *into;   /* the job whose terminal `command` is typed into; NULL: it is run */
    const char *typed;  /* with into: the bytes; "": none, it is only looked at and waited for */
    bool leaves;        /* the user may move it to the background: the result has a job then */
    const cJSON *needs; /* what it asks for beyond the sandbox: words of reach.h; NULL: nothing */
    const char *why;    /* the model's reason for it; may be NULL */
};

struct command_result {
    int code; /* exit status, 128+signal, -1: did not run */
    bool timed_out, cancelled, refused;
    int64_t ms, total_bytes;
    struct buf out;    /* stdout and stderr in order, head and tail */
    bool cut;          /* the middle is missing */
    char file[512];    /* where the whole output is, when it was cut; else empty */
    char note[512];    /* why it was refused, what could not be stopped */
    char denied[600];  /* what the sandbox denied it, and how to ask; "": nothing */
    int64_t job;       /* background: job number, */
    int64_t pid;       /* of it, */
    char name[32];     /* and its name among the servers; file is its log */
    bool asks;         /* of a terminal: its last line has no end, as that of one that waits has */
    int64_t silent_ms; /* of a terminal: how long it has printed nothing */
};

void command_result_fini(struct command_result *r);

/* A long-running program: a server with a port, or a command in the background. */
struct server_status {
    char *name, *command, *log; /* log: path of the file its output goes to */
    char *tail;                 /* end of the log, when asked for; or NULL */
    int64_t port;               /* 0: none */
    int64_t pid, uptime_ms, restarts;
    enum server_state { SERVER_STARTING, SERVER_RUNNING, SERVER_STOPPED, SERVER_FAILED } state;
    int code;        /* exit status once ended; 128 + signal; -1: did not run */
    bool listening;  /* the port took a connection at the last look */
    int http_status; /* of GET / at the last look; 0: does not speak HTTP */
};
void server_status_fini(struct server_status *s);
const char *server_state_name(enum server_state s); /* starting running stopped failed */

/* A skill: a folder with a SKILL.md that says its name and what it is for. */
struct skill_info {
    char *name, *description;
    char *folder; /* absolute */
};
void skill_info_fini(struct skill_info *k);

/* A workspace that was made for a delegated goal. */
struct workspace_info {
    char *name, *path; /* path: relative to the workspace it lies in */
    char *goal, *session;
    int64_t created_ms, files;
    bool ours;     /* carries our marker */
    int64_t score; /* of a search: 0 to 100 */
};
void workspace_info_fini(struct workspace_info *i);

/* What came of a delegated goal; delegate_result_fini() frees. */
struct delegate_result {
    bool success;  /* it said so, and the evidence agrees */
    bool verified; /* a check was green: one of its own, or the one that was asked for */
    bool shared;   /* another worked in its workspace meanwhile: files may be that one's */
    char *status;  /* of its RESULT; "died", "silent", "garbage", "not started", or of a
                    * launched one "lost", "frozen", "killed", "failed" */
    char *summary, *answer, *error;
    char *workspace; /* relative to ours */
    char *session;
    char *patch;   /* relative to its workspace: its changes, which were not brought back; NULL */
    char *last;    /* its last events, a line each */
    cJSON *files;  /* array: changed or new files, relative to its workspace */
    cJSON *checks; /* array of {command, green} */
    cJSON *conflicts; /* array of {path, copy}, or NULL: what it changed and others did too */
    int64_t rounds, tokens, ms;
    double cost;
};
void delegate_result_fini(struct delegate_result *r);

#endif
