# A question of the agent: its text in full, choices by number, words through the input line.
size 80x24
event {"type":"session_start","workspace":"~/src/shop","model":"gpt-5","agent":"boss","sandbox":"full","approval":"ask"}
event {"type":"phase","phase":"ask"}
event {"type":"approval","id":"q1","kind":"question","title":"Which database shall the shop use? The choice decides how orders are kept\u202e, and it is hard to change later:\n- sqlite needs no server\n- postgres lets several machines sell","choices":[{"key":"1","label":"sqlite, as the notes say"},{"key":"2","label":"postgres"},{"key":"t","label":"something else","text":true},{"key":"n","label":"no answer: let it decide"}]}
screen
| mien  ~/src/shop                                   ⚠ asks  gpt-5  sandbox:full |
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
|▌ Question                                                                      |
|▌ Which database shall the shop use? The choice decides how orders are          |
|▌ kept<U+202E>, and it is hard to change later:                                 |
|▌ - sqlite needs no server                                                      |
|▌ - postgres lets several machines sell                                         |
|▌❯[1] sqlite, as the notes say                                                  |
|▌ [2] postgres                                                                  |
|▌ [t] something else                                                            |
|▌ [n] no answer: let it decide                                                  |
|▌ ◐ waiting for you                                                             |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter answer · Esc no answer · Tab look behind |
size 40x12
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|▌ Question               ↑↓ line 4 of 6 |
|▌ Which database shall the shop use?    |
|▌ The choice decides how orders are     |
|▌ kept<U+202E>, and it is hard to       |
|▌ change later:                         |
|▌❯[1] sqlite, as the notes say          |
|▌ [2] postgres   [t] something else     |
|▌ [n] no answer: let it decide          |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no answer            |
key Down Down Down
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|▌ Question               ↑↓ line 6 of 6 |
|▌ kept<U+202E>, and it is hard to       |
|▌ change later:                         |
|▌ - sqlite needs no server              |
|▌ - postgres lets several machines sell |
|▌ [1] sqlite, as the notes say          |
|▌❯[2] postgres   [t] something else     |
|▌ [n] no answer: let it decide          |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no answer            |
size 80x24
key t Enter
type <Enter>
expect-no-request
key Enter
type a file a customer
screen
| mien  ~/src/shop                                   ⚠ asks  gpt-5  sandbox:full |
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
|▌ Question                                                                      |
|▌ Which database shall the shop use? The choice decides how orders are          |
|▌ kept<U+202E>, and it is hard to change later:                                 |
|▌ - sqlite needs no server                                                      |
|▌ - postgres lets several machines sell                                         |
|▌ [1] sqlite, as the notes say                                                  |
|▌ [2] postgres                                                                  |
|▌❯[t] something else                                                            |
|▌ [n] no answer: let it decide                                                  |
|▌ ◐ waiting for you                                                             |
|▌ answer: a file a customer                                                     |
|  context empty                  Enter done, Esc cancel; your draft is kept     |
size 40x12
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|▌ Question               ↑↓ line 4 of 6 |
|▌ Which database shall the shop use?    |
|▌ The choice decides how orders are     |
|▌ kept<U+202E>, and it is hard to       |
|▌ change later:                         |
|▌ [1] sqlite, as the notes say          |
|▌ [2] postgres  ❯[t] something else     |
|▌ [n] no answer: let it decide          |
|▌ ◐ waiting for you                     |
|▌ answer: a file a customer             |
|Enter done, Esc cancel; your draft is k…|
type <Enter>
expect-request answer question=q1 choice=t text=a file a customer
event {"type":"approval_done","id":"q1","choice":"t","by":"person"}
event {"type":"approval","id":"q2","kind":"question","title":"Go?","choices":[{"key":"1","label":"yes"},{"key":"2","label":"later"},{"key":"t","label":"something else","text":true},{"key":"n","label":"no answer: let it decide"}]}
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|mien gpt-5                              |
|                                        |
|▌ Question                              |
|▌ Go?                                   |
|▌❯[1] yes                               |
|▌ [2] later                             |
|▌ [t] something else                    |
|▌ [n] no answer: let it decide          |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no answer            |
key 2 Enter
expect-request answer question=q2 choice=2
event {"type":"approval","id":"q3","kind":"question","title":"Which of these many ways?","choices":[{"key":"1","label":"the first way, which is long to tell"},{"key":"2","label":"the second way, which is longer to tell"},{"key":"3","label":"the third way, which is quick"},{"key":"4","label":"none of these, another one"},{"key":"t","label":"something else","text":true},{"key":"n","label":"no answer: let it decide"}]}
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|▌ Question               ↑↓ line 6 of 9 |
|▌ Which of these many ways?             |
|▌  [1] the first way, which is long to  |
|▌      tell                             |
|▌  [2] the second way, which is longer  |
|▌      to tell                          |
|▌  [3] the third way, which is quick    |
|▌❯[1] [2] [3] [4] [t] [n]               |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no answer            |
key PgDn
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|▌ Question               ↑↓ line 9 of 9 |
|▌  [2] the second way, which is longer  |
|▌      to tell                          |
|▌  [3] the third way, which is quick    |
|▌  [4] none of these, another one       |
|▌  [t] something else                   |
|▌  [n] no answer: let it decide         |
|▌❯[1] [2] [3] [4] [t] [n]               |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no answer            |
type by foot<Enter>
expect-request answer question=q3 choice=t text=by foot
event {"type":"approval","id":"q4","kind":"confirm","title":"add HierarchicalContextBehavior: +1234 tokens a request","detail":"The request's beginning changes, so about 9000 tokens are sent uncached once.","choices":[{"key":"y","label":"yes"},{"key":"n","label":"no"}]}
screen
| mien  ~/src/shop         ⚠ asks  gpt-5 |
|mien gpt-5                              |
|▌ add HierarchicalContextBehavior: +12… |
|▌ add HierarchicalContextBehavior:      |
|▌ +1234 tokens a request                |
|▌ The request's beginning changes, so   |
|▌ about 9000 tokens are sent uncached   |
|▌ once.                                 |
|▌❯[y] yes   [n] no                      |
|▌ ◐ waiting for you                     |
|▌ › tell the agent more                 |
|Enter answer · Esc no · Tab look behind |
key y Enter
expect-request answer question=q4 choice=y
