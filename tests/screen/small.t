# 40x12 shows one pane; the tree takes it when focused.
size 40x12
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"goal_start","goal":"Fix the parser"}
event {"type":"tree","focus":4,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"Fix the parser","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"Reproduce the failure","state":"done"},{"id":3,"parent":1,"depth":1,"kind":"task","title":"Repair tokenizer","state":"active"},{"id":4,"parent":3,"depth":2,"kind":"subtask","title":"handle CRLF","state":"active","rounds":3,"max_rounds":8},{"id":5,"parent":3,"depth":2,"kind":"subtask","title":"escapes","state":"pending"},{"id":6,"parent":1,"depth":1,"kind":"task","title":"Run tests","state":"claimed","check":"make test","check_state":"red"},{"id":7,"parent":1,"depth":1,"kind":"task","title":"Ask upstream","state":"blocked","reason":"no network"},{"id":8,"parent":1,"depth":1,"kind":"task","title":"Write notes","state":"skipped"},{"id":9,"parent":1,"depth":1,"kind":"task","title":"Old idea","state":"failed"}]}
event {"type":"user","text":"Fix the parser","how":"goal"}
event {"type":"text","text":"I'll run the test suite first, then look at the tokenizer."}
screen
| mien  Fix … ▸ ha…  gpt-5  sandbox:full |
|▌ Fix the parser                        |
|                                        |
|I'll run the test suite first, then look|
|at the tokenizer.                       |
|                                        |
|                                        |
|                                        |
|                                        |
|▌ ◐ preparing 0s                        |
|▌ › tell the agent more                 |
|empty        Enter send · Tab panes     |
key C-t
screen
| mien  Fix … ▸ ha…  gpt-5  sandbox:full |
|Fix the parser                       2/6|
|├ ✔ Reproduce the failure               |
|├ ◐ Repair tokenizer                 0/2|
|│ ├ ◐ handle CRLF                    3/8|
|│ └ ○ escapes                           |
|├ ◔ Run tests                     check✗|
|├ ⊘ Ask upstream                        |
|├ ↷ Write notes                         |
|▌ tree ◐ preparing 0s                   |
|▌ › tell the agent more                 |
|j move · Space done · x fail · s skip   |
