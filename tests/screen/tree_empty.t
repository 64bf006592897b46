# An empty tree: what is added first is a goal. Mode and effort of a task are chosen from what there is.
size 80x14
key C-t a
type paint the fence<Enter>
expect-request submit text=paint the fence
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"in full sentences","value":""},{"name":"debug","help":"","value":""}]}
event {"type":"tree","goal":1,"focus":2,"nodes":[{"id":1,"parent":0,"depth":0,"kind":"goal","title":"paint the fence","state":"active"},{"id":2,"parent":1,"depth":1,"kind":"task","title":"buy paint","state":"active","mode":"debug"}]}
key C-t j m
screen
| mien                                                                           |
| paint the fence     0/1 ▏ mien                                                 |
| └ ▶ buy paint    @debug ▏                                                      |
|                         ▏ Write a goal and press Enter.                        |
|                         ▏                                                      |
|                         ▏ / commands @ files ! shell F1 keys                   |
|                         ▏                                                      |
|  behavior mode for the task                                                2/3 |
|  formal       in full sentences                                                |
|❯ debug                                                                         |
|  as above it  nothing of its own                                               |
|▌ tree                                                                          |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key Up Enter
expect-request tree op=mode node=2 text=formal
key t
screen
| mien                                                                           |
| paint the fence     0/1 ▏ mien                                                 |
| └ ▶ buy paint    @debug ▏                                                      |
|                         ▏ Write a goal and press Enter.                        |
|                         ▏                                                      |
|  effort for the task                                                       6/6 |
|  low          little                                                           |
|  medium       some                                                             |
|  high         much                                                             |
|  max          as much as there is                                              |
|❯ as above it  nothing of its own                                               |
|▌ tree                                                                          |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down choose · Tab complete · Enter take        |
key End Up Up Enter
expect-request tree op=effort node=2 text=high
key t
type as<Enter>
expect-request tree op=effort node=2 text=
