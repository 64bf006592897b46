# An answer that breaks off: its words stay until others come, and the error is told once.
size 60x16
event {"type":"user","text":"go","how":"goal"}
event {"type":"goal_start","goal":"go"}
event {"type":"round_start","round":1,"max_rounds":9}
event {"type":"text","text":"These words came before the"}
event {"type":"phase","phase":"retry","deadline_ms":1000,"attempt":1,"detail":"the connection broke"}
event {"type":"text","text":"","restart":true}
event {"type":"phase","phase":"connect"}
screen
| mien  go                                             ⟳ 1/9 |
| ▌ go                                                       |
|                                                            |
| These words came before the                                |
| ⚠ the answer was cut off here                              |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌ ◐ connecting 0s                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards      |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":"Anew, and whole."}
screen
| mien  go                                             ⟳ 1/9 |
| ▌ go                                                       |
|                                                            |
| Anew, and whole.                                           |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌ ◐ connecting 0s                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards      |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":"","restart":true}
event {"type":"error","class":"connect","text":"cannot connect to 127.0.0.1: refused"}
event {"type":"result","success":false,"status":"error","summary":"cannot connect to 127.0.0.1: refused","answer":"","rounds":1,"ms":3000}
screen
| mien  go                                             ⟳ 1/9 |
| ▌ go                                                       |
|                                                            |
| Anew, and whole.                                           |
| ⚠ the answer was cut off here                              |
| ✗ cannot connect to 127.0.0.1: refused                     |
|                                                            |
| ✗ error  1 round, 3.0s                                     |
|   F5 tries again  F6 another model                         |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
