# D3, D4: a letter typed anywhere is written; a question put aside and a search without a hit leave
# the line its keys.
size 80x24
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
key Tab
type look at this: /approve
screen
| mien                                                                    ⚠ asks |
|                                                                                |
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
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › look at this: /approve                                                      |
|  context empty                  Ctrl-T answers: Run this command?              |
event {"type":"approval_done","id":"q1","choice":"n","by":"user"}
type !
key C-u
type /search zzz<Enter>
type lo
screen
| mien                                                                           |
| ✗ "zzz" is not in the transcript                                               |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › lo                                                                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
# In a pane, a letter that means nothing there is written too.
key C-u Tab Tab
type j
type zebra
caret 22 9
screen
| mien                                                                           |
| ✗ "zzz" is not in the transcript                                               |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › zebra                                                                       |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
