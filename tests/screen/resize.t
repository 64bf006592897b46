# Text reflows; going there and back gives the same screen.
size 80x16
event {"type":"user","text":"tell me something long enough to wrap","how":"goal"}
event {"type":"text","text":"One sentence that is long enough to be wrapped at both of the widths used here, so that reflowing shows.\n"}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ > tell me something long enough to wrap             │|
|│Tasks stand here then.  │                                                     │|
|│                        │ One sentence that is long enough to be wrapped at   │|
|│                        │ both of the widths used here, so that reflowing     │|
|│                        │ shows.                                              │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
size 62x16
screen
| mien                                                         |
|┌─ Goal ───────────────┬─ Work ──────────────────────────────┐|
|│No goal yet.          │ > tell me something long enough to  │|
|│Tasks stand here then.│   wrap                              │|
|│                      │                                     │|
|│                      │ One sentence that is long enough to │|
|│                      │ be wrapped at both of the widths    │|
|│                      │ used here, so that reflowing shows. │|
|│                      │                                     │|
|│                      │                                     │|
|│                      │                                     │|
|├──────────────────────┴─────────────────────────────────────┤|
|│ context empty                                              │|
|│ ›                                                          │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor       │|
|└────────────────────────────────────────────────────────────┘|
size 80x16
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ > tell me something long enough to wrap             │|
|│Tasks stand here then.  │                                                     │|
|│                        │ One sentence that is long enough to be wrapped at   │|
|│                        │ both of the widths used here, so that reflowing     │|
|│                        │ shows.                                              │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
