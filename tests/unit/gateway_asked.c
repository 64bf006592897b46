/* Requests of clients as servers of another dialect get them, and what of an answer comes back with
 * the next one. The cases are those that other translators were reported to get wrong. */
#include "unit/gateway_turn.h"

/* ---- requests of Anthropic's clients ---- */

static void results_stand_behind_their_calls(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &sees,
         "{'messages':[{'role':'user','content':'go'},"
         "{'role':'assistant','content':[{'type':'text','text':'T'},{'type':'tool_use','id':'a','"
         "name':'f','input':{'x':1}},{'type':'tool_use','id':'b','name':'g','input':{}},"
         "{'type':'tool_use','id':'c','name':'g','input':{}},{'type':'tool_use','id':'d','name':'g'"
         ",'input':{}},{'type':'tool_use','id':'e','name':'g','input':{}}]},"
         "{'role':'user','content':[{'type':'text','text':'and this'},"
         "{'type':'tool_result','tool_use_id':'c','content':[{'type':'tool_reference','tool_name':'"
         "Web'},{'type':'odd','k':1}]},"
         "{'type':'tool_result','tool_use_id':'b','content':[]},"
         "{'type':'tool_result','tool_use_id':'a','is_error':true,'content':[{'type':'text','text':"
         "'l1'},{'type':'text','text':'l2'}]},"
         "{'type':'tool_result','tool_use_id':'d','content':[{'type':'image','source':{'type':'"
         "base64','media_type':'image/png','data':'QUJD'}}]}]}]," TOOLS "}");
    assert_at_json(
        x.body, "messages.1.tool_calls.0",
        "{'id':'a','type':'function','function':{'name':'f','arguments':'{\\'x\\':1}'}}");
    assert_at_json(x.body, "messages.2",
                   "{'role':'tool','tool_call_id':'a','content':'Error: \\nl1\\nl2'}");
    assert_at_json(x.body, "messages.3",
                   "{'role':'tool','tool_call_id':'b','content':'(no output)'}");
    assert_has(pick(x.body, "messages.4.content"), "Web is available");
    assert_has(pick(x.body, "messages.4.content"), "odd");
    assert_has(pick(x.body, "messages.5.content"), "(an image, shown below)");
    assert_at_json(x.body, "messages.6",
                   "{'role':'tool','tool_call_id':'e','content':'(no result was recorded)'}");
    assert_at(x.body, "messages.7.content.1.image_url.url", "data:image/png;base64,QUJD");
    assert_at(x.body, "messages.8.content", "and this");
    assert_at(x.body, "messages.9", "(none)");
    turned_fini(&x);
}

static void what_claude_code_sends(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'model':'m','stream':true,'max_tokens':32000,'thinking':{'type':'adaptive'},'output_"
         "config':{'effort':'high'},'context_management':{'edits':[]},"
         "'metadata':{'user_id':'{\\'session_id\\':\\'s-1\\'}'},'tool_choice':{'type':'auto'},'"
         "temperature':1,"
         "'system':[{'type':'text','text':'x-anthropic-billing-header: cc_version=2; "
         "cch=ab;'},{'type':'text','text':'You are.','cache_control':{'type':'ephemeral'}}],"
         "'messages':[{'role':'user','content':'one'},{'role':'system','content':'Skills.'},{'role'"
         ":'assistant','content':'two'},"
         "{'role':'system','content':[{'type':'text','text':'Late.'}]},{'role':'user','content':[{'"
         "type':'text','text':'three','cache_control':{'type':'ephemeral'}}]}],"
         "'tools':[{'name':'f','description':'d','input_schema':{'$schema':'s','type':'object'},'"
         "cache_control':{'type':'ephemeral'}},{'type':'web_search_20250305','name':'web_search','"
         "max_uses':5}]}");
    assert_at_json(x.body, "messages.0", "{'role':'system','content':'You are.\\n\\nSkills.'}");
    assert_at(x.body, "messages.1.content", "one");
    assert_at_json(
        x.body, "messages.3",
        "{'role':'user','content':'<system-reminder>\\nLate.\\n</system-reminder>\\n\\nthree'}");
    assert_at(x.body, "reasoning_effort", "high");
    assert_at(x.body, "max_tokens", "32000");
    assert_at_json(x.body, "tools",
                   "[{'type':'function','function':{'name':'f','description':'d','parameters':{'"
                   "type':'object'}}}]");
    assert_at(x.body, "tool_choice", "auto");
    assert_string_equal(x.t.asked.session, "s-1");
    assert_has(buf_cstr(&x.t.asked.notes), "web_search");
    const char *const gone[] = {"context_management", "output_config", "thinking", "metadata",
                                "system"};
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        assert_at(x.body, gone[i], "(none)");
    AUTO_FREE char *all = json_print(x.body);
    assert_null(strstr(all, "cache_control"));
    assert_null(strstr(all, "billing"));
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'title?'}],'tools':[],'tool_choice':{'type':'auto',"
         "'disable_parallel_tool_use':true}}");
    assert_at(x.body, "tools", "(none)");
    assert_at(x.body, "tool_choice", "(none)");
    assert_at(x.body, "reasoning_effort", "(none)");
    assert_at(x.body, "thinking", "(none)");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'x'}],'tool_choice':{'type':'any','disable_"
         "parallel_tool_use':true},"
         "'output_config':{'format':{'type':'json_schema','schema':{'type':'object'}}}," TOOLS "}");
    assert_at(x.body, "tool_choice", "required");
    assert_at(x.body, "parallel_tool_calls", "false");
    assert_at_json(x.body, "response_format.json_schema.schema", "{'type':'object'}");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &responses,
         "{'messages':[{'role':'user','content':'x'},{'role':'assistant','content':'y'},{'role':'"
         "system','content':'Late.'}]}");
    assert_at(x.body, "input.2.role", "developer"); /* where it may stand */
    turned_fini(&x);
}

