# Slash commands offer themselves; Tab and arrows choose; arguments complete.
size 80x24
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"measured words"},{"name":"debug","help":"thinks aloud"}]}
event {"type":"catalog","kind":"models","items":[{"name":"gpt-5","help":"OpenAI"},{"name":"local","help":"llama.cpp"}]}
type /
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
|        mien                                                                    |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|  commands                                                                 1/40 |
|❯ /agent      show agents, or take another one                                  |
|  /approve    when to ask: ask, auto, never, yolo, plan                         |
|  /behavior   behavior modes: list, set MODE, clear, show, stats                |
|  /behaviors  the behaviors, or one; add, remove or move one                    |
|  /bisect     which round broke a check that was green once; or a command       |
|  /btw        a question beside the conversation, which stays as it is          |
|  /clear      empty the view (the model keeps all)                              |
|  /compact    shorten the model's view now: prune, show, edit                   |
|  /context    exactly what the model sees                                       |
|  /continue   go on with the unfinished goal                                    |
|▌                                                                               |
|▌ › /                                                                           |
|  context empty                  Down choose · Tab complete · Enter take        |
type be
key Down
screen
| mien                                                                           |
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
|  commands                                                                  2/3 |
|  /behavior   behavior modes: list, set MODE, clear, show, stats                |
|❯ /behaviors  the behaviors, or one; add, remove or move one                    |
|  /bisect     which round broke a check that was green once; or a command       |
|▌                                                                               |
|▌ › /be                                                                         |
|  context empty                  Down choose · Tab complete · Enter take        |
key Esc
type h
key Tab
type <C-u>/behavior set f
key Tab
screen
| mien                                                                           |
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
|▌ › /behavior set formal                                                        |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key Enter
expect-request mode mode=formal
type /model<Enter>
screen
| mien                                                                           |
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
|  model                                                                     1/2 |
|❯ gpt-5  OpenAI                                                                 |
|  local  llama.cpp                                                              |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
type lo
key Enter
expect-request model model=local
type /modle<Enter>
type /queue<Enter>
key Enter
screen
| mien                                                                           |
| ✗ no command /modle; did you mean /model                                       |
| · nothing waits                                                                |
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
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
expect-no-request
# Commands of one's own that arrive when a command is begun already.
type /rev
event {"type":"catalog","kind":"commands","items":[{"name":"review","help":"look at a file"}]}
screen
| mien                                                                           |
| ✗ no command /modle; did you mean /model                                       |
| · nothing waits                                                                |
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
|  commands                                                                  1/1 |
|❯ /review  look at a file                                                       |
|▌                                                                               |
|▌ › /rev                                                                        |
|  context empty                  Down choose · Tab complete · Enter take        |
