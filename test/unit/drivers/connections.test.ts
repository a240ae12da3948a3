import { expect, it } from 'vitest'
import { connectionsOfAddress, workerConnections } from '../../../lib/drivers/nginx/connections.ts'

it('numbers of connections are whole, whatever memory the server has', () => {
  for (let memoryMb = 200; memoryMb < 6_000; memoryMb++) {
    expect(Number.isInteger(connectionsOfAddress(memoryMb)) && Number.isInteger(workerConnections(memoryMb))).toBe(true)
  }
  expect([connectionsOfAddress(3_927), connectionsOfAddress(8_192)]).toEqual([1_963, 2_048])
})
