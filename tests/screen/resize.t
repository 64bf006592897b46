# Text reflows; going there and back gives the same screen.
size 80x16
event {"type":"user","text":"tell me something long enough to wrap","how":"goal"}
event {"type":"text","text":"One sentence that is long enough to be wrapped at both of the widths used here, so that reflowing shows.\n"}
screen
| mien                                                                           |
| ▌ tell me something long enough to wrap                                        |
|                                                                                |
| One sentence that is long enough to be wrapped at both of the widths used      |
| here, so that reflowing shows.                                                 |
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
size 62x16
screen
| mien                                                         |
| ▌ tell me something long enough to wrap                      |
|                                                              |
| One sentence that is long enough to be wrapped at both of    |
| the widths used here, so that reflowing shows.               |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|▌                                                             |
|▌ › ask, / command, @ file, ! shell                           |
|  context empty                  Enter send · Tab panes       |
size 80x16
screen
| mien                                                                           |
| ▌ tell me something long enough to wrap                                        |
|                                                                                |
| One sentence that is long enough to be wrapped at both of the widths used      |
| here, so that reflowing shows.                                                 |
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
