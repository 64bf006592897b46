# What slash commands ask of the engine, and how their words complete.
size 80x24
event {"type":"jobs","items":[{"name":"worker-1","kind":"delegate","state":"running","title":"make a","agent":"worker"},{"name":"web","kind":"server","state":"stopped","title":"npm run dev","port":8080}]}
event {"type":"catalog","kind":"behaviors","items":[{"name":"FileToolsBehavior","help":"files"},{"name":"ShellBehavior","help":"commands"}]}
type /jobs <Enter>
expect-request report report=jobs
type /jobs stop worker-1<Enter>
expect-request job op=stop job=worker-1
type /jobs log web<Enter>
expect-request report report=job argument=web
type /jobs kill web<Enter>
type /jobs stop<Enter>
type /stats <Enter>
expect-request report report=stats
type /stats tools<Enter>
expect-request report report=stats argument=tools
type /compact <Enter>
expect-request compact
type /compact keep the numbers<Enter>
expect-request compact text=keep the numbers
type /compact prune<Enter>
expect-request compact how=prune
type /compact show<Enter>
expect-request report report=summary
type /compact show stoppers first<Enter>
expect-request compact text=show stoppers first
type /compact edit<Enter>
type /behaviors <Enter>
expect-request report report=behaviors
type /behaviors ShellBehavior<Enter>
expect-request report report=behaviors argument=ShellBehavior
type /behaviors add ShellBehavior timeout=5<Enter>
expect-request behavior op=add text=ShellBehavior timeout=5
type /behaviors remove ShellBehavior<Enter>
expect-request behavior op=remove text=ShellBehavior
type /behaviors move ShellBehavior 1<Enter>
expect-request behavior op=move text=ShellBehavior 1
type /behaviors add<Enter>
type /behaviors ShellBehavior 1<Enter>
expect-no-request
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
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
|                         ▏                                                      |
|                         ▏                                                      |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
# A prune says nothing of the summary; an edit without one took it away.
event {"type":"compact","messages":4,"before":900,"after":300,"how":"summary","summary":"It was about pens."}
event {"type":"compact","messages":2,"before":300,"after":200,"how":"asked for"}
type /compact edit<Enter>
expect-pending summary
event {"type":"compact","messages":4,"before":300,"after":200,"how":"edited"}
type /compact edit<Enter>
type /jobs <Tab>
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
|                         ▏ · 4 messages left the model's view (summary): 900 to |
|                         ▏   300 tokens … summary (Ctrl-O)                      |
|                         ▏ · 2 messages left the model's view (asked for): 300  |
|                         ▏   to 200 tokens                                      |
|                         ▏ · 4 messages left the model's view (edited): 300 to  |
|                         ▏   200 tokens                                         |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|  choose                                                                    1/4 |
|❯ background                                                                    |
|  keyboard                                                                      |
|  log                                                                           |
|  stop                                                                          |
|▌                                                                               |
|▌ › /jobs                                                                       |
|  context empty                  Down choose · Tab complete · Enter take        |
key Esc C-c
type /jobs stop <Tab>
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
|                         ▏ · 4 messages left the model's view (summary): 900 to |
|                         ▏   300 tokens … summary (Ctrl-O)                      |
|                         ▏ · 2 messages left the model's view (asked for): 300  |
|                         ▏   to 200 tokens                                      |
|                         ▏ · 4 messages left the model's view (edited): 300 to  |
|                         ▏   200 tokens                                         |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏                                                      |
|  choose                                                                    1/2 |
|❯ worker-1  running: make a                                                     |
|  web       stopped: npm run dev                                                |
|▌                                                                               |
|▌ › /jobs stop                                                                  |
|  context empty                  cleared; Up brings it back                     |
key Esc C-c
type /behaviors m<Tab>F<Tab>
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
|                         ▏ · 4 messages left the model's view (summary): 900 to |
|                         ▏   300 tokens … summary (Ctrl-O)                      |
|                         ▏ · 2 messages left the model's view (asked for): 300  |
|                         ▏   to 200 tokens                                      |
|                         ▏ · 4 messages left the model's view (edited): 300 to  |
|                         ▏   200 tokens                                         |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|▌                                                                               |
|▌ › /behaviors move FileToolsBehavior                                           |
|  context empty                  cleared; Up brings it back                     |
key Esc C-c
type /compact <Tab>
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
|                         ▏ · 4 messages left the model's view (summary): 900 to |
|                         ▏   300 tokens … summary (Ctrl-O)                      |
|                         ▏ · 2 messages left the model's view (asked for): 300  |
|                         ▏   to 200 tokens                                      |
|                         ▏ · 4 messages left the model's view (edited): 300 to  |
|                         ▏   200 tokens                                         |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|  choose                                                                    1/3 |
|❯ edit                                                                          |
|  prune                                                                         |
|  show                                                                          |
|▌                                                                               |
|▌ › /compact                                                                    |
|  context empty                  cleared; Up brings it back                     |
key Esc C-c
type /stats <Tab>
screen
| mien                                                                        ⚙1 |
| Jobs                    ▏ ✗ /jobs has no "kill": background, keyboard NAME,    |
| ├ ▶ worker              ▏   log NAME or stop NAME                              |
| └ ↷ web :8080 npm run … ▏ ✗ /jobs stop needs the name of a job                 |
|                         ▏ ✗ there is no summary to edit yet: /compact makes    |
|                         ▏   one                                                |
|                         ▏ ✗ /behaviors add needs a type; Tab lists them        |
|                         ▏ ✗ /behaviors has no "ShellBehavior": add, move,      |
|                         ▏   remove, or a type                                  |
|                         ▏ · 4 messages left the model's view (summary): 900 to |
|                         ▏   300 tokens … summary (Ctrl-O)                      |
|                         ▏ · 2 messages left the model's view (asked for): 300  |
|                         ▏   to 200 tokens                                      |
|                         ▏ · 4 messages left the model's view (edited): 300 to  |
|                         ▏   200 tokens                                         |
|  choose                                                                    1/5 |
|❯ agents                                                                        |
|  behaviors                                                                     |
|  modes                                                                         |
|  tasks                                                                         |
|  tools                                                                         |
|▌                                                                               |
|▌ › /stats                                                                      |
|  context empty                  cleared; Up brings it back                     |
