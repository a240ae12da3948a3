import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { asRoot, dropDatabase, makeDatabase } from '../machine/databases/_tool.ts'
import { useMachine } from '../machine/use-machine.ts'
import type { Machine } from '../machine/machine.ts'
import { complaints, openAdmin, options, type Admin } from './_browser.ts'

let machine: Machine
let admin: Admin
beforeAll(async () => {
  machine = await useMachine()
  await makeDatabase(machine, 'tool_browser')
  await asRoot(
    machine,
    'USE tool_browser',
    'CREATE TABLE bicycles (id INT PRIMARY KEY AUTO_INCREMENT, colour VARCHAR(50))',
    "INSERT INTO bicycles (colour) VALUES ('<img src=x onerror=document.title=1>')",
  )
  admin = await openAdmin(machine)
  return async () => {
    await admin.browser.close()
    await dropDatabase(machine, 'tool_browser')
  }
})

/** As the panel's page opens it: the link is asked for there, and opened in a window of its own. */
async function openTool(): Promise<{ tool: Page; heard: string[] }> {
  const opened = admin.context.waitForEvent('page')
  await admin.page.evaluate(async () => {
    const answer = await fetch('/api/databases/tool_browser/sign-on', { method: 'POST' })
    window.open(((await answer.json()) as { url: string }).url, '_blank', 'noopener')
  })
  const tool = await opened
  const heard = complaints(tool)
  await tool.waitForURL(`https://${machine.address}:8081/?db=tool_browser`)
  return { tool, heard }
}

it('the link opens the tables in a window of its own, with the strict cookies of another port', async () => {
  const { tool, heard } = await openTool()
  await tool.getByRole('link', { name: 'bicycles' }).first().waitFor()
  expect(await tool.getByLabel('Password').count()).toBe(0)
  const cookies = (await admin.context.cookies(`https://${machine.address}:8081/`)).map(
    ({ name, sameSite, httpOnly, secure }) => `${name} ${sameSite} ${httpOnly} ${secure}`,
  )
  expect(cookies.sort()).toEqual(['__Host-hosting-panel-database Strict true true', '__Host-session Strict true true'])
  await tool.goto(`https://${machine.address}:8081/?db=tool_browser&select=bicycles`)
  expect(await tool.getByText('onerror=document.title=1').count()).toBe(1)
  await tool.goto(`https://${machine.address}:8081/?db=tool_browser&sql=`)
  await tool.locator('.jush-sql.sqlarea, pre.sqlarea, textarea[name=query]').first().click()
  await tool.keyboard.type("INSERT INTO bicycles (colour) VALUES ('green')")
  await tool.locator('input[type=submit][value=Execute]').first().click()
  await tool.getByText('Query executed OK, 1 row affected').first().waitFor()
  expect(await asRoot(machine, "SELECT COUNT(*) FROM tool_browser.bicycles WHERE colour = 'green'")).toBe('1')
  expect(heard).toEqual([])
  await tool.close()
})

it('a script there reaches neither the panel nor another host', async () => {
  const { tool } = await openTool()
  const asked = await tool.evaluate(async (panel) => {
    const ask = (url: string, init?: RequestInit) =>
      fetch(url, { credentials: 'include', ...init }).then(
        (answer) => answer.status,
        () => 'refused',
      )
    return [
      await ask(`${panel}/api/session`),
      await ask(`${panel}/api/session`, { method: 'DELETE' }),
      await ask(`${panel}/api/setup`, { method: 'POST', mode: 'no-cors' }),
      await ask('https://192.0.2.1/'),
    ]
  }, `https://${machine.address}:8080`)
  expect(asked).toEqual(['refused', 'refused', 'refused', 'refused'])
  expect(await tool.evaluate(() => document.cookie)).not.toMatch(/__Host/)
  // Should that policy fail one day, the panel itself refuses what comes from another port.
  const bare = await admin.browser.newContext(
    options(machine, { bypassCSP: true, storageState: await admin.context.storageState() }),
  )
  const page = await bare.newPage()
  await page.goto(`https://${machine.address}:8081/?db=tool_browser`)
  const sent = await page.evaluate(
    async (panel) => [
      await fetch(`${panel}/api/session`, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      ),
      await fetch(`${panel}/api/databases/tool_browser/sign-on`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
      }).then(({ type }) => type),
    ],
    `https://${machine.address}:8080`,
  )
  expect(sent).toEqual(['refused', 'opaque'])
  const record = (await (await admin.page.request.get('/api/audit')).json()) as {
    entries: { action: string; code: string | null }[]
  }
  expect(record.entries[0]).toMatchObject({ action: 'database.sign-on', code: 'foreign_origin' })
  await bare.close()
  await admin.page.reload()
  await admin.page.waitForURL('**/sites')
  await tool.close()
})

it('a link that was used, and a session that ended, lead back to the panel', async () => {
  const { tool } = await openTool()
  await tool.goto(`https://${machine.address}:8081/open/${'x'.repeat(43)}`)
  await tool.getByRole('heading', { name: 'This link does not open anything any more' }).waitFor()
  await tool.goto(`https://${machine.address}:8081/?db=tool_browser`)
  await tool.getByRole('button', { name: 'Logout' }).click()
  await tool.getByRole('heading', { name: 'This database is not open here' }).waitFor()
  await tool.getByRole('link', { name: 'Back to the panel' }).click()
  await tool.waitForURL(`https://${machine.address}:8080/databases`)
  await tool.close()
})
