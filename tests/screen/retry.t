# Waiting counts up, a retry counts down; nothing when idle.
size 80x14
event {"type":"phase","phase":"wait","deadline_ms":120000}
wait 12000
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │    mien                                             │|
|│Tasks stand here then.  │                                                     │|
|│                        │    Write a goal and press Enter.                    │|
|│                        │                                                     │|
|│                        │    / lists commands, F1 shows every key,            │|
|│                        │    Ctrl-T goes to the task tree,                    │|
|│                        │    Esc stops the agent at any time.                 │|
|├─ ◐ waiting for first byte 12s (limit 120s) ──────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
event {"type":"phase","phase":"retry","deadline_ms":4000,"attempt":2,"detail":"503 overloaded"}
wait 1500
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │    mien                                             │|
|│Tasks stand here then.  │                                                     │|
|│                        │    Write a goal and press Enter.                    │|
|│                        │                                                     │|
|│                        │    / lists commands, F1 shows every key,            │|
|│                        │    Ctrl-T goes to the task tree,                    │|
|│                        │    Esc stops the agent at any time.                 │|
|├─ ◐ retry in 3s (503 overloaded) ─────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
wait 2000
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │    mien                                             │|
|│Tasks stand here then.  │                                                     │|
|│                        │    Write a goal and press Enter.                    │|
|│                        │                                                     │|
|│                        │    / lists commands, F1 shows every key,            │|
|│                        │    Ctrl-T goes to the task tree,                    │|
|│                        │    Esc stops the agent at any time.                 │|
|├─ ◐ retry in 1s (503 overloaded) ─────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
event {"type":"phase","phase":"idle"}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │    mien                                             │|
|│Tasks stand here then.  │                                                     │|
|│                        │    Write a goal and press Enter.                    │|
|│                        │                                                     │|
|│                        │    / lists commands, F1 shows every key,            │|
|│                        │    Ctrl-T goes to the task tree,                    │|
|│                        │    Esc stops the agent at any time.                 │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
