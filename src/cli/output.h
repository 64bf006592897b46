/*
 * output - standard output, and whether what was written there arrived.
 *
 * Writers print with stdio and need not look: output_close() at the program's end finds what
 * was lost, whichever subcommand wrote it. One that runs long asks earlier, for what nobody
 * gets is not worth working on. No other file of this room writes with stdio: what it prints may
 * hold a name, or a model's words. Thread: the main one.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>

#include "base/defs.h"

/* Before any file is opened: a closed standard stream would lend its number to a database. */
void output_init(void);

/* Send what is buffered. False: standard output is gone, now or earlier. May block on a full
 * pipe. */
NODISCARD bool output_flush(void);

/* Look, without writing: could a reader still get anything? False: no, for the rest of the run.
 * A full disk shows only when something is written. */
NODISCARD bool output_probe(void);

/* Print: clean of control sequences (sanitize.h), secrets masked. out: stdout or stderr. */
void output_text(FILE *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A line of JSON to standard output: secrets masked, what a terminal could obey or be turned by
 * (C1, bidi) escaped. */
void output_json(const char *line, size_t n);

/* Text that programs read, to standard output: as it is, unless it is a terminal. */
void output_raw(const char *text);

/* Close standard output. Returns code, or CLI_OUTPUT, and then one line on stderr has said so. */
NODISCARD int output_close(int code);

#endif
