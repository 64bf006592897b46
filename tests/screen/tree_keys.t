# Keys of the tree post operations; a prompt borrows the input line and gives it back.
size 80x24
event {"type":"tree","focus":4,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"Fix the parser","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"Reproduce the failure","state":"done"},{"id":3,"parent":1,"depth":1,"kind":"task","title":"Repair tokenizer","state":"active"},{"id":4,"parent":3,"depth":2,"kind":"subtask","title":"handle CRLF","state":"active","rounds":3,"max_rounds":8},{"id":5,"parent":3,"depth":2,"kind":"subtask","title":"escapes","state":"pending"},{"id":6,"parent":1,"depth":1,"kind":"task","title":"Run tests","state":"claimed","check":"make test","check_state":"red"},{"id":7,"parent":1,"depth":1,"kind":"task","title":"Ask upstream","state":"blocked","reason":"no network"},{"id":8,"parent":1,"depth":1,"kind":"task","title":"Write notes","state":"skipped"},{"id":9,"parent":1,"depth":1,"kind":"task","title":"Old idea","state":"failed"}]}
type my draft
key C-t Space
expect-request tree op=done node=4
key k x
expect-request tree op=failed node=3
key s r d u
expect-request tree op=skip node=3
expect-request tree op=reopen node=3
expect-request tree op=delete node=3
expect-request tree op=undo node=3
key J K < >
expect-request tree op=down node=3
expect-request tree op=up node=3
expect-request tree op=outdent node=3
expect-request tree op=indent node=3
key f C
expect-request tree op=focus node=3
expect-request tree op=run_check node=3
key a
screen
| mien                                                                           |
| Fix the parser      2/6 ▏                                                      |
| ├ ✔ Reproduce the fail… ▏                                                      |
| ├ ▶ Repair tokeniz… 0/2 ▏ mien                                                 |
| │ ├ ▶ handle CRLF   3/8 ▏                                                      |
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
|▌                                                                               |
|▌ new task:                                                                     |
|  context empty                  Enter done, Esc cancel; your draft is kept     |
type a new task<Enter>
expect-request tree op=add node=3 text=a new task
key i
type child<Esc>
expect-no-request
key e
type !<Enter>
expect-request tree op=edit node=3 text=Repair tokenizer!
key G k k k c
type <C-u>make check<Enter>
expect-request tree op=check node=6 text=make check
key n
type soon<Enter>
expect-request tree op=note node=6 text=soon
key C-t
screen
| mien                                                                           |
| Fix the parser      2/6 ▏                                                      |
| ├ ✔ Reproduce the fail… ▏                                                      |
| ├ ▶ Repair tokeniz… 0/2 ▏ mien                                                 |
| │ ├ ▶ handle CRLF   3/8 ▏                                                      |
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
|▌                                                                               |
|▌ › my draft                                                                    |
|  context empty                  deleted; u brings it back                      |
key Enter
expect-request submit text=my draft
type /task done 5<Enter>
expect-request tree op=done node=5
type /task edit 5 better title<Enter>
expect-request tree op=edit node=5 text=better title
type /task add 3 dots<Enter>
expect-request tree op=add node=6 text=3 dots
type /task finish<Enter>
expect-no-request
