# What left the model's view is one line; its summary unfolds by Ctrl-O or Enter.
size 80x24
event {"type":"user","text":"Sell pens","how":"goal"}
event {"type":"compact","messages":24,"before":7800,"after":2100,"how":"summary","summary":"The shop sells pens.\n\n- pages are done\n- payment \u001b[31mis open: invoices wait for the tax office, cards work already\n"}
event {"type":"compact","messages":1,"before":2100,"after":1900,"how":"asked for"}
screen
| mien                                                                           |
| ▌ Sell pens                                                                    |
|                                                                                |
| · 24 messages left the model's view (summary): 7.8k to 2.1k tokens … summary   |
|   (Ctrl-O)                                                                     |
| · 1 message left the model's view (asked for): 2.1k to 1.9k tokens             |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-o
screen
| mien                                                                           |
| ▌ Sell pens                                                                    |
|                                                                                |
| · 24 messages left the model's view (summary): 7.8k to 2.1k tokens             |
|   The shop sells pens.                                                         |
|                                                                                |
|   - pages are done                                                             |
|   - payment is open: invoices wait for the tax office, cards work already      |
| · 1 message left the model's view (asked for): 2.1k to 1.9k tokens             |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-t Tab [ Enter
screen
| mien                                                                           |
| ▌ Sell pens                                                                    |
|                                                                                |
| · 24 messages left the model's view (summary): 7.8k to 2.1k tokens … summary   |
|   (Ctrl-O)                                                                     |
| · 1 message left the model's view (asked for): 2.1k to 1.9k tokens             |
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
|▌ transcript                                                                    |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
key Enter
size 120x40
screen
| mien                                                                                                                   |
| ▌ Sell pens                                                                                                            |
|                                                                                                                        |
| · 24 messages left the model's view (summary): 7.8k to 2.1k tokens                                                     |
|   The shop sells pens.                                                                                                 |
|                                                                                                                        |
|   - pages are done                                                                                                     |
|   - payment is open: invoices wait for the tax office, cards work already                                              |
| · 1 message left the model's view (asked for): 2.1k to 1.9k tokens                                                     |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|                                                                                                                        |
|▌ transcript                                                                                                            |
|▌ › ask, / command, @ file, ! shell                                                                                     |
|  context empty                              j scroll · G newest · ] select · Enter unfold · / search · y copy          |
size 40x12
screen
| mien                                   |
|  (summary): 7.8k to 2.1k tokens        |
|  The shop sells pens.                  |
|                                        |
|  - pages are done                      |
|  - payment is open: invoices wait for  |
|  the tax office, cards work already    |
|· 1 message left the model's view (asked|
|  for): 2.1k to 1.9k tokens             |
|▌ transcript                            |
|▌ › ask, / @ !                          |
|j scroll · G newest · ] select          |
