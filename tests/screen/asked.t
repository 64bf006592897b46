# A call that waits for a yes says so on its row.
size 60x14
event {"type":"tool_call","id":"1","name":"run_bash","verb":"Ran","summary":"make install","args":"{}"}
event {"type":"approval","id":"q","kind":"command","title":"Run this command?","detail":"make install","choices":[{"key":"y","label":"yes"},{"key":"n","label":"no"}]}
screen
| mien                                                ⚠ asks |
| ⚙ Ran make install                                    asks |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌ Run this command?                                         |
|▌ $ make install                                            |
|▌❯[y] yes   [n] no                                          |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter answer · Esc no      |
event {"type":"approval_done","id":"q","choice":"y","by":"user"}
screen
| mien                                                       |
| ⚙ Ran make install                                 running |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
