# s tells a delegate something; a program reads no words; b is for the command that runs.
size 80x14
event {"type":"jobs","items":[{"name":"worker-1","kind":"delegate","state":"running","title":"make a","agent":"worker","model":"gpt-5","action":"Edited a.c","tokens":5100},{"name":"web","kind":"server","state":"running","title":"npm run dev","port":8080,"listening":true}]}
key C-t s
screen
| mien                                                                        ⚙2 |
| Jobs                    ▏ mien                                                 |
| ├ ▶ worker Edited… 5.1k ▏                                                      |
| └ ▶ web :8080 npm run … ▏ Write a goal and press Enter.                        |
|                         ▏                                                      |
|                         ▏ / commands @ files ! shell F1 keys                   |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| worker-1 running        ▏                                                      |
| make a                  ▏                                                      |
|▌                                                                               |
|▌ tell worker-1:                                                                |
|  context empty                  Enter done, Esc cancel; your draft is kept     |
type use the new API<Enter>
expect-request job op=tell job=worker-1 text=use the new API
key s Esc j s
expect-no-request
screen
| mien                                                                        ⚙2 |
| Jobs                    ▏ mien                                                 |
| ├ ▶ worker Edited… 5.1k ▏                                                      |
| └ ▶ web :8080 npm run … ▏ Write a goal and press Enter.                        |
|                         ▏                                                      |
|                         ▏ / commands @ files ! shell F1 keys                   |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| web running             ▏                                                      |
| $ npm run dev           ▏                                                      |
|▌ tree                                                                          |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  web is a program: it reads no words            |
key b
expect-request job op=background job=command
