# The wheel scrolls, a click unfolds and selects; focus that is lost is told of what waits.
size 80x16
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"goal_start","goal":"Fix the parser"}
event {"type":"user","text":"fix the parser","how":"goal"}
event {"type":"tool_call","id":"c1","name":"run_bash","summary":"rm -rf build && make","verb":"Ran","language":"command"}
event {"type":"tool_output","id":"c1","text":"1\n2\n3\n4\n5\n6\n7\n"}
event {"type":"tool_result","id":"c1","ok":true,"ms":1200,"summary":"exit 0"}
screen
| mien  Fix the parser                                       gpt-5  sandbox:full |
| ▌ fix the parser                                                               |
|                                                                                |
| ⚙ Ran rm -rf build && make                               +4 lines  exit 0 1.2s |
|   5                                                                            |
|   6                                                                            |
|   7                                                                            |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ preparing 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
# A click on the call's row, counted from 1.
bytes \e[<0;10;4M
screen
| mien  Fix the parser                                       gpt-5  sandbox:full |
| ▌ fix the parser                                                               |
|                                                                                |
| ⚙ run_bash  rm -rf build && make                                   exit 0 1.2s |
|   1                                                                            |
|   2                                                                            |
|   3                                                                            |
|   4                                                                            |
|   5                                                                            |
|   6                                                                            |
|   7                                                                            |
|                                                                                |
|                                                                                |
|▌ ◐ preparing 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
repeat 9 event {"type":"notice","text":"line %d"}
bytes \e[<64;10;5M
screen
| mien  Fix the parser                                       gpt-5  sandbox:full |
|   2                                                                            |
|   3                                                                            |
|   4                                                                            |
|   5                                                                            |
|   6                                                                            |
|   7                                                                            |
| · line 1                                                                       |
| · line 2                                                                       |
| · line 3                                                                       |
| · line 4                                                                       |
| · line 5                                                                       |
| · line 6                                                                       |
|▌ ◐ preparing 0s                                                          ↓ End |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
bytes \e[<65;10;5M
# A click on an entry of a menu takes it; beside it closes.
type /stat
bytes \e[<0;10;11M
expect-request report report=stats
type <C-u>/stat
bytes \e[<0;10;2M
expect-no-request
key C-u
wait 11000
event {"type":"approval","id":"q1","kind":"confirm","title":"Go on?","choices":[{"key":"y","label":"yes"},{"key":"n","label":"no"}]}
event {"type":"approval_done","id":"q1","choice":"y"}
bytes \e[O
event {"type":"approval","id":"q2","kind":"confirm","title":"Go on?","choices":[{"key":"y","label":"yes"},{"key":"n","label":"no"}]}
expect-pending bell
event {"type":"approval_done","id":"q2","choice":"y"}
event {"type":"result","success":true,"status":"complete","rounds":1,"ms":11000}
expect-pending bell
