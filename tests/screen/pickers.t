# Menus find what is meant: by letters in their order, by words of what it does; current values stand
# at the right, pickers begin on what holds now, and a theme is tried before it is taken.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"catalog","kind":"models","items":[{"name":"gpt-5","help":"400k window, $1.25 in, $10 out a million tokens","value":"responses"},{"name":"local","help":"32k window","value":"chat"},{"name":"local-big","help":"its key is missing","value":"messages"}]}
type /cpt
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
|  commands                                                                  1/1 |
|❯ /compact  shorten the model's view now: prune, show, edit                     |
|▌                                                                               |
|▌ › /cpt                                                                        |
|  context empty                  Down choose · Tab complete · Enter take        |
type <C-u>/clipboard
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
|▌ › /clipboard                                                                  |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-u
type /model
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
|  model                                                                     1/3 |
|❯ gpt-5      400k window, $1.25 in, $10 out a million tokens          responses |
|  local      32k window                                                    chat |
|  local-big  its key is missing                                        messages |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
type lb
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
|  model › lb                                                                1/1 |
|❯ local-big  its key is missing                                        messages |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key Enter
expect-request model model=local-big
# What was only likely is not run by Enter: the line is sent as it is.
type /opy<Enter>
expect-no-request
type /theme<Enter>
key Down
expect-pending theme
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|                                                                                |
| ▌ skip every white space                                                       |
|                                                                                |
| What changed                                                                   |
| skip() takes every white space, see the page (https://example.org).            |
|                                                                                |
|     5   {                                                                      |
|     6 −     while (*p == ' ')                                                  |
|     6 +     while (isspace((unsigned char)*p))                                 |
|     7           p++; /* the next word */                                       |
|  theme                                                                     6/9 |
|  ansi                                                                          |
|  blue-orange-light                                                             |
|  blue-orange                                                                   |
|  contrast                                                                      |
|• dark                                                                          |
|❯ ember                                                                         |
|  light                                                                         |
|  mono                                                                          |
|  paper                                                                         |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key Esc
expect-pending theme
type /theme<Enter>
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|                                                                                |
| ▌ skip every white space                                                       |
|                                                                                |
| What changed                                                                   |
| skip() takes every white space, see the page (https://example.org).            |
|                                                                                |
|     5   {                                                                      |
|     6 −     while (*p == ' ')                                                  |
|     6 +     while (isspace((unsigned char)*p))                                 |
|     7           p++; /* the next word */                                       |
|  theme                                                                     5/9 |
|  ansi                                                                          |
|  blue-orange-light                                                             |
|  blue-orange                                                                   |
|  contrast                                                                      |
|❯ dark                                                                          |
|  ember                                                                         |
|  light                                                                         |
|  mono                                                                          |
|  paper                                                                         |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key Esc
expect-pending theme
type /ag
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ✗ no command /opy; did you mean /copy                                          |
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
|  commands                                                                  1/1 |
|❯ /agent  show agents, or take another one                                coder |
|▌                                                                               |
|▌ › /ag                                                                         |
|  context empty                  Down choose · Tab complete · Enter take        |
