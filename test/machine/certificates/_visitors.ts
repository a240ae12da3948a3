import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import type { Machine } from '../machine.ts'

export interface Served {
  serial: string
  subjectAltName: string
  issuer: string
  fingerprint256: string
  validTo: Date
  protocol: string
  alpn: string | false
}

/** The certificate that a visitor of a name is shown, whatever it is worth. */
export function servedCertificate(machine: Machine, name: string, port = 443): Promise<Served> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: machine.address,
      port,
      servername: name,
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: false,
      timeout: 90_000,
    })
    socket.on('error', reject)
    socket.on('timeout', () => socket.destroy(new Error(`no TLS for ${name} at port ${port} in 90 s`)))
    socket.on('secureConnect', () => {
      const { serialNumber, subjectAltName = '', issuer, fingerprint256, validTo } = socket.getPeerX509Certificate()!
      resolve({
        serial: serialNumber,
        subjectAltName,
        issuer,
        fingerprint256,
        validTo: new Date(validTo),
        protocol: socket.getProtocol()!,
        alpn: socket.alpnProtocol ?? false,
      })
      socket.destroy()
    })
  })
}

export interface Visits {
  answered: number
  failed: number
  /** First failure. */
  first?: string
  /** The serial numbers of the certificates that were shown. */
  serials: Set<string>
}

/** Visitors who wait for their answers at once. */
const MOST = 100

/**
 * So many visitors a second come to a site, each over a new connection, whether those before were answered or
 * not, unless so many wait that the machine cannot take more; anything but 200 in half a minute is a failure. At most
 * ten minutes.
 */
export function visitors(
  machine: Machine,
  domain: string,
  perSecond: number,
  { port = 443, path = '/' } = {},
): { answered: () => number; stop: () => Promise<Visits> } {
  const visits: Visits = { answered: 0, failed: 0, serials: new Set() }
  let waiting = 0
  const visit = () =>
    new Promise<void>((resolve, reject) => {
      const call = https.get(
        {
          host: machine.address,
          port,
          path,
          servername: domain,
          headers: { host: domain },
          agent: false,
          rejectUnauthorized: false,
          signal: AbortSignal.timeout(30_000),
        },
        (answer) => {
          visits.serials.add((answer.socket as TLSSocket).getPeerX509Certificate()!.serialNumber)
          answer
            .on('error', reject)
            .on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(String(answer.statusCode)))))
            .resume()
        },
      )
      call.on('error', reject)
    })
      .then(
        () => {
          visits.answered++
        },
        (error: Error) => {
          visits.failed++
          visits.first ??= error.name === 'AbortError' ? 'no answer in 30 s' : error.message
        },
      )
      .finally(() => waiting--)
  const start = Date.now()
  const coming: Promise<void>[] = []
  let stopped = false
  const loop = (async () => {
    while (!stopped && Date.now() < start + 600_000) {
      waiting++
      coming.push(visit())
      while (waiting > MOST) await sleep(5)
      await sleep(Math.max(0, start + (coming.length * 1000) / perSecond - Date.now()))
    }
  })()
  return {
    answered: () => visits.answered,
    stop: async () => {
      stopped = true
      await loop
      await Promise.all(coming)
      return visits
    },
  }
}
