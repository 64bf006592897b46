#include "behaviors/earlier_notes.h"

#include "behaviors/lib/notes.h"

void earlier_notes_show(struct call *c)
{
    AUTO(buf) kept = {0}, here = {0}, shown = {0};
    struct file_result r = {0};
    struct error e = {0};
    if (c->host->notes_load(c->agent, &kept, &e))
        notes_show(&kept, NOTES_MAX, &shown);
    if (c->host->file_read(c->agent, NOTES_FILE, NOTES_READ, &here, &r, &e) && !r.truncated)
        notes_show(&here, NOTES_MAX, &shown);
    if (shown.len)
        c->host->note_once(c->agent, buf_cstr(&shown));
}
