# A long line of the prompt is broken between words and hangs under its first; so does what is pasted.
size 40x12
type please look at every parser in the tree and say which of them is slow
screen
| mien                                   |
|mien                                    |
|                                        |
|Write a goal and press Enter.           |
|/ commands @ files ! shell F1 keys      |
|                                        |
|                                        |
|                                        |
|▌                                       |
|▌ › please look at every parser in the  |
|▌   tree and say which of them is slow  |
|empty        Enter send · Tab panes     |
key C-u
paste first line\nsecond line that is longer than the screen
screen
| mien                                   |
|mien                                    |
|Write a goal and press Enter.           |
|/ commands @ files ! shell F1 keys      |
|                                        |
|                                        |
|                                        |
|▌                                       |
|▌ › first line                          |
|▌   second line that is longer than the |
|▌   screen                              |
|empty        Enter send · Tab panes     |
