# What a question is about, why, and what "always" covers scroll as one; the choices stay in sight
# on the smallest screens, and a key out of sight is none.
size 40x12
event {"type":"approval","id":"q1","kind":"command","title":"May this command reach the network of the company?","detail":"curl -fsSL https://example.org/install.sh | sh","why":"It asks for the network: to fetch the installer, which is run as it comes.","always":"s: any command, until the session ends\np: curl in this workspace, later too","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"p","label":"yes, for curl here"},{"key":"n","label":"no","text":true}]}
screen
| mien                            ⚠ asks |
|▌ May this command rea… ↑↓ line 4 of 10 |
|▌ May this command reach the network of |
|▌ the company?                          |
|▌ $ curl -fsSL https://example.org/inst |
|▌     all.sh                            |
|▌❯[y] yes, once                         |
|▌ [s] yes, for this session             |
|▌ [p] yes, for curl here   [n] no       |
|▌                                       |
|▌ › ask, / @ !                          |
|Enter answer · Esc no · Tab look behind |
key PgDn
screen
| mien                            ⚠ asks |
|▌ May this command rea… ↑↓ line 7 of 10 |
|▌     all.sh                            |
|▌   | sh                                |
|▌ It asks for the network: to fetch the |
|▌ installer, which is run as it comes.  |
|▌❯[y] yes, once                         |
|▌ [s] yes, for this session             |
|▌ [p] yes, for curl here   [n] no       |
|▌                                       |
|▌ › ask, / @ !                          |
|Enter answer · Esc no · Tab look behind |
key PgDn PgDn PgDn
screen
| mien                            ⚠ asks |
|▌ May this command re… ↑↓ line 10 of 10 |
|▌ installer, which is run as it comes.  |
|▌ s: any command, until the session     |
|▌ ends                                  |
|▌ p: curl in this workspace, later too  |
|▌❯[y] yes, once                         |
|▌ [s] yes, for this session             |
|▌ [p] yes, for curl here   [n] no       |
|▌                                       |
|▌ › ask, / @ !                          |
|Enter answer · Esc no · Tab look behind |
size 30x8
screen
| mien                  ⚠ asks |
|▌ May this c… ↑↓ line 8 of 16 |
|▌ fetch the installer, which  |
|▌ is run as it comes.         |
|▌❯[y] [s] [p] [n]             |
|▌                             |
|▌ › ask, / @ !                |
|Enter answer · Esc no         |
size 20x5
screen
| mien        ⚠ asks |
|▌                   |
|▌❯[y] [s] [p] [n]   |
|▌                   |
|▌ › ask, / @ !      |
key s Enter
expect-request answer question=q1 choice=s
size 80x24
event {"type":"approval","id":"q2","kind":"command","title":"May this command reach the network of the company?","detail":"curl -fsSL https://example.org/install.sh | sh","why":"It asks for the network: to fetch the installer, which is run as it comes.","always":"s: any command, until the session ends\np: curl in this workspace, later too","choices":[{"key":"y","label":"yes, once"},{"key":"s","label":"yes, for this session"},{"key":"p","label":"yes, for curl here"},{"key":"n","label":"no","text":true}]}
screen
| mien                                                                    ⚠ asks |
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
|▌ May this command reach the network of the company?                            |
|▌ $ curl -fsSL https://example.org/install.sh                                   |
|▌   | sh                                                                        |
|▌ It asks for the network: to fetch the installer, which is run as it comes.    |
|▌ s: any command, until the session ends                                        |
|▌ p: curl in this workspace, later too                                          |
|▌❯[y] yes, once   [s] yes, for this session   [p] yes, for curl here   [n] no   |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter answer · Esc no · Tab look behind        |
# More choices than a row holds: those out of sight have no key, arrows reach them all.
size 20x5
event {"type":"approval_done","id":"q2","choice":"n","by":"user"}
event {"type":"approval","id":"q3","kind":"question","title":"Which?","choices":[{"key":"1","label":"a"},{"key":"2","label":"b"},{"key":"3","label":"c"},{"key":"4","label":"d"},{"key":"5","label":"e"},{"key":"6","label":"f"},{"key":"7","label":"g"},{"key":"8","label":"h"},{"key":"9","label":"i"},{"key":"a","label":"j"},{"key":"b","label":"k"},{"key":"n","label":"no answer"}]}
screen
| mien        ⚠ asks |
|▌❯[1] [2] [3] [4]   |
|▌ [5] [6] [7] [8]   |
|▌                   |
|▌ › ask, / @ !      |
key b
expect-no-request
key Right Right Right Right Right Right Right Right Right Right Right
screen
| mien        ⚠ asks |
|▌ [5] [6] [7] [8]   |
|▌ [9] [a]❯[b] [n]   |
|▌                   |
|▌ › b               |
