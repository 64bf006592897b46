# Calls that only look are one row while they follow each other; what failed or wrote stands alone.
size 80x24
event {"type":"text","text":"I look around."}
event {"type":"tool_call","id":"a","name":"read_file","summary":"src/parser.c","verb":"Read","quiet":true}
screen
| mien                                                                           |
| I look around.                                                                 |
|                                                                                |
| ◦ Read src/parser.c                                                    running |
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
event {"type":"tool_result","id":"a","ok":true,"result":{"path":"src/parser.c","content":"int x;\n/* y */\n"},"ms":3,"summary":"2 lines"}
event {"type":"tool_call","id":"b","name":"read_file","summary":"README.md","verb":"Read","quiet":true}
event {"type":"tool_call","id":"c","name":"list_dir","summary":".","verb":"Listed","quiet":true}
screen
| mien                                                                           |
| I look around.                                                                 |
|                                                                                |
| ◦ Read src/parser.c                                                    2 lines |
| ◦ Read README.md                                                       running |
| ◦ Listed .                                                             running |
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
event {"type":"tool_result","id":"b","ok":true,"result":{"content":"hello\n"},"ms":3,"summary":"1 lines"}
event {"type":"tool_result","id":"c","ok":true,"result":{"entries":["a"]},"ms":3,"summary":"1 entries"}
event {"type":"tool_call","id":"d","name":"grep_files","summary":"a pattern that is rather long, longer than forty columns","verb":"Searched for","quiet":true}
event {"type":"tool_result","id":"d","ok":true,"result":{},"ms":3,"summary":"3 matches"}
event {"type":"tool_call","id":"e","name":"read_file","summary":"gone.c","verb":"Read","quiet":true}
event {"type":"tool_result","id":"e","ok":false,"result":{"error":"no such file"},"ms":3,"summary":"no such file"}
event {"type":"tool_call","id":"f","name":"run_bash","summary":"seq 1 60","verb":"Ran"}
event {"type":"tool_result","id":"f","ok":true,"result":{"output":"1\n2\n3\n4\n5\n6\n7\n8\n9\n"},"ms":158,"summary":"exit 0"}
event {"type":"text","text":"That is all."}
screen
| mien                                                                           |
| I look around.                                                                 |
|                                                                                |
| ◦ Read src/parser.c, README.md · Listed . · Searched for a pattern that is     |
|   rather long, longer th…                                                      |
| ◦ Read gone.c                                                     no such file |
| ⚙ Ran seq 1 60                                          +6 lines  exit 0 158ms |
|   7                                                                            |
|   8                                                                            |
|   9                                                                            |
|                                                                                |
| That is all.                                                                   |
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
# The group opens, and so does each of its calls.
key Tab Tab [ [ [ Enter
screen
| mien                                                                           |
| I look around.                                                                 |
|                                                                                |
| ◦ read_file  src/parser.c                                              2 lines |
|   int x;                                                                       |
|   /* y */                                                                      |
| ◦ Read README.md                                                       1 lines |
| ◦ Listed .                                                           1 entries |
| ◦ Searched for a pattern that is rather long, longer than forty col… 3 matches |
| ◦ Read gone.c                                                     no such file |
| ⚙ Ran seq 1 60                                          +6 lines  exit 0 158ms |
|   7                                                                            |
|   8                                                                            |
|   9                                                                            |
|                                                                                |
| That is all.                                                                   |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ transcript                                                                    |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
