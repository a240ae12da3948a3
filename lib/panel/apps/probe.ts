import { request } from 'node:http'
import { connect } from 'node:net'
import { appAddresses, type AppAddress } from '../../model/apps/ports.ts'

/** The first address of loopback that takes connections on a port; null: none does. */
export async function listensAt(port: number): Promise<AppAddress | null> {
  for (const address of appAddresses) if (await takesConnections(port, address)) return address
  return null
}

const takesConnections = (port: number, host: AppAddress): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .setTimeout(1_000, () => end(false))
  })

interface Probe {
  domain: string
  port: number
  address: AppAddress
  path: string
  /** How long the answer may take (ms). */
  timeout?: number
}

/** Status of an app's answer to GET; null when there is none in time. */
export const statusOf = ({ domain, port, address, path, timeout = 5_000 }: Probe): Promise<number | null> =>
  new Promise((resolve) => {
    const call = request(
      { port, host: address, path, headers: { host: domain }, agent: false, timeout },
      (response) => {
        response.resume()
        resolve(response.statusCode!)
      },
    )
    call
      .on('timeout', () => call.destroy())
      .on('error', () => resolve(null))
      .end()
  })