/* A client moves its marks on from round to round. Where a prefix is found without, they are left
 * out, and the longer request begins as the shorter one did; where only marks make one, the whole
 * history is in it, up to the last message. */
static void marks_move_and_the_prefix_stays(void **state)
{
#define MARKED(text) "[{'type':'text','text':'" text "','cache_control':{'type':'ephemeral'}}]"
#define ROUND(first, more)                                                                  \
    "{'system':" MARKED("You are.") ",'messages':[{'role':'user','content':" first "}" more \
                                    "]," TOOLS "}"
    static const char first[] = ROUND(MARKED("one"), "");
    static const char second[] =
        ROUND("'one'", ",{'role':'assistant','content':[{'type':'tool_use','id':'a','name':'f','"
                       "input':{}}]},{'role':'user','content':[{'type':'tool_result','tool_use_id'"
                       ":'a','content':'R','cache_control':{'type':'ephemeral'}}]}");
    struct turned x, y;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat, first);
    turn(&y, ROUTE_MESSAGES, &chat, second);
    AUTO_FREE char *before = json_print(x.body);
    AUTO_FREE char *after = json_print(y.body);
    assert_null(strstr(after, "cache_control"));
    size_t same = strlen(before) - 2; /* less what closes it */
    assert_memory_equal(before, after, same);
    turned_fini(&x);
    turned_fini(&y);
    turn(&x, ROUTE_MESSAGES, &routed, second);
    assert_at_json(x.body, "cache_control", "{'type':'ephemeral'}");
    AUTO_FREE char *messages = json_print(json_get(x.body, "messages"));
    assert_null(strstr(messages, "cache_control"));
    turned_fini(&x);
    turn(&x, ROUTE_CHAT, &claude,
         "{'messages':[{'role':'system','content':'S'},{'role':'user','content':'one'},{'role':"
         "'assistant','content':'two'},{'role':'user','content':'three'}],'tools':[{'type':"
         "'function','function':{'name':'f','parameters':{'type':'object'}}}]}");
    assert_at_json(x.body, "messages.-1.content.-1.cache_control", "{'type':'ephemeral'}");
    turned_fini(&x);
}

/* What a client's reminder says beside a result is the result's: templates forget otherwise. */
static void reminders_join_the_result(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'tool_"
         "use','id':'a','name':'f','input':{}}]},"
         "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':'R'},{'type':"
         "'text','text':'<system-reminder>r</system-reminder>'}]}]," TOOLS "}");
    assert_at(x.body, "messages.-1.role", "tool");
    assert_at(x.body, "messages.-1.content", "R\n\n<system-reminder>r</system-reminder>");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'tool_"
         "use','id':'a','name':'f','input':{}}]},"
         "{'role':'user','content':[{'type':'tool_result','tool_use_id':'a','content':'R'}]},{'"
         "role':'system','content':'s'}]," TOOLS "}");
    assert_at(x.body, "messages.-1.role", "tool");
    assert_has(pick(x.body, "messages.-1.content"), "<system-reminder>\ns\n");
    turned_fini(&x);
    /* A proof behind the words would be what Claude Code takes for the answer. */
    turn(&x, ROUTE_MESSAGES, &responses, ASK);
    hear(&x,
         "data: "
         "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_"
         "1','summary':[],'encrypted_content':'ENC'}}\n\n"
         "data: "
         "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'m_1',"
         "'role':'assistant','content':[{'type':'output_text','text':'A'}]}}\n\n"
         "data: {'type':'response.completed','response':{'status':'completed','output':[]}}\n\n");
    assert_flow(&x, "text:A");
    turned_fini(&x);
}

