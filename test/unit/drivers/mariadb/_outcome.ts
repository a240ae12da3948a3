import { PanelError } from '../../../../lib/model/errors.ts'
import { explainImport, type Outcome } from '../../../../lib/drivers/mariadb/explain-import.ts'

export const token = '0123456789abcdef01234567'
export const well = { code: 0, said: '' }
export const whole: Outcome = {
  database: 'shop',
  ended: [well, well, well],
  token,
  stdout: `1\n${token}\n`,
  cancelled: false,
}
export const client = (said: string, code = 1): Partial<Outcome> => ({
  ended: [
    { code: 141, said: '' },
    { code: 141, said: '' },
    { code, said },
  ],
  stdout: '',
})

function refusalOf(change: Partial<Outcome>): PanelError {
  try {
    explainImport({ ...whole, ...change })
  } catch (error) {
    return error as PanelError
  }
  throw new Error('it was taken for whole')
}
export const told = (change: Partial<Outcome>) => {
  const { code, status, message } = refusalOf(change)
  return [code, status, message]
}
