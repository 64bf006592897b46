# What the agent has not read yet waits above the line; Up takes the newest back; no word is cut.
size 80x16
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"user","text":"fix the parser","how":"goal"}
event {"type":"goal_start","goal":"fix the parser"}
event {"type":"phase","phase":"stream"}
event {"type":"text","text":"The parser bu"}
type please be short<Enter>
expect-request submit text=please be short
event {"type":"waiting","kind":"steer","items":["please be short"]}
event {"type":"text","text":"ffers ring blocks."}
event {"type":"waiting","kind":"goal","items":["write the release notes"]}
screen
| mien  fix the parser                                       gpt-5  sandbox:full |
| ▌ fix the parser                                                               |
|                                                                                |
| The parser buffers ring blocks.                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
| ↳ please be short                                       read in the next round |
| ▸ then: write the release notes              after this goal, Up takes it back |
|▌ ◐ streaming 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type half
key Up
expect-no-request
key C-u Up
expect-request take_back text=write the release notes
event {"type":"waiting","kind":"goal","items":[],"back":"write the release notes"}
screen
| mien  fix the parser                                       gpt-5  sandbox:full |
| ▌ fix the parser                                                               |
|                                                                                |
| The parser buffers ring blocks.                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
| ↳ please be short                     read in the next round, Up takes it back |
|▌ ◐ streaming 0s                                                                |
|▌ › write the release notes                                                     |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"round_start","round":2,"max_rounds":24}
event {"type":"user","text":"please be short","how":"steer"}
event {"type":"waiting","kind":"steer","items":[]}
event {"type":"text","text":"It is done."}
screen
| mien  fix the parser                               gpt-5  sandbox:full  ⟳ 2/24 |
| ▌ fix the parser                                                               |
|                                                                                |
| The parser buffers ring blocks.                                                |
|                                                                                |
| ▌ please be short                                                              |
|                                                                                |
| It is done.                                                                    |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 0s                                                                |
|▌ › write the release notes                                                     |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
# Four are more than the strip shows; a low screen shows one.
event {"type":"waiting","kind":"steer","items":["one","two\nlines","three","four"]}
screen
| mien  fix the parser                               gpt-5  sandbox:full  ⟳ 2/24 |
| ▌ fix the parser                                                               |
|                                                                                |
| The parser buffers ring blocks.                                                |
|                                                                                |
| ▌ please be short                                                              |
|                                                                                |
| It is done.                                                                    |
|                                                                                |
|                                                                                |
| ↳ one                                                   read in the next round |
| ↳ two lines                                             read in the next round |
| … 2 more                                                                       |
|▌ ◐ streaming 0s                                                                |
|▌ › write the release notes                                                     |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
size 40x12
screen
| mien  fix the parser     gpt-5  ⟳ 2/24 |
|▌ fix the parser                        |
|                                        |
|The parser buffers ring blocks.         |
|                                        |
|▌ please be short                       |
|                                        |
|It is done.                             |
| ↳ four                              Up |
|▌ ◐ streaming 0s                        |
|▌ › write the release notes             |
|empty        Enter send · Tab panes     |
