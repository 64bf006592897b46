/*
 * options - what a client may choose of a session: modes and configuration options, and the
 * request that a choice stands for. Thread: the owner's.
 */
#ifndef ACP_OPTIONS_H
#define ACP_OPTIONS_H

#include "base/error.h"
#include "base/json.h"
#include "engine/request.h"
#include "run/event.h"

/* As the events of a session told them. {0} is nothing told. */
struct options {
    cJSON *models, *modes; /* catalogs: [{name, help}] */
    char *model, *mode, *policy, *effort;
    bool mode_chosen; /* the behavior mode was chosen last, and not the policy */
};

void options_fini(struct options *o);

/* True: a client that was told should be told again. */
bool options_event(struct options *o, const struct event *ev);

cJSON *options_modes(const struct options *o); /* {currentModeId, availableModes} */
cJSON *options_list(const struct options *o);  /* configOptions */
const char *options_mode_id(const struct options *o, char **keep);

/* The request for a mode's id, or an option's value. ERR_NOT_FOUND names what there is. */
NODISCARD bool options_set_mode(struct options *o, const char *id, struct request *r,
                                struct error *e);
NODISCARD bool options_set(struct options *o, const char *option, const char *value,
                           struct request *r, struct error *e);

#endif
