# While scrolled up, new output does not move the view; End follows again.
size 80x16
repeat 30 event {"type":"notice","level":"info","text":"line %d"}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · line 22                                           │|
|│Tasks stand here then.  │ · line 23                                           │|
|│                        │ · line 24                                           │|
|│                        │ · line 25                                           │|
|│                        │ · line 26                                           │|
|│                        │ · line 27                                           │|
|│                        │ · line 28                                           │|
|│                        │ · line 29                                           │|
|│                        │ · line 30                                           │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key PgUp
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · line 14                                           │|
|│Tasks stand here then.  │ · line 15                                           │|
|│                        │ · line 16                                           │|
|│                        │ · line 17                                           │|
|│                        │ · line 18                                           │|
|│                        │ · line 19                                           │|
|│                        │ · line 20                                           │|
|│                        │ · line 21                                           │|
|│                        │ · line 22                                           │|
|├────────────────────────┴───────────────────────────────────────────── ↓ End ─┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
repeat 12 event {"type":"notice","level":"info","text":"newer %d"}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · line 14                                           │|
|│Tasks stand here then.  │ · line 15                                           │|
|│                        │ · line 16                                           │|
|│                        │ · line 17                                           │|
|│                        │ · line 18                                           │|
|│                        │ · line 19                                           │|
|│                        │ · line 20                                           │|
|│                        │ · line 21                                           │|
|│                        │ · line 22                                           │|
|├────────────────────────┴───────────────────────────────────── ↓ 12 new, End ─┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key End
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · newer 4                                           │|
|│Tasks stand here then.  │ · newer 5                                           │|
|│                        │ · newer 6                                           │|
|│                        │ · newer 7                                           │|
|│                        │ · newer 8                                           │|
|│                        │ · newer 9                                           │|
|│                        │ · newer 10                                          │|
|│                        │ · newer 11                                          │|
|│                        │ · newer 12                                          │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key Tab Tab g
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · line 1                                            │|
|│Tasks stand here then.  │ · line 2                                            │|
|│                        │ · line 3                                            │|
|│                        │ · line 4                                            │|
|│                        │ · line 5                                            │|
|│                        │ · line 6                                            │|
|│                        │ · line 7                                            │|
|│                        │ · line 8                                            │|
|│                        │ · line 9                                            │|
|├────────────────────────┴───────────────────────────────────────────── ↓ End ─┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ j scroll · G newest · ] select · Enter unfold · / search · y copy · o pager  │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key /
type newer 3<Enter>
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · line 30                                           │|
|│Tasks stand here then.  │ · newer 1                                           │|
|│                        │ · newer 2                                           │|
|│                        │ · newer 3                                           │|
|│                        │ · newer 4                                           │|
|│                        │ · newer 5                                           │|
|│                        │ · newer 6                                           │|
|│                        │ · newer 7                                           │|
|│                        │ · newer 8                                           │|
|├────────────────────────┴───────────────────────────────────────────── ↓ End ─┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ j scroll · G newest · ] select · Enter unfold · / search · y copy · o pager  │|
|└──────────────────────────────────────────────────────────────────────────────┘|
