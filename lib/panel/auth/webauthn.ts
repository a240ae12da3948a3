import * as v from 'valibot'

/** JSON forms that browsers send for WebAuthn: https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON. */
export const base64url = v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(4096))

const common = {
  id: base64url,
  rawId: base64url,
  type: v.literal('public-key'),
  authenticatorAttachment: v.optional(v.picklist(['platform', 'cross-platform'])),
  /** Not used, but browsers send it. */
  clientExtensionResults: v.optional(v.looseObject({}), {}),
}
const transports = v.pipe(
  v.array(v.picklist(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])),
  v.maxLength(10),
)
const long = v.pipe(v.string(), v.regex(/^[\w-]+$/), v.maxLength(20_000))

export const registration = v.strictObject({
  ...common,
  response: v.strictObject({
    clientDataJSON: long,
    attestationObject: long,
    authenticatorData: v.optional(long),
    transports: v.optional(transports),
    publicKey: v.optional(long),
    publicKeyAlgorithm: v.optional(v.number()),
  }),
})

export const authentication = v.strictObject({
  ...common,
  response: v.strictObject({
    clientDataJSON: long,
    authenticatorData: long,
    signature: long,
    userHandle: v.optional(v.pipe(v.string(), v.maxLength(200))),
  }),
})
