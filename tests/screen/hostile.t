# Control sequences from models and tools never reach the screen.
size 80x16
event {"type":"text","text":"a\u001b[31mred\u001b[0m \u001b]0;title\u0007b \u202eevil\u202c c\u200bd \u009b2J end\r\nnext"}
event {"type":"tool_call","id":"a","behavior":"Shell","name":"run\u001b[2J","args":{},"summary":"make\n\u001b]52;c;AAAA\u0007test"}
event {"type":"tool_output","id":"a","text":"10%\r50%\r100%\nok \u001bPq hidden"}
event {"type":"tool_output","id":"a","text":" still hidden\u001b\\ shown\n"}
event {"type":"tool_result","id":"a","ok":true,"result":{},"ms":5}
event {"type":"tree","nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"x\u001b[2Jy\u2066z","state":"active"}]}
screen
| mien                                                                           |
| ared b evil cd  end                                                            |
| next                                                                           |
|                                                                                |
| ⚙ run  make test                                                               |
|   100%                                                                         |
|   ok  shown                                                                    |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
