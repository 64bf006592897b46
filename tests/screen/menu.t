# Slash commands offer themselves; Tab and arrows choose; arguments complete.
size 80x24
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"measured words"},{"name":"debug","help":"thinks aloud"}]}
event {"type":"catalog","kind":"models","items":[{"name":"gpt-5","help":"OpenAI"},{"name":"local","help":"llama.cpp"}]}
type /
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
|│  /agent      show agents, or take another one                                │|
|│  /approve    when to ask: ask, auto, never, yolo, plan                       │|
|│  /behavior   behavior modes: list, set MODE, clear, show, stats              │|
|│  /behaviors  the behaviors, or one; add, remove or move one                  │|
|│  /clear      empty the view (the model keeps all)                            │|
|│  /compact    shorten the model's view now: prune, show, edit                 │|
|│  /context    exactly what the model sees                                     │|
|│  /continue   go on with the unfinished goal                                  │|
|│  /copy       copy the last answer                                            │|
|│  /edit       write the line in your editor                                   │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › /                                                                          │|
|│ Down choose · Tab complete · Enter take · Esc close                          │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type be
key Down
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
|│    /behavior   behavior modes: list, set MODE, clear, show, stats            │|
|│    /behaviors  the behaviors, or one; add, remove or move one                │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › /be                                                                        │|
|│ Down choose · Tab complete · Enter take · Esc close                          │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key Esc
type h
key Tab
type <C-u>/behavior set f
key Tab
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
|│ › /behavior set formal                                                       │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key Enter
expect-request mode mode=formal
type /model<Enter>
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
|│  model                 │                                                     │|
|│  gpt-5  OpenAI         │                                                     │|
|│  local  llama.cpp      │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › Give me a goal                                                             │|
|│ Down choose · Tab complete · Enter take · Esc close                          │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type lo
key Enter
expect-request model model=local
type /modle<Enter>
type /queue<Enter>
key Enter
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ✗ no command /modle; did you mean /model            │|
|│Tasks stand here then.  │ ✗ usage: /queue <text...>                           │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
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
expect-no-request
# Commands of one's own that arrive when a command is begun already.
type /rev
event {"type":"catalog","kind":"commands","items":[{"name":"review","help":"look at a file"}]}
screen
| mien                                                                           |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ✗ no command /modle; did you mean /model            │|
|│Tasks stand here then.  │ ✗ usage: /queue <text...>                           │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│    /review  look at a file                                                   │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ › /rev                                                                       │|
|│ Down choose · Tab complete · Enter take · Esc close                          │|
|└──────────────────────────────────────────────────────────────────────────────┘|
