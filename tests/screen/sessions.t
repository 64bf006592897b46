# A session has a name, is found by what was said in it; a question beside it; a recap.
size 80x14
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"catalog","kind":"sessions","items":[{"name":"20260101-000000-aaaa","help":"fix the lexer","value":"12 messages, 3 h ago"}]}
type /name the ring buffer<Enter>
expect-request name name=the ring buffer
event {"type":"setting","name":"name","value":"the ring buffer"}
type /btw what is a ring?<Enter>
expect-request aside question=what is a ring?
type /recap <Enter>
expect-request aside
type /resume utf-8 offset<Enter>
expect-request find words=utf-8 offset
event {"type":"catalog","kind":"found","items":[{"name":"20260102-000000-bbbb","help":"the utf-8 offset is wrong","value":"2 h ago"}]}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|        mien gpt-5                                                              |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|  sessions that say so                                                      1/1 |
|❯ 20260102-000000-bbbb  the utf-8 offset is wrong                       2 h ago |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key Enter
expect-request resume session=20260102-000000-bbbb
type /resume 20260101-000000-aaaa<Enter>
expect-request resume session=20260101-000000-aaaa
type /resume nowhere said<Enter>
expect-request find words=nowhere said
event {"type":"catalog","kind":"found","items":[]}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  no session of this directory says so           |
