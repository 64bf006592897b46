# Before any event: the frame, the welcome, the caret in the input line.
size 80x24
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
caret 21 4
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
type fix the parser
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │                                                     │|
|│Tasks stand here then.  │                                                     │|
|│                        │                                                     │|
|│                        │    mien gpt-5                                       │|
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
|│ › fix the parser                                                             │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
caret 21 18
key Enter
expect-request submit text=fix the parser
expect-no-request
