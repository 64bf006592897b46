# Nobody found a model: the page says so; the user's own words are never given to the demonstration.
size 80x24
event {"type":"setting","name":"no_model","value":"yes"}
event {"type":"session_start","workspace":"~/src/parser","model":"playbook/tour","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"setting","name":"branch","value":"main"}
screen
| mien  ~/src/parser:main                            playbook/tour  sandbox:full |
|                                                                                |
|                                                                                |
|        mien no model                                                           |
|                                                                                |
|        No model was found. Enter offers you:                                   |
|        • a demonstration: a script, but its tools are real                     |
|        • a key: export OPENAI_API_KEY=..., or another provider's               |
|        • a server of this machine: Ollama, llama.cpp, vLLM                     |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type fix the parser<Enter>
expect-no-request
screen
| mien  ~/src/parser:main                            playbook/tour  sandbox:full |
|                                                                                |
|                                                                                |
|        mien no model                                                           |
|                                                                                |
|        No model was found. Enter offers you:                                   |
|        • a demonstration: a script, but its tools are real                     |
|        • a key: export OPENAI_API_KEY=..., or another provider's               |
|        • a server of this machine: Ollama, llama.cpp, vLLM                     |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|  no model was found                                                        1/3 |
|❯ demonstration  a script plays a goal; its tools are real, it writes mien-tou… |
|  key            of a provider: where to put it                                 |
|  server         of this machine: Ollama, llama.cpp, vLLM, LM Studio            |
|▌                                                                               |
|▌ › fix the parser                                                              |
|  context empty                  Down choose · Tab complete · Enter take        |
key Down Enter
expect-no-request
screen
| mien  ~/src/parser:main                            playbook/tour  sandbox:full |
| · Leave mien, say `export OPENAI_API_KEY=...` (ANTHROPIC_API_KEY,              |
|   GEMINI_API_KEY, OPENROUTER_API_KEY and others do as well) and start it       |
|   again. Or write the line `OPENAI_API_KEY: ...` into                          |
|   ~/.config/mien/keys.yaml, which only you may read. `mien models` lists what  |
|   can be used then.                                                            |
|        mien no model                                                           |
|                                                                                |
|        No model was found. Enter offers you:                                   |
|        • a demonstration: a script, but its tools are real                     |
|        • a key: export OPENAI_API_KEY=..., or another provider's               |
|        • a server of this machine: Ollama, llama.cpp, vLLM                     |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › fix the parser                                                              |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type <C-u>x<Enter>
key Enter
expect-request submit text=Show me around
# Another model, and the words go to it.
event {"type":"mode","active":"","model":"ollama/qwen"}
key Enter
expect-request submit text=x
