// mien acp by the official client: acp.mjs MIEN MODEL WORKSPACE. Every message of ours is checked by the SDK's own schema.
// Prints {"stops", "words", "kinds", "bad", "loaded", "denied"}.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Readable, Writable } from 'node:stream'
const [mien, model, cwd] = process.argv.slice(2)
const root = join(process.env.MIEN_CLIENTS, 'node_modules/@agentclientprotocol/sdk')
const acp = await import(pathToFileURL(join(root, 'dist/v1/stable/acp.js')))
const zod = await import(pathToFileURL(join(root, 'dist/v1/schema/zod.gen.js')))
const out = { stops: [], words: '', kinds: {}, bad: [], loaded: '', denied: null }
const check = (name, value) => {
  const r = zod['z' + name].safeParse(value)
  if (!r.success) out.bad.push({ name, value, error: r.error.issues.slice(0, 3) })
}
let words = ''
const child = spawn(mien, ['acp', '-m', model, '--approval', 'ask'], { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
const stream = acp.ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout))
const { agent, client } = acp.methods
const app = acp.client({ name: 'test' })
  .onRequest(client.session.requestPermission, ({ params }) => {
    check('RequestPermissionRequest', params)
    const o = params.options.find(x => x.kind === 'allow_once')
    return { outcome: o ? { outcome: 'selected', optionId: o.optionId } : { outcome: 'cancelled' } }
  })
  .onNotification(client.session.update, ({ params }) => {
    check('SessionNotification', params)
    const u = params.update
    out.kinds[u.sessionUpdate] = (out.kinds[u.sessionUpdate] || 0) + 1
    if (u.sessionUpdate === 'agent_message_chunk') words += u.content.text
  })
await app.connectWith(stream, async c => {
  const ask = async (method, name, params) => { const r = await c.request(method, params); check(name, r ?? {}); return r }
  await ask(agent.initialize, 'InitializeResponse', { protocolVersion: acp.PROTOCOL_VERSION, clientCapabilities: { fs: { readTextFile: true, writeTextFile: true }, terminal: true } })
  const { sessionId } = await ask(agent.session.new, 'NewSessionResponse', { cwd, mcpServers: [] })
  const say = async text => out.stops.push((await ask(agent.session.prompt, 'PromptResponse', { sessionId, prompt: [{ type: 'text', text }] })).stopReason)
  await say('go')
  out.words = words
  await ask(agent.session.setMode, 'SetSessionModeResponse', { sessionId, modeId: 'plan' })
  await ask(agent.session.setConfigOption, 'SetSessionConfigOptionResponse', { sessionId, configId: 'approval', value: 'ask' })
  await say('/status')
  const list = await ask(agent.session.list, 'ListSessionsResponse', { cwd })
  await ask(agent.session.close, 'CloseSessionResponse', { sessionId })
  words = ''
  await ask(agent.session.load, 'LoadSessionResponse', { sessionId: list.sessions[0].sessionId, cwd, mcpServers: [] })
  out.loaded = words
  try { await c.request(agent.authenticate, { methodId: 'x' }) } catch (e) { out.denied = e.code }
})
child.stdin.end()
const code = await new Promise(done => child.exitCode === null ? child.on('exit', done) : done(child.exitCode))
console.log(JSON.stringify({ ...out, code }))