static char *second_round(const cJSON *blocks)
{
    AUTO_FREE char *content = json_print(blocks);
    return mem_printf("{\"messages\":[{\"role\":\"user\",\"content\":\"go\"},{\"role\":"
                      "\"assistant\",\"content\":%s},{\"role\":\"user\",\"content\":"
                      "[{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":\"R\"}]}],"
                      "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}]}",
                      content);
}

/* The whole answer as the client keeps it, and what it sends next. */
static char *next_body(const struct model *m, const char *stream)
{
    struct turned x;
    turn(&x, ROUTE_MESSAGES, m,
         "{'messages':[{'role':'user','content':'go'}],'tools':[{'name':'f','input_schema':{'type':"
         "'object'}}]}");
    hear(&x, stream);
    assert_true(x.ok);
    AUTO_JSON *answer = json_parse(x.told.ptr, x.told.len, NULL);
    assert_non_null(answer);
    char *body = second_round(json_get(answer, "content"));
    turned_fini(&x);
    return body;
}

#define R_TURN                                                                                     \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':0,'item':{'type':'reasoning','id':'rs_1'," \
    "'summary':[],'encrypted_content':'ENC=='}}\n\n"                                               \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':1,'item':{'type':'message','id':'m_1','"   \
    "role':'assistant','phase':'commentary','content':[{'type':'output_text','text':'A'}]}}\n\n"   \
    "data: "                                                                                       \
    "{'type':'response.output_item.done','output_index':2,'item':{'type':'function_call','id':'"   \
    "fc_1','call_id':'c1','name':'f','arguments':'{}'}}\n\n"                                       \
    "data: "                                                                                       \
    "{'type':'response.completed','response':{'status':'completed','output':[],'usage':{'input_"   \
    "tokens':9,'output_tokens':2}}}\n\n"
#define G_TURN                                                                                    \
    "data: "                                                                                      \
    "{'candidates':[{'content':{'role':'model','parts':[{'text':'plan','thought':true}]}}]}\n\n"  \
    "data: "                                                                                      \
    "{'candidates':[{'content':{'role':'model','parts':[{'functionCall':{'id':'c1','name':'f','"  \
    "args':{}},'thoughtSignature':'SIG/"                                                          \
    "1'}]},'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':5,'candidatesTokenCount':" \
    "1}}\n\n"

/* What is its server's goes back to it byte for byte, and to nobody else. */
static void reasoning_goes_back_to_whose_it_is(void **state)
{
    static const char thought[] = C_ROLE C("'reasoning_content':'let me'")
        C_CALL("0", "c1", "f", "{}") C_END("tool_calls") C_DONE;
    struct turned x;
    (void)state;
    AUTO_FREE char *of_deepseek = next_body(&deepseek, thought);
    turn(&x, ROUTE_MESSAGES, &deepseek, of_deepseek);
    assert_at(x.body, "messages.1.reasoning_content", "let me");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &claude, of_deepseek);
    assert_null(strstr(pick(x.body, "messages.1"), "thinking"));
    assert_null(strstr(pick(x.body, "messages.1"), "let me"));
    turned_fini(&x);
    /* of a real Claude: no proof of ours; DeepSeek wants a member all the same */
    turn(&x, ROUTE_MESSAGES, &deepseek,
         "{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'type':'"
         "thinking','thinking':'T','signature':'EqRB'},"
         "{'type':'tool_use','id':'c1','name':'f','input':{}}]},{'role':'user','content':[{'type':'"
         "tool_result','tool_use_id':'c1','content':'R'}]}]," TOOLS "}");
    assert_at(x.body, "messages.1.reasoning_content", "");
    turned_fini(&x);
    AUTO_FREE char *of_responses = next_body(&responses, R_TURN);
    turn(&x, ROUTE_MESSAGES, &responses, of_responses);
    assert_at_json(x.body, "input.1",
                   "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'ENC=='}");
    assert_at(x.body, "input.2.phase", "commentary");
    assert_at(x.body, "input.3.id", "fc_1");
    assert_at(x.body, "input.4.type", "function_call_output");
    assert_at(x.body, "input.5", "(none)");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &chat, of_responses);
    assert_at(x.body, "messages.1.content", "A");
    assert_null(strstr(pick(x.body, "messages.1"), "ENC=="));
    turned_fini(&x);
    AUTO_FREE char *of_google = next_body(&google, G_TURN);
    turn(&x, ROUTE_MESSAGES, &google, of_google);
    assert_has(pick(x.body, "contents.1"), "\"thoughtSignature\":\"SIG/1\"");
    turned_fini(&x);
}

