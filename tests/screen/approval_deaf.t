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
| mien                                                       |
|                                                            |
| Write a goal and press Enter.                              |
| / commands, @ files, ! a shell command, F1 every key,      |
| Ctrl-T the task tree, Esc stops the agent at any time.     |
| Tip: in the tree, c gives a task a check that proves it d… |
|                                                            |
|▌ Run?                                                      |
|▌ $ make                                                    |
|▌ [y] once   [n] no                                         |
|▌                                                           |
|▌ › I think yesy                                            |
|  context empty                  Enter answer · Esc no      |
wait 600
key y
expect-no-request
key Enter
expect-request answer question=q1 choice=y
screen
| mien                                                       |
| mien                                                       |
|                                                            |
| Write a goal and press Enter.                              |
|                                                            |
| / commands, @ files, ! a shell command, F1 every key,      |
| Ctrl-T the task tree, Esc stops the agent at any time.     |
|                                                            |
| Tip: in the tree, c gives a task a check that proves it d… |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › I think yesy                                            |
|  context empty                  Enter send · Tab panes     |
