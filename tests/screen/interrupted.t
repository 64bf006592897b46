# A remark in the middle of a code block: the block goes on after it.
size 60x16
event {"type":"text","text":"Look:\n```c\nint a;\n"}
event {"type":"notice","level":"info","text":"the model is slow today"}
event {"type":"text","text":"int **b;\n```\ndone\n"}
screen
| mien                                                       |
|┌─ Goal ───────────────┬─ Work ────────────────────────────┐|
|│No goal yet.          │ Look:                             │|
|│Tasks stand here then.│ ╭ c                               │|
|│                      │ │ int a;                          │|
|│                      │ · the model is slow today         │|
|│                      │ │ int **b;                        │|
|│                      │ ╰                                 │|
|│                      │ done                              │|
|│                      │                                   │|
|│                      │                                   │|
|├──────────────────────┴───────────────────────────────────┤|
|│ context empty                                            │|
|│ ›                                                        │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor     │|
|└──────────────────────────────────────────────────────────┘|
event {"type":"text","text":"```\nnever closed"}
event {"type":"round_start","round":2,"max_rounds":9}
event {"type":"text","text":"next **round**"}
screen
| mien                                                 ⟳ 2/9 |
|┌─ Goal ───────────────┬─ Work ────────────────────────────┐|
|│No goal yet.          │ ╭ c                               │|
|│Tasks stand here then.│ │ int a;                          │|
|│                      │ · the model is slow today         │|
|│                      │ │ int **b;                        │|
|│                      │ ╰                                 │|
|│                      │ done                              │|
|│                      │ ╭                                 │|
|│                      │ │ never closed                    │|
|│                      │ next round                        │|
|├──────────────────────┴───────────────────────────────────┤|
|│ context empty                                            │|
|│ ›                                                        │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor     │|
|└──────────────────────────────────────────────────────────┘|
