# Esc and Ctrl-C while the agent works; Ctrl-D leaves.
size 80x14
event {"type":"goal_start","goal":"x"}
event {"type":"phase","phase":"stream"}
key Esc
expect-request stop
type steer it<Enter>
expect-request submit text=steer it
event {"type":"user","text":"steer it","how":"steer"}
key C-c
expect-request stop
screen
| mien  x                                                                        |
| ▌ steer it                                                                     |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  stopping; Ctrl-C again quits                   |
event {"type":"result","success":false,"status":"cancelled","summary":"","rounds":2,"ms":5000}
event {"type":"phase","phase":"idle"}
wait 5000
screen
| mien  x                                                                        |
| ▌ steer it                                                                     |
|                                                                                |
| ✗ cancelled  2 rounds, 5.0s                                                    |
|   F5 goes on                                                                   |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-d
expect-pending quit
