// One turn of a tool loop by an official SDK: sdks.mjs SDK URL stream|whole. Prints {"texts", "calls", "stops"} of three requests.
// sdks.mjs SDK URL one: a single streamed request. What the SDK throws, or says of an answer that failed, is {"failed": words}.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const [sdk, url, stream, rounds] = [process.argv[2], process.argv[3], process.argv[4] !== 'whole', process.argv[4] === 'one' ? 1 : 3]
const require = createRequire(process.env.MIEN_CLIENTS + '/x.js')
const load = async name => { try { return await import(pathToFileURL(require.resolve(name))) } catch { return require(name) } }
const schema = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] }
const names = ['list_dir', 'read_file']
const out = { texts: [], calls: [], stops: [] }
const note = (text, calls, stop) => { out.texts.push((text || '').trim()); out.calls.push(calls.length); out.stops.push(stop) }
const ok = args => 'ok ' + args.path

async function openai_chat() {
  const { default: OpenAI } = await load('openai')
  const client = new OpenAI({ baseURL: url + '/v1', apiKey: 'x', maxRetries: 0 })
  const messages = [{ role: 'system', content: 'You are tested.' }, { role: 'user', content: 'Look around.' }]
  const tools = names.map(name => ({ type: 'function', function: { name, description: name, parameters: schema } }))
  for (let i = 0; i < rounds; i++) {
    const body = { model: 'm', messages, tools, reasoning_effort: 'high' }
    const r = stream ? await client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion() : await client.chat.completions.create(body)
    const m = r.choices[0].message
    if (!(r.usage.prompt_tokens > 0 && r.usage.completion_tokens > 0)) throw new Error('usage ' + JSON.stringify(r.usage))
    messages.push(m)
    for (const c of m.tool_calls || []) messages.push({ role: 'tool', tool_call_id: c.id, content: ok(JSON.parse(c.function.arguments)) })
    note(m.content, m.tool_calls || [], r.choices[0].finish_reason)
  }
}

async function openai_responses() {
  const { default: OpenAI } = await load('openai')
  const client = new OpenAI({ baseURL: url + '/v1', apiKey: 'x', maxRetries: 0 })
  const input = [{ role: 'user', content: 'Look around.' }]
  const tools = names.map(name => ({ type: 'function', name, description: name, parameters: schema, strict: false }))
  for (let i = 0; i < rounds; i++) {
    const body = { model: 'm', input, tools, instructions: 'You are tested.', store: false, include: ['reasoning.encrypted_content'], reasoning: { effort: 'high' } }
    const r = stream ? await client.responses.stream(body).finalResponse() : await client.responses.create(body)
    if (r.status === 'failed') throw new Error(r.error.message)
    if (!(r.usage.input_tokens > 0 && r.usage.output_tokens > 0)) throw new Error('usage ' + JSON.stringify(r.usage))
    const calls = r.output.filter(x => x.type === 'function_call')
    input.push(...r.output.map(({ parsed_arguments, ...x }) => x))
    for (const c of calls) input.push({ type: 'function_call_output', call_id: c.call_id, output: ok(JSON.parse(c.arguments)) })
    note(r.output_text ?? r.output.filter(x => x.type === 'message').map(x => x.content[0].text).join(''), calls, r.status)
  }
}

async function anthropic() {
  const { default: Anthropic } = await load('@anthropic-ai/sdk')
  const client = new Anthropic({ baseURL: url, authToken: 'x', apiKey: null, maxRetries: 0 })
  const messages = [{ role: 'user', content: 'Look around.' }]
  const tools = names.map(name => ({ name, description: name, input_schema: schema }))
  for (let i = 0; i < rounds; i++) {
    const body = { model: 'm', max_tokens: 4000, system: 'You are tested.', messages, tools, thinking: { type: 'enabled', budget_tokens: 2000 } }
    const r = stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body)
    if (!(r.usage.input_tokens + (r.usage.cache_read_input_tokens || 0) > 0 && r.usage.output_tokens > 0)) throw new Error('usage ' + JSON.stringify(r.usage))
    const calls = r.content.filter(b => b.type === 'tool_use')
    messages.push({ role: 'assistant', content: r.content })
    if (calls.length) messages.push({ role: 'user', content: calls.map(c => ({ type: 'tool_result', tool_use_id: c.id, content: ok(c.input) })) })
    note(r.content.filter(b => b.type === 'text').map(b => b.text).join(''), calls, r.stop_reason)
  }
}

