# D1: no word answers a question, however slowly it is typed; the words are kept.
size 80x24
live
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"rm -rf build","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"n","label":"no","text":true}]}
wait 1500
type w
wait 120
type h
wait 120
type a
wait 120
type t
wait 120
type  
wait 120
type a
wait 120
type r
wait 120
type e
wait 120
type  
wait 120
type y
wait 120
type o
wait 120
type u
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
|▌ $ rm -rf build                                                                |
|▌ [y] yes, once   [s] yes, for this session   [n] no                            |
|▌                                                                               |
|▌ reason: what are you                                                          |
|  context empty                  Enter done, Esc cancel; your draft is kept     |
key Esc
# Back at the question nothing is selected: Enter is no answer.
wait 600
key Enter
expect-no-request
# A word that begins with a choice's key goes on as a word.
wait 600
type n
wait 350
type o
wait 350
type w
wait 350
expect-no-request
type , please<Enter>
expect-request answer question=q1 choice=n text=now, please
# The loop question, and one of open tasks, where no words are wanted: they stay in the line.
event {"type":"approval_done","id":"q1","choice":"n","by":"user"}
event {"type":"approval","id":"q2","kind":"loop","title":"It goes round in circles. Go on?","choices":[{"key":"s","label":"stop"},{"key":"a","label":"allow more"}]}
wait 1500
type /
wait 350
type s
wait 350
type e
wait 350
type a
wait 350
type r<Enter>
wait 1000
expect-no-request
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
|                                                                                |
|▌ It goes round in circles. Go on?                                              |
|▌ [s] stop   [a] allow more                                                     |
|▌                                                                               |
|▌ › /sear                                                                       |
|  context empty                  nothing is selected yet: arrows or a choice's… |
key a
wait 100
key Enter
expect-request answer question=q2 choice=a
