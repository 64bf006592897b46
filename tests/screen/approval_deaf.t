# Whoever is typing when a question appears does not answer it by accident.
size 60x14
live
type I think
event {"type":"approval","id":"q1","kind":"command","title":"Run?","detail":"make","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
type  yes
wait 250
type y
expect-no-request
wait 350
screen
| mien                                                ⚠ asks |
|┌─ Goal ───────────────┬─ Work ────────────────────────────┐|
|│No goal yet.          │ mien                              │|
|│Tasks stand here then.│                                   │|
|│                      │ Write a goal and press Enter.     │|
|│┌─ Run? ─────────────────────────────────────────────────┐│|
|││ $ make                                                 ││|
|││ [y] once   [n] no                                      ││|
|│└────────────────────────────────────────────────────────┘│|
|├──────────────────────┴───────────────────────────────────┤|
|│ context empty                                            │|
|│ › I think                                                │|
|│ Tab look behind · Esc refuse                             │|
|└──────────────────────────────────────────────────────────┘|
key y
expect-request answer question=q1 choice=y
screen
| mien                                                       |
|┌─ Goal ───────────────┬─ Work ────────────────────────────┐|
|│No goal yet.          │ mien                              │|
|│Tasks stand here then.│                                   │|
|│                      │ Write a goal and press Enter.     │|
|│                      │                                   │|
|│                      │ / lists commands, F1 shows every  │|
|│                      │ Ctrl-T goes to the task tree,     │|
|│                      │ Esc stops the agent at any time.  │|
|├──────────────────────┴───────────────────────────────────┤|
|│ context empty                                            │|
|│ › I think                                                │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor     │|
|└──────────────────────────────────────────────────────────┘|
