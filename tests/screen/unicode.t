# Wide characters, combining marks, emoji: columns stay where they belong.
size 62x16
event {"type":"user","text":"日本語のテキストを直してください。とても長い文章なので折り返します。","how":"goal"}
event {"type":"text","text":"café 👍🏽 done 👩‍💻 ❤️ ok 한국어 | end\n"}
type 日本é👍x<Left><Left>
screen
| mien                                                         |
| ▌ 日本語のテキストを直してください。とても長い文章なので折り |
| ▌ 返します。                                                 |
|                                                              |
| café 👍 done 👩💻 ❤ ok 한국어 | end                          |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|                                                              |
|▌                                                             |
|▌ › 日本é👍x                                                  |
|  context empty                  Enter send · Tab panes       |
caret 14 9
