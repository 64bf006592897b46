# A report is asked for by a command and shown whole, as it was laid out.
size 80x16
type /tools<Enter>
expect-request report report=tools
event {"type":"report","title":"tools","text":"name       from     tokens\nrun_bash   Shell       120\nread_file  Files        80\n"}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ tools                                               │|
|│Tasks stand here then.  │ name       from     tokens                          │|
|│                        │ run_bash   Shell       120                          │|
|│                        │ read_file  Files        80                          │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type /clear<Enter>
# What does not fit goes on below its column.
event {"type":"report","title":"behaviors","text":"1. Shell — commands in a sandbox that a canary proved\n  timeout      60    Seconds for one command, then it is stopped\nword "}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ behaviors                                           │|
|│Tasks stand here then.  │ 1. Shell — commands in a sandbox that a canary      │|
|│                        │   proved                                            │|
|│                        │   timeout      60    Seconds for one command, then  │|
|│                        │                      it is stopped                  │|
|│                        │ word                                                │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type /clear<Enter>
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
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type /help queue<Enter>
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · /queue <text...>: a goal for after the running    │|
|│Tasks stand here then.  │   one                                               │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
