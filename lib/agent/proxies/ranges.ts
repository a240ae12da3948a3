import * as v from 'valibot'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { providers, ranges, type Provider } from '../../model/sites/trusted-proxies.ts'

type Fetch = (address: string) => Promise<string>

/** All addresses in the lists of a JSON object. */
const inLists = (text: string): string[] =>
  Object.values(v.parse(v.record(v.string(), v.array(v.string())), JSON.parse(text))).flat()

/** Where each provider tells its ranges, and how they are found in what it tells. */
const sources: Record<Provider, { addresses: readonly string[]; find: (text: string) => string[] }> = {
  cloudflare: {
    addresses: ['https://www.cloudflare.com/ips-v4', 'https://www.cloudflare.com/ips-v6'],
    find: (text) => text.trim().split(/\s+/),
  },
  fastly: { addresses: ['https://api.fastly.com/public-ip-list'], find: inLists },
  bunny: {
    addresses: ['', '/IPv6'].map((kind) => `https://bunnycdn.com/api/system/edgeserverlist${kind}`),
    find: (text) => v.parse(v.array(v.string()), JSON.parse(text)),
  },
  cloudfront: { addresses: ['https://d7uri8nf7uskq.cloudfront.net/tools/list-cloudfront-ips'], find: inLists },
}

const TIMEOUT_MS = 20_000
const MOST_BYTES = 200_000

/** A list that shrank to less than this part of what was known is not believed. */
const LEAST = 0.5

const get: Fetch = async (address) => {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' })
  if (!response.ok || !response.body) throw new Error(`${address} answered ${response.status}`)
  let text = ''
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part
    if (text.length > MOST_BYTES) throw new Error(`${address} answers too much`)
  }
  return text
}

/**
 * Asks each provider for the addresses of its proxies. One that does not answer, or with nonsense, keeps those that
 * are known.
 */
export async function fetchRanges(
  { known }: Parsed<'proxies.ranges'>,
  ask: Fetch = get,
): Promise<Output<'proxies.ranges'>> {
  const next = { ...known }
  const problems: Output<'proxies.ranges'>['problems'] = []
  for (const provider of providers) {
    try {
      next[provider] = await askProvider(provider, known[provider], ask)
    } catch (error) {
      problems.push({ provider, message: error instanceof Error ? error.message : String(error) })
    }
  }
  return { ranges: next, problems }
}

async function askProvider(provider: Provider, known: readonly string[], ask: Fetch): Promise<string[]> {
  const { addresses, find } = sources[provider]
  const texts = await Promise.all(addresses.map(ask))
  const list = v.parse(ranges.entries[provider], [...new Set(texts.flatMap(find))].sort())
  if (list.length === 0 || list.length < known.length * LEAST) throw new Error(`it names only ${list.length} ranges`)
  return list
}
