# A long command on a small screen: the command goes before the reasons, and scrolls.
size 40x12
event {"type":"approval","id":"q","kind":"command","title":"Run this?","detail":"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty twentyone","why":"Because it was asked for.","always":"always: all of these","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
screen
| mien                            ⚠ asks |
|▌ Run this?              ↑↓ line 6 of 7 |
|▌ $ one two three four five six seven e |
|▌     ight nine ten eleven twelve thirt |
|▌     een fourteen fifteen sixteen seve |
|▌     nteen eighteen nineteen twenty tw |
|▌     entyone                           |
|▌ Because it was asked for.             |
|▌❯[y] once   [n] no                     |
|▌                                       |
|▌ › ask, / @ !                          |
|Enter answer · Esc no · Tab look behind |
key Down Down Down
screen
| mien                            ⚠ asks |
|▌ Run this?              ↑↓ line 7 of 7 |
|▌     ight nine ten eleven twelve thirt |
|▌     een fourteen fifteen sixteen seve |
|▌     nteen eighteen nineteen twenty tw |
|▌     entyone                           |
|▌ Because it was asked for.             |
|▌ always: all of these                  |
|▌ [y] once  ❯[n] no                     |
|▌                                       |
|▌ › ask, / @ !                          |
|Enter answer · Esc no · Tab look behind |