/* A call that is told as it comes is told before the answer's end: what is sealed by then stands in
 * front of it. */
static void a_seal_stands_before_the_call(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_MESSAGES, &responses,
         "{'stream':true,'messages':[{'role':'user','content':'go'}],'tools':[{'name':'f','input_"
         "schema':{'type':'object'}}]}");
    hear(&x, R_TURN);
    assert_true(x.ok);
    check_messages(x.events);
    AUTO_JSON *blocks = blocks_of(x.events);
    assert_at(blocks, "0.type", "text");
    assert_at(blocks, "1.type", "redacted_thinking");
    assert_at(blocks, "2.type", "tool_use");
    assert_at(blocks, "3", "(none)");
    AUTO_JSON *input = cJSON_CreateObject();
    cJSON_ReplaceItemInObjectCaseSensitive(cJSON_GetArrayItem(blocks, 2), "input",
                                           cJSON_Duplicate(input, true));
    AUTO_FREE char *next = second_round(blocks);
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &responses, next);
    assert_at_json(x.body, "input.1",
                   "{'type':'reasoning','id':'rs_1','summary':[],'encrypted_content':'ENC=='}");
    assert_at(x.body, "input.2.phase", "commentary");
    assert_at(x.body, "input.3.type", "function_call");
    assert_at(x.body, "input.3.call_id", "c1");
    assert_at(x.body, "input.4.type", "function_call_output");
    assert_at(x.body, "input.5", "(none)");
    turned_fini(&x);
}

/* Half a surrogate in what is signed goes back as it came. */
static void what_is_signed_is_not_mended(void **state)
{
    struct turned x;
    (void)state;
    AUTO_FREE char *body = next_body(
        &claude, "event: message_start\ndata: "
                 "{'type':'message_start','message':{'usage':{'input_tokens':1}}}\n\n"
                 "event: content_block_start\ndata: "
                 "{'type':'content_block_start','index':0,'content_block':{'type':'thinking','"
                 "thinking':'','signature':''}}\n\n"
                 "event: content_block_delta\ndata: "
                 "{'type':'content_block_delta','index':0,'delta':{'type':'thinking_delta','"
                 "thinking':'a \\ud83d b\\/'}}\n\n"
                 "event: content_block_delta\ndata: "
                 "{'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','"
                 "signature':'S\\/1'}}\n\n"
                 "event: content_block_stop\ndata: {'type':'content_block_stop','index':0}\n\n"
                 "event: content_block_start\ndata: "
                 "{'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'"
                 "c1','name':'f','input':{}}}\n\n"
                 "event: content_block_stop\ndata: {'type':'content_block_stop','index':1}\n\n"
                 "event: message_delta\ndata: "
                 "{'type':'message_delta','delta':{'stop_reason':'tool_use'}}\n\n"
                 "event: message_stop\ndata: {'type':'message_stop'}\n\n");
    struct error e = {0};
    AUTO(buf) sent = {0};
    x = (struct turned){0};
    assert_true(translation_read(&x.t, codec_at(ROUTE_MESSAGES), body, strlen(body), "m", &e));
    assert_true(translation_write(&x.t, &claude, NULL, 0, 0, &sent, &e));
    assert_has(buf_cstr(&sent),
               "{\"type\":\"thinking\",\"thinking\":\"a \\ud83d b\\/\",\"signature\":\"S\\/1\"}");
    turned_fini(&x);
}

