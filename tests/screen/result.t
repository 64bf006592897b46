# The end of a goal, compaction, an error.
size 80x16
event {"type":"compact","messages":24,"before":7800,"after":2100,"how":"summary"}
event {"type":"error","class":"provider","text":"401: the key was refused"}
event {"type":"notice","level":"warn","text":"the server cut the prompt","owner":"llm"}
event {"type":"result","success":true,"status":"complete","summary":"The parser handles CRLF; all tests pass.","answer":"done","rounds":7,"input":41000,"output":3000,"cost":0.04,"ms":72000}
screen
| mien                                                                           |
| · 24 messages left the model's view (summary): 7.8k to 2.1k tokens             |
| ✗ 401: the key was refused                                                     |
| ⚠ the server cut the prompt                                                    |
|                                                                                |
| ✔ complete  7 rounds, 41k in 3.0k out, $0.04, 1m12s                            |
|   The parser handles CRLF; all tests pass.                                     |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type /copy<Enter>
expect-pending copy