async function google() {
  const { GoogleGenAI } = await load('@google/genai')
  const client = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: url } })
  const contents = [{ role: 'user', parts: [{ text: 'Look around.' }] }]
  const config = { systemInstruction: 'You are tested.', tools: [{ functionDeclarations: names.map(name => ({ name, description: name, parametersJsonSchema: schema })) }], thinkingConfig: { includeThoughts: true } }
  for (let i = 0; i < rounds; i++) {
    const parts = []
    let finish, usage
    const take = r => { parts.push(...(r.candidates?.[0]?.content?.parts || [])); finish = r.candidates?.[0]?.finishReason || finish; usage = r.usageMetadata || usage }
    if (stream) for await (const r of await client.models.generateContentStream({ model: 'm', contents, config })) take(r)
    else take(await client.models.generateContent({ model: 'm', contents, config }))
    if (!(usage.promptTokenCount > 0)) throw new Error('usage ' + JSON.stringify(usage))
    const calls = parts.filter(x => x.functionCall).map(x => x.functionCall)
    contents.push({ role: 'model', parts })
    if (calls.length) contents.push({ role: 'user', parts: calls.map(c => ({ functionResponse: { id: c.id, name: c.name, response: { output: ok(c.args) } } })) })
    note(parts.filter(x => x.text && !x.thought).map(x => x.text).join(''), calls, finish)
  }
}

async function vercel(provider) {
  const { streamText, generateText, tool, jsonSchema, stepCountIs } = await load('ai')
  const make = { anthropic: async () => (await load('@ai-sdk/anthropic')).createAnthropic({ baseURL: url + '/v1', apiKey: 'x' })('m'),
    openai: async () => (await load('@ai-sdk/openai')).createOpenAI({ baseURL: url + '/v1', apiKey: 'x' }).responses('m'),
    compatible: async () => (await load('@ai-sdk/openai-compatible')).createOpenAICompatible({ name: 'x', baseURL: url + '/v1', apiKey: 'x' })('m'),
    google: async () => (await load('@ai-sdk/google')).createGoogleGenerativeAI({ baseURL: url + '/v1beta', apiKey: 'x' })('m') }
  const tools = Object.fromEntries(names.map(name => [name, tool({ description: name, inputSchema: jsonSchema(schema), execute: async args => ok(args) })]))
  const providerOptions = { openai: { store: false, include: ['reasoning.encrypted_content'] }, anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } }
  const body = { model: await make[provider](), system: 'You are tested.', prompt: 'Look around.', tools, stopWhen: stepCountIs(rounds === 1 ? 1 : 5), maxRetries: 0, providerOptions }
  let steps
  if (stream) {
    let failed
    const r = streamText({ ...body, onError: ({ error }) => { failed = error } })
    await r.consumeStream()
    if (failed) throw failed
    steps = await r.steps
  } else steps = (await generateText(body)).steps
  for (const s of steps) note(s.text, s.toolCalls, s.finishReason)
}

const sdks = { openai_chat, openai_responses, anthropic, google, ai_anthropic: () => vercel('anthropic'), ai_openai: () => vercel('openai'),
  ai_compatible: () => vercel('compatible'), ai_google: () => vercel('google') }
let failed
await sdks[sdk]().catch(e => { if (rounds > 1) throw e; failed = String(e.message || e.error || e) })
console.log(JSON.stringify(failed === undefined ? out : { failed }))
