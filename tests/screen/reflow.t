# Paragraphs that were broken by hand are laid out anew; what is meant as lines stays lines.
size 120x24
event {"type":"text","text":"The parser keeps a ring of buffers. When one is full, the\nnext is taken, and what was read from it is copied only once;\nthat is why a token that spans two buffers needs no special\ncase.\n\n- a bullet whose text is long enough that it was broken at\n  about sixty columns, goes on under it\n- another\n\nRoses are red,\nviolets are blue.\n\nA line that ends with a colon and is followed by a list, like:\n1. this\n2. that\n\nA line that ends with two blanks, which is a break that is meant,  \nstays broken.\n"}
screen
| mien                                                                                                                   |
| The parser keeps a ring of buffers. When one is full, the next is taken, and what was read from it is copied           |
| only once; that is why a token that spans two buffers needs no special case.                                           |
|                                                                                                                        |
| • a bullet whose text is long enough that it was broken at about sixty columns, goes on under it                       |
| • another                                                                                                              |
|                                                                                                                        |
| Roses are red,                                                                                                         |
| violets are blue.                                                                                                      |
|                                                                                                                        |
| A line that ends with a colon and is followed by a list, like:                                                         |
| 1. this                                                                                                                |
| 2. that                                                                                                                |
|                                                                                                                        |
| A line that ends with two blanks, which is a break that is meant,                                                      |
| stays broken.                                                                                                          |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|▌                                                                                                                       |
|▌ › ask, / command, @ file, ! shell                                                                                     |
|  context empty                              Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help  |
# It streams: the same rows, whether it comes whole or in pieces.
event {"type":"round_start","round":1}
event {"type":"text","text":"The parser keeps a ring of buffers. When one is full, the\nne"}
screen
| mien                                                                                                               ⟳ 1 |
| The parser keeps a ring of buffers. When one is full, the next is taken, and what was read from it is copied           |
| only once; that is why a token that spans two buffers needs no special case.                                           |
|                                                                                                                        |
| • a bullet whose text is long enough that it was broken at about sixty columns, goes on under it                       |
| • another                                                                                                              |
|                                                                                                                        |
| Roses are red,                                                                                                         |
| violets are blue.                                                                                                      |
|                                                                                                                        |
| A line that ends with a colon and is followed by a list, like:                                                         |
| 1. this                                                                                                                |
| 2. that                                                                                                                |
|                                                                                                                        |
| A line that ends with two blanks, which is a break that is meant,                                                      |
| stays broken.                                                                                                          |
| The parser keeps a ring of buffers. When one is full, the                                                              |
| ne                                                                                                                     |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|▌                                                                                                                       |
|▌ › ask, / command, @ file, ! shell                                                                                     |
|  context empty                              Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help  |
event {"type":"text","text":"xt is taken, and what was read from it is copied only once;\nthat"}
event {"type":"text","text":" is why.\n"}
screen
| mien                                                                                                               ⟳ 1 |
| The parser keeps a ring of buffers. When one is full, the next is taken, and what was read from it is copied           |
| only once; that is why a token that spans two buffers needs no special case.                                           |
|                                                                                                                        |
| • a bullet whose text is long enough that it was broken at about sixty columns, goes on under it                       |
| • another                                                                                                              |
|                                                                                                                        |
| Roses are red,                                                                                                         |
| violets are blue.                                                                                                      |
|                                                                                                                        |
| A line that ends with a colon and is followed by a list, like:                                                         |
| 1. this                                                                                                                |
| 2. that                                                                                                                |
|                                                                                                                        |
| A line that ends with two blanks, which is a break that is meant,                                                      |
| stays broken.                                                                                                          |
| The parser keeps a ring of buffers. When one is full, the next is taken, and what was read from it is copied           |
| only once; that is why.                                                                                                |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|▌                                                                                                                       |
|▌ › ask, / command, @ file, ! shell                                                                                     |
|  context empty                              Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help  |
