/*
 * policy: what it calls reading holds no expansion, redirection or second program by any reading
 * of the shell's rules. The rules are read here a second time, on their own.
 */
#include "fuzz.h"

#include "host/policy.h"

/* Behind a '$' in double quotes: what begins no expansion. */
#define NO_NAME "\" |/)\\.,:"

static void claim_harmless(const char *command)
{
    static const char nowhere[] = "/dev/null";
    char quote = 0;
    for (const char *p = command; *p; p++) {
        if (quote == '\'') {
            quote = *p == '\'' ? 0 : quote;
        } else if (*p == '\\' && p[1]) {
            CLAIM(*++p != '\n' || quote, "a line that goes on: %s", command);
        } else if (quote == '"') {
            CLAIM(*p != '`' && (*p != '$' || strchr(NO_NAME, p[1])), "expansion: %s", command);
            quote = *p == '"' ? 0 : quote;
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (*p == '>') {
            const char *to = p + 1 + (p[1] == '>');
            to += strspn(to, " \t");
            CLAIM(*to == '&' || strncmp(to, nowhere, strlen(nowhere)) == 0, "writes: %s", command);
        } else {
            CLAIM(!strchr("$`()", *p), "shell syntax: %s", command);
            CLAIM(*p != '&' || p[1] == '&' || p[1] == '>' || (p > command && strchr("&>", p[-1])),
                  "a background job: %s", command);
            CLAIM((unsigned char)*p >= ' ' || *p == '\t' || *p == '\n', "a control: %s", command);
        }
    }
    CLAIM(!quote, "an open quote: %s", command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *command = fuzz_text(data, size);
    struct command_info info;
    command_classify(command, "/nonexistent", &info);
    CLAIM(info.class != COMMAND_UNKNOWN || info.why[0], "refused without a word");
    CLAIM(info.class == COMMAND_UNKNOWN || info.count > 0, "nothing is a command: %s", command);
    for (size_t i = 0; i < info.count; i++)
        CLAIM(info.parts[i].words[0], "a command without a name");
    if (info.class == COMMAND_READS)
        claim_harmless(command);
    static char *one[] = {(char *)"ls"};
    struct opt_list list = {.items = one, .count = 1};
    struct error e = {0};
    bool may = command_whitelisted(&info, &list, &e);
    CLAIM(may || e.text[0], "refused without a word");
    CLAIM(!may || info.class != COMMAND_UNKNOWN, "unread, and yet allowed: %s", command);
    for (size_t i = 0; may && i < info.count; i++)
        CLAIM(strcmp(info.parts[i].words[0], "ls") == 0, "not on the list: %s",
              info.parts[i].words[0]);
    command_info_fini(&info);
    return 0;
}
