# Tables: widths by measure, numbers right, cells wrapped, cards where nothing else fits; other marks.
size 100x40
event {"type": "text", "text": "## What changed\n\n| function | calls | before | note |\n|---|---:|---:|:---|\n| `skip` | 1 204 | 3.1 µs | table lookup |\n| parse_statement | 12 | 9.8 µs | one copy less, see the long explanation below the table |\n| 日本語 | 3 | 1 µs | 👍🏽 a \\| b and `x|y` |\n\nWords after it, ~~old~~ ***new*** **bold `code` in it**, see [the page](https://example.org/a).\n\n- [x] fix\n- [ ] run all tests\n  - [ ] a long one that goes on over the end of its row so that it is wrapped under itself\n\n---\n> quoted\n"}
event {"type":"round_end"}
screen
| mien                                                                                               |
| What changed                                                                                       |
|                                                                                                    |
| function          calls   before   note                                                            |
| ━━━━━━━━━━━━━━━   ━━━━━   ━━━━━━   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━         |
| skip              1 204   3.1 µs   table lookup                                                    |
| parse_statement      12   9.8 µs   one copy less, see the long explanation below the table         |
| 日本語                3     1 µs   👍 a | b and x|y                                                |
|                                                                                                    |
| Words after it, old new bold code in it, see the page (https://example.org/a).                     |
|                                                                                                    |
| ☑ fix                                                                                              |
| ☐ run all tests                                                                                    |
|   ☐ a long one that goes on over the end of its row so that it is wrapped under itself             |
|                                                                                                    |
| ────────────────────────────────────────────────────────────────────────────────────────────────── |
| │ quoted                                                                                           |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|                                                                                                    |
|▌                                                                                                   |
|▌ › ask, / command, @ file, ! shell                                                                 |
|  context empty                       Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor          |
size 70x40
screen
| mien                                                                 |
| What changed                                                         |
|                                                                      |
| function          calls   before   note                              |
| ━━━━━━━━━━━━━━━   ━━━━━   ━━━━━━   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ |
| skip              1 204   3.1 µs   table lookup                      |
| parse_statement      12   9.8 µs   one copy less, see the long       |
|                                    explanation below the table       |
| 日本語                3     1 µs   👍 a | b and x|y                  |
|                                                                      |
| Words after it, old new bold code in it, see the page                |
| (https://example.org/a).                                             |
|                                                                      |
| ☑ fix                                                                |
| ☐ run all tests                                                      |
|   ☐ a long one that goes on over the end of its row so that it is    |
|     wrapped under itself                                             |
|                                                                      |
| ──────────────────────────────────────────────────────────────────── |
| │ quoted                                                             |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|                                                                      |
|▌                                                                     |
|▌ › ask, / command, @ file, ! shell                                   |
|  context empty                  Enter send · Tab panes · Ctrl-T tree |
size 30x40
screen
| mien                         |
|What changed                  |
|                              |
|function: skip                |
|calls: 1 204                  |
|before: 3.1 µs                |
|note: table lookup            |
|                              |
|function: parse_statement     |
|calls: 12                     |
|before: 9.8 µs                |
|note: one copy less, see the  |
|  long explanation below the  |
|  table                       |
|                              |
|function: 日本語              |
|calls: 3                      |
|before: 1 µs                  |
|note: 👍 a | b and x|y        |
|                              |
|Words after it, old new bold  |
|code in it, see the page      |
|(https://example.org/a).      |
|                              |
|☑ fix                         |
|☐ run all tests               |
|  ☐ a long one that goes on   |
|    over the end of its row so|
|    that it is wrapped under  |
|    itself                    |
|                              |
|──────────────────────────────|
|│ quoted                      |
|                              |
|                              |
|                              |
|                              |
|▌                             |
|▌ › ask, / @ !                |
|empty        Enter send       |
# While it streams: no raw bars once the second line is there, the last row may be half.
size 60x20
event {"type":"clear","next":"s"}
event {"type":"text","text":"Before | it.\n\n| a | number |\n|--"}
screen
| mien                                                       |
| Before | it.                                               |
|                                                            |
| | a | number |                                             |
| |--                                                        |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":"-|---|\n| one | 1 |\n| two, much wid"}
screen
| mien                                                       |
| Before | it.                                               |
|                                                            |
| a               number                                     |
| ━━━━━━━━━━━━━   ━━━━━━                                     |
| one                  1                                     |
| two, much wid                                              |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":"er | 20 |\n| three |"}
screen
| mien                                                       |
| Before | it.                                               |
|                                                            |
| a                 number                                   |
| ━━━━━━━━━━━━━━━   ━━━━━━                                   |
| one                    1                                   |
| two, much wider       20                                   |
| three                                                      |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":" 3 |\nAfter it.\n"}
screen
| mien                                                       |
| Before | it.                                               |
|                                                            |
| a                 number                                   |
| ━━━━━━━━━━━━━━━   ━━━━━━                                   |
| one                    1                                   |
| two, much wider       20                                   |
| three                  3                                   |
|                                                            |
| After it.                                                  |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
# What only looks like one.
event {"type":"clear","next":"s"}
event {"type":"text","text":"a | b\nc | d\n\n| x |\n| y |\n\n```\n| a |\n|---|\n```\n| only |\n|------|\n"}
screen
| mien                                                       |
| a | b                                                      |
| c | d                                                      |
|                                                            |
| | x |                                                      |
| | y |                                                      |
|                                                            |
| ╭                                                          |
| │ | a |                                                    |
| │ |---|                                                    |
| ╰                                                          |
|                                                            |
| only                                                       |
| ━━━━                                                       |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
