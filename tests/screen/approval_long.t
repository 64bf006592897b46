# A long command on a small screen: the command goes before the reasons, and scrolls.
size 40x12
event {"type":"approval","id":"q","kind":"command","title":"Run this?","detail":"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty twentyone","why":"Because it was asked for.","always":"always: all of these","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
screen
| mien                            ⚠ asks |
|┌─ Run this? ───── ↑↓ line 4 of 5 ─────┐|
|│ $ one two three four five six seven  │|
|│   eight nine ten eleven twelve thirt │|
|│   een fourteen fifteen sixteen seven │|
|│   teen eighteen nineteen twenty twen │|
|│ [y] once   [n] no                    │|
|└──────────────────────────────────────┘|
|────────────────────────────────────────|
|context empty                           |
|›                                       |
|Tab look behind · Esc refuse            |
key Down Down Down
screen
| mien                            ⚠ asks |
|┌─ Run this? ───── ↑↓ line 5 of 5 ─────┐|
|│   eight nine ten eleven twelve thirt │|
|│   een fourteen fifteen sixteen seven │|
|│   teen eighteen nineteen twenty twen │|
|│   tyone                              │|
|│ [y] once   [n] no                    │|
|└──────────────────────────────────────┘|
|────────────────────────────────────────|
|context empty                           |
|›                                       |
|Tab look behind · Esc refuse            |
