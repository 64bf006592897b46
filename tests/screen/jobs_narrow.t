# One narrow pane: the job's row keeps who, what and how much.
size 40x12
event {"type":"session_start","workspace":"~/src/shop","model":"gpt-5","agent":"boss","sandbox":"full","approval":"ask"}
event {"type":"goal_start","goal":"Build the shop"}
event {"type":"tree","focus":3,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"Build the shop","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"Pages","state":"done"},{"id":3,"parent":1,"depth":1,"kind":"task","title":"Payment","state":"active","rounds":2,"max_rounds":8},{"id":4,"parent":1,"depth":1,"kind":"task","title":"Run tests","state":"pending"}]}
event {"type":"jobs","items":[{"name":"pages-1","kind":"delegate","state":"done","title":"make the pages","agent":"pages","model":"openai/gpt-5-mini","node":2,"tokens":20480,"rounds":4,"cost":0.02,"action":"mark_complete all pages","session":"20250102-a","workspace":"~/src/shop/pages","ms":64000},{"name":"payment_worker-2","kind":"delegate","state":"running","title":"let people pay\u001b[31m by card and by invoice,\nand write tests for both of them","agent":"payment_worker","model":"playbook//home/me/very/long/worker.play.yaml","node":3,"tokens":5120,"rounds":3,"action":"write_file src/pay.c","session":"20250102-b","workspace":"~/src/shop/pay","ms":12000},{"name":"tester-3","kind":"delegate","state":"waiting","title":"test it","agent":"tester","model":"gpt-5","node":3,"ms":0},{"name":"old-1","kind":"delegate","state":"lost","title":"before","agent":"old","model":"gpt-5","node":99,"tokens":10,"ms":5},{"name":"web","kind":"server","state":"running","title":"npm run dev","port":8080,"listening":true,"log":"/state/logs/s/web.log","ms":9000},{"name":"api","kind":"server","state":"failed","title":"./api --port 9000","port":9000,"listening":false,"code":1,"log":"/state/logs/s/api.log","ms":10},{"name":"job-4","kind":"command","state":"stopped","title":"make -j8 everything","code":0,"log":"/state/logs/s/job-4.log","ms":10}]}
screen
| mien  Build the … ▸ Payment  ⚙3  gpt-5 |
|mien gpt-5                              |
|                                        |
|Write a goal and press Enter.           |
|/ commands @ files ! shell F1 keys      |
|                                        |
|                                        |
|                                        |
|                                        |
|▌ ◐ preparing 0s                        |
|▌ › tell the agent more                 |
|empty        Enter send · Tab panes     |
key C-t j j j
screen
| mien  Build the … ▸ Payment  ⚙3  gpt-5 |
|Build the shop                       1/3|
|├ ✔ Pages                               |
|│ └ ✔ pages gpt-5-mini mark_complet… 20k|
|├ ◐ Payment                          2/8|
|│ ├ ▶ payment_worker work… write_f… 5.1k|
|│ └ ○ tester gpt-5                      |
|└ ○ Run tests                           |
|Jobs                                    |
|▌ tree ◐ preparing 0s                   |
|▌ › tell the agent more                 |
|j move · Space done · x fail · s skip   |
key G
screen
| mien  Build the … ▸ Payment  ⚙3  gpt-5 |
|│ ├ ▶ payment_worker work… write_f… 5.1k|
|│ └ ○ tester gpt-5                      |
|└ ○ Run tests                           |
|Jobs                                    |
|├ ↷ old gpt-5                         10|
|├ ▶ web :8080 npm run dev               |
|├ ✗ api :9000 ./api --port 9000   exit 1|
|└ ↷ job-4 make -j8 everything           |
|▌ tree ◐ preparing 0s                   |
|▌ › tell the agent more                 |
|Enter show · x stop · s tell · h task   |
key k k k Enter
expect-request report report=job argument=old-1
