# Everything in one list; @ names files; ! runs a command; the stash; keys behind C-x from any pane.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"measured words"}]}
event {"type":"catalog","kind":"sessions","items":[{"name":"20260101-000000-aaaa","help":"fix the lexer","value":"12 messages, 3 h ago"}]}
type explain @
expect-request files
event {"type":"catalog","kind":"files","items":[{"name":"Makefile"},{"name":"src/lexer.c"},{"name":"src/parser.c"},{"name":"src/parser.h"},{"name":"tests/parser_test.c"}]}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|  files                                                                     1/8 |
|❯ @Makefile                                                                     |
|  @src/                                                                  folder |
|  @src/lexer.c                                                                  |
|  @src/parser.c                                                                 |
|  @src/parser.h                                                                 |
|  @tests/                                                                folder |
|  @tests/parser_test.c                                                          |
|  @session:20260101-000000-aaaa                                   fix the lexer |
|▌                                                                               |
|▌ › explain @                                                                   |
|  context empty                  Down choose · Tab complete · Enter take        |
type srpc
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|  files                                                                     1/1 |
|❯ @src/parser.c                                                                 |
|▌                                                                               |
|▌ › explain @srpc                                                               |
|  context empty                  Down choose · Tab complete · Enter take        |
key Enter
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|▌                                                                               |
|▌ › explain @src/parser.c                                                       |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-u
type @f
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|  files                                                                     1/2 |
|❯ @formal                                                         behavior mode |
|  @Makefile                                                                     |
|▌                                                                               |
|▌ › @f                                                                          |
|  context empty                  Down choose · Tab complete · Enter take        |
key Esc C-u
type !make test<Enter>
expect-request command command=make test
type !!ls -la<Enter>
expect-request command command=ls -la quiet
type half a thought
key C-x C-s
type /status<Enter>
expect-request report report=status
key C-x C-s
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|▌                                                                               |
|▌ › half a thought                                                              |
|  context empty                  put aside; Ctrl-X Ctrl-S brings it back        |
key C-u F2
expect-request files
type lexer
event {"type":"catalog","kind":"files","items":[{"name":"Makefile"},{"name":"src/lexer.c"}]}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
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
|  do › lexer                                                                1/2 |
|❯ src/lexer.c                                                              file |
|  fix the lexer                                                         session |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  put aside; Ctrl-X Ctrl-S brings it back        |
key Down Enter
expect-request resume session=20260101-000000-aaaa
key C-t C-x C-p
expect-request files
type backgr
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| No goal yet.            ▏                                                      |
| Tasks stand here then.  ▏                                                      |
|                         ▏ mien gpt-5                                           |
|                         ▏                                                      |
|                         ▏ Write a goal and press Enter.                        |
|                         ▏                                                      |
|                         ▏ / commands @ files ! shell F1 keys                   |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|  do › backgr                                                               1/2 |
|❯ /jobs          delegates, servers, commands: log NAME, stop NAME, keyboard N… |
|  Ctrl-X Ctrl-B  move the command that runs to the background               key |
|▌ tree                                                                          |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  put aside; Ctrl-X Ctrl-S brings it back        |
key Down Enter
expect-request job op=background job=command
