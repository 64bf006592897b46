# An unknown theme names the ones there are.
size 80x14
type /theme neon<Enter>
screen
| mien                                                                           |
| ✗ no theme named "neon"; try: ansi, blue-orange-light, blue-orange, contrast,  |
|   dark, ember, light, mono, paper                                              |
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
type /theme light<Enter>
expect-pending theme