/* Who makes a proof up gets nothing into a request that is not whole JSON. */
static void a_forged_seal_is_no_way_in(void **state)
{
    struct turned x;
    struct llm_parts p = {.origin = mem_strdup("chat deepseek")};
    (void)state;
    llm_parts_add(&p, LLM_PART_TEXT)->form =
        mem_strdup("\"x\"}],\"api_base\":\"http://evil\",\"y\":[{");
    AUTO_FREE char *seal = seal_make(&p);
    AUTO_FREE char *body =
        mem_printf("{'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[{'"
                   "type':'redacted_thinking','data':'%s'},"
                   "{'type':'text','text':'A'}]},{'role':'user','content':'on'}]}",
                   seal);
    turn(&x, ROUTE_MESSAGES, &deepseek, body);
    assert_at(x.body, "messages.1.content", "A");
    assert_at(x.body, "api_base", "(none)");
    turned_fini(&x);
    llm_parts_fini(&p);
}

/* Names too long or odd for others come back as the client knows them. */
static void names_are_mapped_and_mapped_back(void **state)
{
    char longest[101];
    struct turned x;
    (void)state;
    memset(longest, 'n', 100);
    longest[100] = '\0';
    memcpy(longest, "mcp__server__", 13);
    AUTO_FREE char *body = mem_printf(
        "{'stream':true,'messages':[{'role':'user','content':'go'}],'tools':[{'name':'%s','input_"
        "schema':{'type':'object'}},{'name':'a.b','input_schema':{'type':'object'}}]}",
        longest);
    turn(&x, ROUTE_MESSAGES, &chat, body);
    const char *sent = pick(x.body, "tools.0.function.name");
    assert_true(strlen(sent) <= 64);
    AUTO_FREE char *stream =
        mem_printf(C_ROLE C_CALL("0", "c1", "%s", "{}") C_END("tool_calls") C_DONE, sent);
    hear(&x, stream);
    AUTO_FREE char *want = mem_printf("tool_use:%s{}", longest);
    assert_flow(&x, want);
    turned_fini(&x);
}

/* ---- Codex and its like ---- */

static void what_codex_sends(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_RESPONSES, &chat,
         "{'model':'m','stream':true,'store':false,'include':['reasoning.encrypted_content'],'"
         "client_metadata':{},'prompt_cache_key':'k','text':{'verbosity':'low'},"
         "'input':[{'type':'message','role':'developer','content':[{'type':'input_text','text':'D1'"
         "}]},{'type':'message','role':'developer','content':[{'type':'input_text','text':'D2'}]},"
         "{'type':'message','role':'user','content':[{'type':'input_text','text':'go'}]},{'type':'"
         "reasoning','id':'rs','summary':[],'encrypted_content':'theirs'},"
         "{'type':'function_call','id':'x','call_id':'c1','name':'f','arguments':'{}'},{'type':'"
         "custom_tool_call','call_id':'c2','name':'apply_patch','input':'*** Begin'},"
         "{'type':'function_call','call_id':'c3','namespace':'ns','name':'t','arguments':'{}'},"
         "{'type':'function_call_output','call_id':'c1','output':'o1'},{'type':'custom_tool_call_"
         "output','call_id':'c2','output':[{'type':'input_text','text':'o2'}]},"
         "{'type':'function_call_output','call_id':'c3','output':'o3'},{'type':'web_search_call','"
         "id':'w'}],"
         "'tools':[{'type':'function','name':'f','parameters':{'type':'object'}},{'type':'custom','"
         "name':'apply_patch','description':'P','format':{'type':'grammar','syntax':'lark','"
         "definition':'start: x'}},"
         "{'type':'namespace','name':'ns','tools':[{'type':'function','name':'t','parameters':{'"
         "type':'object'}}]},{'type':'web_search'},{'type':'local_shell'},{'type':'tool_search'}],"
         "'tool_choice':'auto','parallel_tool_calls':true}");
    assert_at_json(x.body, "messages.0", "{'role':'system','content':'D1\\n\\nD2'}");
    assert_at(x.body, "messages.2.tool_calls.1.function.arguments", "{\"input\":\"*** Begin\"}");
    assert_at(x.body, "messages.2.tool_calls.2.function.name", "ns__t");
    assert_at(x.body, "messages.4.content", "o2");
    assert_at(x.body, "messages.6", "(none)");
    assert_at(x.body, "tools.1.function.name", "apply_patch");
    assert_has(pick(x.body, "tools.1.function.description"), "start: x");
    assert_at(x.body, "tools.3", "(none)");
    assert_has(buf_cstr(&x.t.asked.notes), "local_shell");
    hear(&x, C_ROLE C("'reasoning_content':'th'") C_TEXT("A")
                 C_CALL("0", "c7", "apply_patch", "{\\'input\\':\\'*** Begin Patch\\\\n\\'}")
                     C_CALL("1", "c8", "ns__t", "{}") C_END("tool_calls") C_USAGE C_DONE);
    assert_true(x.ok);
    assert_at(x.events, "0.data.type", "response.created");
    const cJSON *e;
    int64_t number = 0;
    cJSON_ArrayForEach(e, x.events)
        assert_int_equal(json_int(json_get(e, "data"), "sequence_number", -1), number++);
    assert_at(x.events, "-1.data.type", "response.completed");
    assert_at(x.events, "-1.data.response.output.0.summary.0.text", "th");
    assert_at(x.events, "-1.data.response.output.1.content.0.text", "A");
    assert_at(x.events, "-1.data.response.output.2.type", "custom_tool_call");
    assert_at(x.events, "-1.data.response.output.2.input", "*** Begin Patch\n");
    assert_at(x.events, "-1.data.response.output.3.namespace", "ns");
    assert_at(x.events, "-1.data.response.output.3.name", "t");
    assert_at(x.events, "-1.data.response.usage.input_tokens", "150000");
    AUTO_FREE char *all = mem_strndup(x.told.ptr, x.told.len);
    assert_has(all, "event: response.custom_tool_call_input.delta");
    assert_has(all, "event: response.output_item.done");
    turned_fini(&x);
}

