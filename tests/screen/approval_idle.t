# Whoever is idle answers by Enter; arrows and numbers select; a paste waits in the line.
size 80x24
live
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"n","label":"no","text":true}]}
key Enter
expect-no-request
wait 600
key Enter
expect-request answer question=q1 choice=y
event {"type":"approval","id":"q2","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"n","label":"no","text":true}]}
wait 600
key Right
screen
| mien                                                                    ⚠ asks |
|                                                                                |
|        mien                                                                    |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ Run this command?                                                             |
|▌ $ make                                                                        |
|▌ [y] yes, once  ❯[s] yes, for this session   [n] no                            |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter answer · Esc no · Tab look behind        |
key Enter
expect-request answer question=q2 choice=s
event {"type":"approval","id":"q3","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"n","label":"no","text":true}]}
wait 600
key 2
wait 1200
key Enter
expect-request answer question=q3 choice=s
event {"type":"approval","id":"q4","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"yes, once"},{"key":"n","label":"no"}]}
wait 600
paste yes
wait 600
key Enter
expect-no-request
screen
| mien                                                                    ⚠ asks |
|                                                                                |
|        mien                                                                    |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ Run this command?                                                             |
|▌ $ make                                                                        |
|▌ [y] yes, once   [n] no                                                        |
|▌                                                                               |
|▌ › yes                                                                         |
|  context empty                  nothing is selected yet: arrows or a choice's… |
