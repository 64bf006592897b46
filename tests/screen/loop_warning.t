# Repetition shows in the transcript and the top line until it clears.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"goal_start","goal":"Fix the parser"}
event {"type":"round_start","round":7,"max_rounds":24}
event {"type":"loop_warning","signature":"x","count":5,"level":"tell","text":"run_bash ×5, same result: nothing changed. Ask, or go on?"}
screen
| mien  Fix the parser                    ⚠ loop ×5  gpt-5  sandbox:full  ⟳ 7/24 |
| ⚠ run_bash ×5, same result: nothing changed. Ask, or go on?                    |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ preparing 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"loop_warning","signature":"x","count":0,"level":"clear"}
screen
| mien  Fix the parser                               gpt-5  sandbox:full  ⟳ 7/24 |
| ⚠ run_bash ×5, same result: nothing changed. Ask, or go on?                    |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ preparing 0s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
