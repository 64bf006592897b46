# The tree folds away; the transcript alone; messages of the user's are jumped to; blocks are copied.
size 80x14
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"user","text":"first","how":"goal"}
event {"type":"text","text":"Look:\n\n```c\nint x;\n```\n"}
repeat 12 event {"type":"notice","text":"line %d"}
event {"type":"user","text":"second","how":"goal"}
repeat 12 event {"type":"notice","text":"more %d"}
event {"type":"tree","focus":2,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"second","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"look","state":"active"}]}
key M-Up
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| second              0/1 ▏ ▌ second                                             |
| └ ▶ look                ▏                                                      |
|                         ▏ · more 1                                             |
|                         ▏ · more 2                                             |
|                         ▏ · more 3                                             |
|                         ▏ · more 4                                             |
|                         ▏ · more 5                                             |
|                         ▏ · more 6                                             |
|                         ▏ · more 7                                             |
|                         ▏ · more 8                                             |
|▌                                                                         ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key M-Up
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| second              0/1 ▏ ▌ first                                              |
| └ ▶ look                ▏                                                      |
|                         ▏ Look:                                                |
|                         ▏                                                      |
|                         ▏ ╭ c                                                  |
|                         ▏ │ int x;                                             |
|                         ▏ ╰                                                    |
|                         ▏ · line 1                                             |
|                         ▏ · line 2                                             |
|                         ▏ · line 3                                             |
|▌                                                                         ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key M-Down
key C-x C-t
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ▌ second                                                                       |
|                                                                                |
| · more 1                                                                       |
| · more 2                                                                       |
| · more 3                                                                       |
| · more 4                                                                       |
| · more 5                                                                       |
| · more 6                                                                       |
| · more 7                                                                       |
| · more 8                                                                       |
|▌                                                                         ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-x C-v
expect-pending mouse
screen
|▌ second                                                                        |
|                                                                                |
|· more 1                                                                        |
|· more 2                                                                        |
|· more 3                                                                        |
|· more 4                                                                        |
|· more 5                                                                        |
|· more 6                                                                        |
|· more 7                                                                        |
|· more 8                                                                        |
|· more 9                                                                        |
|· more 10                                                                       |
|· more 11                                                                       |
|the transcript alone: select with the mouse, PgUp scrolls, Esc goes back        |
key Esc
expect-pending mouse
key M-Down C-x C-t
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| second              0/1 ▏ · more 3                                             |
| └ ▶ look                ▏ · more 4                                             |
|                         ▏ · more 5                                             |
|                         ▏ · more 6                                             |
|                         ▏ · more 7                                             |
|                         ▏ · more 8                                             |
|                         ▏ · more 9                                             |
|                         ▏ · more 10                                            |
|                         ▏ · more 11                                            |
|                         ▏ · more 12                                            |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"result","success":true,"status":"complete","answer":"Look:\n\n```c\nint x;\n```\nand\n```\nmake\n```\n","rounds":1,"ms":11000}
key Tab Tab c
expect-pending copy
