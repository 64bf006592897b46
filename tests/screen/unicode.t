# Wide characters, combining marks, emoji: columns stay where they belong.
size 62x16
event {"type":"user","text":"日本語のテキストを直してください。とても長い文章なので折り返します。","how":"goal"}
event {"type":"text","text":"café 👍🏽 done 👩‍💻 ❤️ ok 한국어 | end\n"}
type 日本é👍x<Left><Left>
screen
| mien                                                         |
|┌─ Goal ───────────────┬─ Work ──────────────────────────────┐|
|│No goal yet.          │ > 日本語のテキストを直してください  │|
|│Tasks stand here then.│   。とても長い文章なので折り返しま  │|
|│                      │   す。                              │|
|│                      │                                     │|
|│                      │ café 👍 done 👩💻 ❤ ok 한국어 | end │|
|│                      │                                     │|
|│                      │                                     │|
|│                      │                                     │|
|│                      │                                     │|
|├──────────────────────┴─────────────────────────────────────┤|
|│ context empty                                              │|
|│ › 日本é👍x                                                 │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor       │|
|└────────────────────────────────────────────────────────────┘|
caret 13 9
