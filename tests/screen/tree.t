# Every state of a node; folding; details of the selected one.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"goal_start","goal":"Fix the parser"}
event {"type":"tree","focus":4,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"Fix the parser","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"Reproduce the failure","state":"done"},{"id":3,"parent":1,"depth":1,"kind":"task","title":"Repair tokenizer","state":"active"},{"id":4,"parent":3,"depth":2,"kind":"subtask","title":"handle CRLF","state":"active","rounds":3,"max_rounds":8},{"id":5,"parent":3,"depth":2,"kind":"subtask","title":"escapes","state":"pending"},{"id":6,"parent":1,"depth":1,"kind":"task","title":"Run tests","state":"claimed","check":"make test","check_state":"red"},{"id":7,"parent":1,"depth":1,"kind":"task","title":"Ask upstream","state":"blocked","reason":"no network"},{"id":8,"parent":1,"depth":1,"kind":"task","title":"Write notes","state":"skipped"},{"id":9,"parent":1,"depth":1,"kind":"task","title":"Old idea","state":"failed"}]}
screen
| mien  Fix the parser ▸ handle CRLF                         gpt-5  sandbox:full |
| Fix the parser      2/6 ▏                                                      |
| ├ ✔ Reproduce the fail… ▏                                                      |
| ├ ◐ Repair tokeniz… 0/2 ▏ mien gpt-5                                           |
| │ ├ ◐ handle CRLF   3/8 ▏                                                      |
| │ └ ○ escapes           ▏ Write a goal and press Enter.                        |
| ├ ◔ Run tests    check✗ ▏                                                      |
| ├ ⊘ Ask upstream        ▏ / commands @ files ! shell F1 keys                   |
| ├ ↷ Write notes         ▏                                                      |
| └ ✗ Old idea            ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|▌ ◐ preparing 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-t
screen
| mien  Fix the parser ▸ handle CRLF                         gpt-5  sandbox:full |
| Fix the parser      2/6 ▏                                                      |
| ├ ✔ Reproduce the fail… ▏                                                      |
| ├ ◐ Repair tokeniz… 0/2 ▏ mien gpt-5                                           |
| │ ├ ◐ handle CRLF   3/8 ▏                                                      |
| │ └ ○ escapes           ▏ Write a goal and press Enter.                        |
| ├ ◔ Run tests    check✗ ▏                                                      |
| ├ ⊘ Ask upstream        ▏ / commands @ files ! shell F1 keys                   |
| ├ ↷ Write notes         ▏                                                      |
| └ ✗ Old idea            ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| #4 handle CRLF          ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  j move · Space done · x fail · s skip          |
key j
type ll
key h
screen
| mien  Fix the parser ▸ handle CRLF                         gpt-5  sandbox:full |
| Fix the parser      2/6 ▏                                                      |
| ├ ✔ Reproduce the fail… ▏                                                      |
| ├ ◐ Repair tokeniz… 0/2 ▏ mien gpt-5                                           |
| │ ├ ◐ handle CRLF   3/8 ▏                                                      |
| │ └ ○ escapes           ▏ Write a goal and press Enter.                        |
| ├ ◔ Run tests    check✗ ▏                                                      |
| ├ ⊘ Ask upstream        ▏ / commands @ files ! shell F1 keys                   |
| ├ ↷ Write notes         ▏                                                      |
| └ ✗ Old idea            ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| #3 Repair tokenizer     ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  j move · Space done · x fail · s skip          |
caret none
