// The page in a real browser: live, every view, and the saved report from a file. No console error, no blocked resource.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createShop } from '@perf-monitor/examples/shop/app.js'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const present = existsSync(CHROMIUM)
if (!present)
  console.warn(`no Chromium at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM): the page is not tested`)
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(!present && process.env.CI === undefined)('the page in a browser', () => {
  let shop: Awaited<ReturnType<typeof createShop>>
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perf-monitor-page-'))
    shop = await createShop()
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
    for (let n = 0; n < 80; n++) {
      await (await fetch(`${shop.url}/catalog/products/${n + 1}`)).text()
      await (await fetch(`${shop.url}/nowhere/${n}`)).text()
    }
    await shop.monitor.sample()
  })

  afterAll(async () => {
    await browser?.close()
    await shop?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(address: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page = await browser.newPage(options)
    const faults: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
    })
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('requestfailed', (request) => {
      // a stream is cut when its page closes
      if (!request.url().endsWith('/stream')) faults.push(`${request.url()} ${request.failure()?.errorText}`)
    })
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(shop.url) && !/^(file|data|blob):/.test(request.url())) foreign.push(request.url())
    })
    await page.goto(address)
    return { page, faults, foreign }
  }

  const textOf = (page: Page) => page.locator('body').innerText()

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 380],
  ] as const)('shows live figures, %s, %i px wide', async (colorScheme, width) => {
    const { page, faults, foreign } = await open(`${shop.url}/perf`, { colorScheme, viewport: { width, height: 900 } })
    await page.getByText('GET /catalog/products/:id').first().waitFor()
    const text = await textOf(page)
    expect(text).toContain('shop-api')
    for (const part of ['Requests', 'Errors', 'CPU', 'Memory', 'Findings', 'Operations']) expect(text).toContain(part)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await expect.poll(() => page.locator('canvas').count(), { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
    expect([faults, foreign]).toEqual([[], []])
    await page.close()
  })

  it('shows what happens while it is open', async () => {
    const { page, faults } = await open(`${shop.url}/perf#/operations`)
    await page.getByText('GET (unmatched)').first().waitFor()
    for (let n = 0; n < 30; n++) await (await fetch(`${shop.url}/catalog/categories`)).text()
    await page.getByText('GET /catalog/categories').first().waitFor()
    expect(faults).toEqual([])
    await page.close()
  })

  it('has every view under an address of its own', async () => {
    const { page, faults } = await open(`${shop.url}/perf`)
    for (const [hash, expected] of [
      ['#/findings', /finding/i],
      ['#/operations', /GET \/catalog\/products\/:id/],
      ['#/operation/http/GET%20%2Fcatalog%2Fproducts%2F%3Aid', /GET \/catalog\/products\/:id/],
      ['#/alerts', /alert/i],
      ['#/system', /event loop|loop delay/i],
      ['#/operation/http/GET%20%2Fnot%2Fthere', /.+/],
      ['#/nonsense/%E0%A4%A', /.+/],
    ] as const) {
      await page.evaluate((value) => {
        location.hash = value
      }, hash)
      await expect.poll(() => textOf(page), { timeout: 20_000 }).toMatch(expected)
    }
    expect(faults).toEqual([])
    await page.close()
  })

  it('is the same page when it is saved: works from a file, asks nobody, prints', async () => {
    const html = await (await fetch(`${shop.url}/perf/report?format=html`)).text()
    const file = join(folder, 'report.html')
    writeFileSync(file, html)
    const { page, faults, foreign } = await open(pathToFileURL(file).href)
    await page.getByText('GET /catalog/products/:id').first().waitFor()
    expect(await textOf(page)).toContain('shop-api')
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    expect([faults, foreign]).toEqual([[], []])
    await page.close()
  })
})
