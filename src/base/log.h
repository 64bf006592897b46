/*
 * log - diagnostics to a file in the state directory, never to the terminal.
 *
 * Nothing is written before log_open(); MIEN_DEBUG=1 in the environment adds debug
 * lines. The file is mode 0600. Secrets registered with log_hide() are masked here and
 * by log_mask(), which every other sink uses too. Thread: any.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/defs.h"

struct buf;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_open(const char *path);
void log_close(void);
void log_write(enum log_level level, const char *area, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Mask every later occurrence of secret (8 bytes or more; shorter is ignored), as it is,
 * escaped as in JSON, or within something in base64. */
void log_hide(const char *secret);

/* Append text to out with registered secrets replaced by "[hidden]". */
void log_mask(struct buf *out, const char *text, size_t n);

/* The same of a text that comes in pieces: what may be the beginning of a secret waits in *held
 * ({0} at first) for the next piece; log_mask_rest() gives it out when the text is over. */
void log_mask_part(struct buf *held, struct buf *out, const char *piece, size_t n);
void log_mask_rest(struct buf *held, struct buf *out);

#define log_debug(area, ...) log_write(LOG_DEBUG, area, __VA_ARGS__)
#define log_info(area, ...) log_write(LOG_INFO, area, __VA_ARGS__)
#define log_warn(area, ...) log_write(LOG_WARN, area, __VA_ARGS__)

#endif
