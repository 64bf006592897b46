# Delegates stand under their task, servers and commands at the end; keys of a job's row.
size 80x24
event {"type":"session_start","workspace":"~/src/shop","model":"gpt-5","agent":"boss","sandbox":"full","approval":"ask"}
event {"type":"goal_start","goal":"Build the shop"}
event {"type":"tree","focus":3,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"Build the shop","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"Pages","state":"done"},{"id":3,"parent":1,"depth":1,"kind":"task","title":"Payment","state":"active","rounds":2,"max_rounds":8},{"id":4,"parent":1,"depth":1,"kind":"task","title":"Run tests","state":"pending"}]}
event {"type":"jobs","items":[{"name":"pages-1","kind":"delegate","state":"done","title":"make the pages","agent":"pages","model":"openai/gpt-5-mini","node":2,"tokens":20480,"rounds":4,"cost":0.02,"action":"mark_complete all pages","session":"20250102-a","workspace":"~/src/shop/pages","ms":64000},{"name":"payment_worker-2","kind":"delegate","state":"running","title":"let people pay\u001b[31m by card and by invoice,\nand write tests for both of them","agent":"payment_worker","model":"playbook//home/me/very/long/worker.play.yaml","node":3,"tokens":5120,"rounds":3,"action":"write_file src/pay.c","session":"20250102-b","workspace":"~/src/shop/pay","ms":12000},{"name":"tester-3","kind":"delegate","state":"waiting","title":"test it","agent":"tester","model":"gpt-5","node":3,"ms":0},{"name":"old-1","kind":"delegate","state":"lost","title":"before","agent":"old","model":"gpt-5","node":99,"tokens":10,"ms":5},{"name":"web","kind":"server","state":"running","title":"npm run dev","port":8080,"listening":true,"log":"/state/logs/s/web.log","ms":9000},{"name":"api","kind":"server","state":"failed","title":"./api --port 9000","port":9000,"listening":false,"code":1,"log":"/state/logs/s/api.log","ms":10},{"name":"job-4","kind":"command","state":"stopped","title":"make -j8 everything","code":0,"log":"/state/logs/s/job-4.log","ms":10}]}
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
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
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| #3 Payment              ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  j move · Space done · x fail · s skip          |
key j
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| payment_worker-2        ▏                                                      |
|   running, 3 rounds, 1… ▏                                                      |
| let people pay by card  ▏                                                      |
|   and by invoice, and … ▏                                                      |
| in ~/src/shop/pay       ▏                                                      |
| session 20250102-b      ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter show · x stop · s tell · h task          |
key d
expect-no-request
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| payment_worker-2        ▏                                                      |
|   running, 3 rounds, 1… ▏                                                      |
| let people pay by card  ▏                                                      |
|   and by invoice, and … ▏                                                      |
| in ~/src/shop/pay       ▏                                                      |
| session 20250102-b      ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  payment_worker-2 is a job: Enter shows what i… |
key x
expect-request job op=stop job=payment_worker-2
key h
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| #3 Payment              ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  stopping payment_worker-2                      |
key G
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏                                                      |
| ├ ✔ Pages               ▏                                                      |
| │ └ ✔ pages mark_c… 20k ▏ mien gpt-5                                           |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ Write a goal and press Enter.                        |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏ / commands @ files ! shell F1 keys                   |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
| ─────────────────────── ▏                                                      |
| job-4 stopped           ▏                                                      |
| $ make -j8 everything   ▏                                                      |
| log /state/logs/s/job-4 ▏                                                      |
|   .log                  ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  stopping payment_worker-2                      |
key x
expect-no-request
key k k Enter
expect-request report report=job argument=web
event {"type":"report","title":"job","text":"$ npm run dev\n(running, log /state/logs/s/web.log)\n\nlistening on 8080\n"}
screen
| mien  Build the shop ▸ Payment                         ⚙3  gpt-5  sandbox:full |
| Build the shop      1/3 ▏ job                                                  |
| ├ ✔ Pages               ▏ $ npm run dev                                        |
| │ └ ✔ pages mark_c… 20k ▏ (running, log /state/logs/s/web.log)                 |
| ├ ◐ Payment         2/8 ▏                                                      |
| │ ├ ▶ payme… writ… 5.1k ▏ listening on 8080                                    |
| │ └ ○ tester gpt-5      ▏                                                      |
| └ ○ Run tests           ▏                                                      |
| Jobs                    ▏                                                      |
| ├ ↷ old gpt-5        10 ▏                                                      |
| ├ ▶ web :8080 npm run … ▏                                                      |
| ├ ✗ api :9000    exit 1 ▏                                                      |
| └ ↷ job-4 make -j8 eve… ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|                         ▏                                                      |
|▌ transcript ◐ preparing 0s                                                     |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  job-4 has ended already                        |
# The cursor stays with its job when others come and go.
key C-t
event {"type":"jobs","items":[{"name":"web","kind":"server","state":"running","title":"npm run dev","port":8080,"listening":false,"log":"/state/logs/s/web.log","ms":9000}]}
screen
| mien  Build the shop ▸ Payment                         ⚙1  gpt-5  sandbox:full |
| Build the shop      1/3 ▏ job                                                  |
| ├ ✔ Pages               ▏ $ npm run dev                                        |
| ├ ◐ Payment         2/8 ▏ (running, log /state/logs/s/web.log)                 |
| └ ○ Run tests           ▏                                                      |
| Jobs                    ▏ listening on 8080                                    |
| └ ▶ web :8080 npm run … ▏                                                      |
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
| web running             ▏                                                      |
| $ npm run dev           ▏                                                      |
| log /state/logs/s/web.l ▏                                                      |
|   og                    ▏                                                      |
|▌ tree ◐ preparing 0s                                                           |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  job-4 has ended already                        |
event {"type":"jobs","items":[]}
key j x
expect-request tree op=failed node=2