/* Found by fuzzing: a message without a word between two was a comma too many. */
static void a_message_without_a_word_is_none(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_CHAT, &responses,
         "{'messages':[{'role':'system','content':'S'},{'role':'assistant','content':''},{'role':'"
         "user','content':'a'},"
         "{'role':'assistant','content':null},{'role':'user','content':'b'}]}");
    assert_at(x.body, "input.0.content.0.text", "a\n\nb");
    assert_at(x.body, "input.1", "(none)");
    turned_fini(&x);
}

/* What would need a store is refused with words. */
static void what_needs_a_store_is_refused(void **state)
{
    static const char *const bodies[] = {"{'input':[{'type':'item_reference','id':'rs_1'}]}",
                                         "{'input':'x','previous_response_id':'r'}",
                                         "{'input':'x','conversation':'c'}",
                                         "{'input':[{'role':'odd','content':'x'}]}", "{'input':5}"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct translation t;
        struct error e = {0};
        AUTO_FREE char *text = json_text(bodies[i]);
        assert_false(translation_read(&t, codec_at(ROUTE_RESPONSES), text, strlen(text), "m", &e));
        assert_true(e.text[0]);
        translation_fini(&t);
    }
}
/* ---- Gemini's clients, and Ollama ---- */

static void what_gemini_clients_send(void **state)
{
    struct turned x;
    (void)state;
    turn(&x, ROUTE_GEMINI, &chat,
         "{'systemInstruction':{'parts':[{'text':'S'}]},'contents':[{'role':'user','parts':[{'text'"
         ":'go'}]},"
         "{'role':'model','parts':[{'functionCall':{'name':'f','args':{'x':1}}},{'functionCall':{'"
         "name':'f','args':{'x':2}}}]},"
         "{'role':'user','parts':[{'functionResponse':{'name':'f','response':{'output':'one'}}},{'"
         "functionResponse':{'name':'f','response':{'error':'two'}}}]}],"
         "'tools':[{'functionDeclarations':[{'name':'f','parameters':{'type':'OBJECT','properties':"
         "{'x':{'type':'NUMBER'}}}}]},{'googleSearch':{}}],"
         "'toolConfig':{'functionCallingConfig':{'mode':'ANY'}},'generationConfig':{'"
         "maxOutputTokens':50,'temperature':0.5,'stopSequences':['Z'],'thinkingConfig':{'"
         "thinkingLevel':'LOW'}}}");
    assert_at(x.body, "messages.0.content", "S");
    assert_at(x.body, "messages.3.content", "one");
    assert_at(x.body, "messages.4.content", "Error: two");
    assert_at(x.body, "tools.0.function.parameters.properties.x.type", "number");
    assert_at(x.body, "tool_choice", "required");
    assert_at(x.body, "max_tokens", "50");
    assert_at(x.body, "temperature", "0.5");
    assert_at(x.body, "reasoning_effort", "low");
    hear(&x, C_ROLE C("'reasoning_content':'th'") C_TEXT("A") C_CALL("0", "c1", "f", "{\\'x\\':3}")
                 C_END("tool_calls") C_USAGE C_DONE);
    assert_at_json(x.events, "0.data.candidates.0.content.parts.0", "{'text':'th','thought':true}");
    assert_at_json(x.events, "-2.data.candidates.0.content.parts.0.functionCall",
                   "{'id':'c1','name':'f','args':{'x':3}}");
    assert_at(x.events, "-1.data.candidates.0.finishReason", "STOP");
    assert_at(x.events, "-1.data.usageMetadata.promptTokenCount", "150000");
    assert_at(x.events, "-1.data.modelVersion", "theirs");
    turned_fini(&x);
    turn(&x, ROUTE_GEMINI, &chat, "{'contents':[{'parts':[{'text':'go'}]}]}");
    x.t.asked.array = true;
    hear(&x, C_ROLE C_TEXT("A") C_TEXT("B") C_END("stop") C_USAGE C_DONE);
    AUTO_JSON *array = json_parse(x.told.ptr, x.told.len, NULL);
    assert_at(array, "0.candidates.0.content.parts.0.text", "A");
    assert_at(array, "-1.candidates.0.finishReason", "STOP");
    turned_fini(&x);
    turn(&x, ROUTE_GEMINI, &chat, "{'contents':[{'parts':[{'text':'go'}]}]}");
    x.t.asked.array = true;
    hear(&x, C_ROLE C_TEXT("A"));
    AUTO_JSON *broken = json_parse(x.told.ptr, x.told.len, NULL);
    assert_at(broken, "0.candidates.0.content.parts.0.text", "A");
    assert_at(broken, "-1.error.status", "UNAVAILABLE");
    turned_fini(&x);
    turn(&x, ROUTE_MESSAGES, &ollama, ASK);
    assert_at(x.body, "options.num_predict", "100");
    hear(&x, "{'message':{'role':'assistant','thinking':'th','content':''},'done':false}\n{'"
             "message':{'role':'assistant','content':'A'},'done':false}\n"
             "{'message':{'role':'assistant','content':'','tool_calls':[{'function':{'name':'f','"
             "arguments':{'x':1}}}]},'done':false}\n"
             "{'message':{'role':'assistant','content':''},'done':true,'done_reason':'stop','"
             "prompt_eval_count':4,'eval_count':2}\n");
    assert_flow(&x, "thinking:th|text:A|tool_use:f{'x':1}");
    turned_fini(&x);
}
/* Of a history of so many messages, prose and code in turn. */
static double estimate_of(int messages)
{
    AUTO(buf) body = {0};
    struct translation t;
    struct error e = {0};
    buf_adds(&body, "{\"messages\":[");
    for (int i = 0; i < messages; i++)
        buf_addf(&body, "%s{\"role\":\"%s\",\"content\":\"%s\"}", i ? "," : "",
                 i % 2 ? "assistant" : "user",
                 i % 2 ? "for (size_t i = 0; i < list->len; i++) sum += list->ptr[i].weight << 3;"
                       : "Now tell me in plain words what it does, and why nobody saw it before.");
    buf_adds(&body, "]}");
    assert_true(translation_read(&t, codec_at(ROUTE_CHAT), body.ptr, body.len, "m", &e));
    double n = (double)t.estimate;
    translation_fini(&t);
    return n;
}

static void a_part_of_a_long_history_counts_for_all(void **s)
{
    double all = 100 * estimate_of(200), part = estimate_of(20000);
    if (part < all * 0.97 || part > all * 1.03)
        fail_msg("%.0f of %.0f", part, all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(results_stand_behind_their_calls),   T(what_claude_code_sends),
        T(marks_move_and_the_prefix_stays),    T(reminders_join_the_result),
        T(reasoning_goes_back_to_whose_it_is), T(a_seal_stands_before_the_call),
        T(what_is_signed_is_not_mended),       T(a_forged_seal_is_no_way_in),
        T(names_are_mapped_and_mapped_back),   T(what_codex_sends),
        T(a_message_without_a_word_is_none),   T(what_needs_a_store_is_refused),
        T(what_gemini_clients_send),           T(a_part_of_a_long_history_counts_for_all)};
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return rc;
}
