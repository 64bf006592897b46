# The context gauge: estimated, corrected by the server, nearly full, on a narrow screen.
size 80x14
event {"type":"gauge","used":5100,"window":8000,"reserved":1000,"cached":4488,"estimated":true}
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
|│ context █████████████▓▓▓░░░░ ~5.1k / 8.0k ~63%  cached 88%                   │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
event {"type":"gauge","used":7400,"window":8000,"reserved":500,"cached":0}
event {"type":"usage","total_input":41000,"total_output":3000,"total_cost":0.04}
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
|│ context ███████████████████▓ 7.4k / 8.0k 92%        Σ 41k in 3.0k out  $0.04 │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
size 40x12
screen
| mien                                   |
|mien                                    |
|                                        |
|Write a goal and press Enter.           |
|                                        |
|/ lists commands, F1 shows every key,   |
|Ctrl-T goes to the task tree,           |
|Esc stops the agent at any time.        |
|────────────────────────────────────────|
|███████████████████▓ 7.4k / 8.0k 92%    |
|› Give me a goal                        |
|Enter send · Tab panes · Ctrl-T tree    |
