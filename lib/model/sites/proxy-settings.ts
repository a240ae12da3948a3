import * as v from 'valibot'

const seconds = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most))

/** A name or an IPv4 address, and perhaps a port; one word of the choices below is a name too, and means the choice. */
const sentHost = v.pipe(
  v.string(),
  v.maxLength(260),
  v.regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::[0-9]{1,5})?$/i,
    'Write auto, visitor, target, or the name to send, such as shop.example.com',
  ),
)

/** How requests of a proxy site reach its target. */
export const proxySettings = v.strictObject({
  /**
   * The Host that the target is told. `visitor`: the name that the visitor asked for. `target`: the target's own.
   * `auto`: the visitor's for an address and for this server itself, else the target's. Any other name is sent as it
   * is.
   */
  host: sentHost,
  /** How long the target may be silent, in an answer that has begun too (a WebSocket, events). */
  timeoutSeconds: seconds(86_400),
  /** How long it may take to accept a connection. */
  connectSeconds: seconds(75),
  /** true: answers are taken in before they are passed on: the target is freed from slow visitors, and events wait. */
  buffering: v.boolean(),
  /** false: an upload is passed on while it comes. */
  bufferUploads: v.boolean(),
})
export type ProxySettings = v.InferOutput<typeof proxySettings>

export const proxyDefaults: ProxySettings = {
  host: 'auto',
  timeoutSeconds: 3600,
  connectSeconds: 10,
  buffering: false,
  bufferUploads: true,
}
