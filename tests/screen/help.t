# F1 shows the tables.
size 80x24
key F1
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│  Help                                                          15 of 150     │|
|│  commands                                                                    │|
|│  /agent [name]             show agents, or take another one                  │|
|│  /approve [policy]         when to ask: ask, auto, never, yolo, plan         │|
|│  /behavior [op] [mode]     behavior modes: list, set MODE, clear, show,      │|
|│                          stats                                               │|
|│  /behaviors [op] [type] [args...] the behaviors, or one; add, remove or      │|
|│                          move one                                            │|
|│  /clear                    empty the view (the model keeps all)              │|
|│  /compact [op|hint...]     shorten the model's view now: prune, show, edit   │|
|│  /context [export] [file]  exactly what the model sees                       │|
|│  /continue                 go on with the unfinished goal                    │|
|│  /copy                     copy the last answer                              │|
|│  /edit                     write the line in your editor                     │|
|│  /effort [level]           how hard the model thinks: auto, none, low,       │|
|│                          medium, high, max                                   │|
|│                                                                              │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Down scroll · q close                                                        │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key PgDn PgDn PgDn PgDn
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│  Help                                                          55 of 150     │|
|│  //text                    send a line that starts with a slash              │|
|│  @mode text                send one message in another behavior mode         │|
|│                                                                              │|
|│  input line                                                                  │|
|│  Enter                     send the line; steers when the agent is busy      │|
|│  Alt-Enter Ctrl-J Shift-Enter start a new line                               │|
|│  Ctrl-Q                    send the line as a goal for after the running     │|
|│                          one                                                 │|
|│  Tab                       complete a command or file; in an empty line:     │|
|│                          next pane                                           │|
|│  Ctrl-_                    undo; in an empty line: bring back what Ctrl-C    │|
|│                          cleared                                             │|
|│  Ctrl-D                    delete under the cursor; in an empty line: quit   │|
|│  End                       end of line; in an empty line: follow the newest  │|
|│                          output                                              │|
|│                                                                              │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Down scroll · q close                                                        │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key q
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │                                                     │|
|│Tasks stand here then.  │                                                     │|
|│                        │                                                     │|
|│                        │    mien                                             │|
|│                        │                                                     │|
|│                        │    Write a goal and press Enter.                    │|
|│                        │                                                     │|
|│                        │    / lists commands, F1 shows every key,            │|
|│                        │    Ctrl-T goes to the task tree,                    │|
|│                        │    Esc stops the agent at any time.                 │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
