# Shift-Tab goes through the model's modes; the switch shows at once.
size 80x14
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"measured words"},{"name":"debug","help":"thinks aloud"}]}
event {"type":"mode","active":"","model":"gpt-5"}
key S-Tab
expect-request mode mode=formal
event {"type":"mode","active":"formal","model":"gpt-5","route":"/formal"}
screen
| mien  ~/src/parser                                 gpt-5  formal  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · mode formal                                       │|
|│Tasks stand here then.  │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key S-Tab
expect-request mode mode=debug
event {"type":"mode","active":"debug","model":"gpt-5","source":"model"}
key S-Tab
expect-request mode mode=
screen
| mien  ~/src/parser                                  gpt-5  debug  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ · mode formal                                       │|
|│Tasks stand here then.  │ · the model chose mode debug                        │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
type /behavior clear<Enter>
expect-request mode mode=
