# A retry begins the answer anew: what was half said goes.
size 60x14
event {"type":"text","text":"half of an ans"}
event {"type":"text","text":"A whole answer.","restart":true}
event {"type":"round_end","round":1}
screen
| mien                                                       |
| A whole answer.                                            |
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
