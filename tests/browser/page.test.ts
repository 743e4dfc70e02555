// The page in a real browser: live, every view, and the saved report from a file. No console error, no blocked resource.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createShop } from '@perf-monitor/examples/shop/app.js'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faintTexts } from './faint-texts.js'
import { startPlanted } from './planted.js'

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

const TEXT_CONTRAST = 4.5 // WCAG AA
const NEW_VIEWS = ['findings', 'finding', 'operation', 'trace', 'profiles', 'profile'] as const

describe.skipIf(!present && process.env.CI === undefined)('the page in a browser', () => {
  let shop: Awaited<ReturnType<typeof createShop>>
  let planted: Awaited<ReturnType<typeof startPlanted>>
  let browser: Browser
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perf-monitor-page-'))
    planted = await startPlanted() // first: findings need some seconds of it
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
    await planted?.stop()
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
    const own = (url: string) =>
      [shop.url, planted.url, 'file:', 'data:', 'blob:'].some((start) => url.startsWith(start))
    page.on('request', (request) => {
      if (!own(request.url())) foreign.push(request.url())
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

  /** The address of a view of the planted app: with an operation, a kept request, a finding and a profile that it has. */
  async function hashOf(view: (typeof NEW_VIEWS)[number]): Promise<string> {
    const listAt = async (path: string, list: string): Promise<{ id: string; type: string }[]> =>
      (await (await fetch(`${planted.url}/perf${path}`)).json())[list]
    const findings = () => listAt('/report?format=json', 'bottlenecks')
    switch (view) {
      case 'finding':
        return `#/finding/${(await findings()).find(({ type }) => type === 'n-plus-one')?.id}`
      case 'operation':
        return '#/operation/http/GET%20%2Ffailing'
      case 'trace':
        return `#/trace/${(await listAt('/traces?component=http&operation=GET%20/orders', 'traces'))[0]?.id}`
      case 'profile':
        return `#/profile/${(await listAt('/profiles', 'profiles')).find(({ type }) => type === 'cpu')?.id}`
      default:
        return `#/${view}`
    }
  }

  it('leads from a finding to its line and to the request that shows it', async () => {
    await planted.untilFound(['n-plus-one', 'high-error-rate'])
    const { page, faults, foreign } = await open(`${planted.url}/perf#/findings`)
    await page.getByRole('link', { name: /GET \/orders runs Items\.ofOrder 24 times/ }).click()
    const culprit = page.locator('.source-culprit')
    await culprit.waitFor()
    expect(await culprit.innerText()).toContain('await db.ofOrder(order)')
    expect(await page.locator('.source-line').count()).toBe(7)
    const tops = await page
      .locator('.source-line')
      .evaluateAll((lines) => lines.map((line) => line.getBoundingClientRect().top))
    expect(new Set(tops).size).toBe(7) // one below the other
    await page
      .getByRole('row', { name: /slow request.*24 calls from this line/ })
      .first()
      .getByRole('link')
      .click()
    await page.getByRole('heading', { name: 'One request of GET /orders' }).waitFor()
    const rows = page.locator('.waterfall tbody tr')
    const folded = page.getByRole('row', { name: /24 × Items\.ofOrder/ })
    expect(await folded.locator('.waterfall-bar').count()).toBe(24)
    const before = await rows.count()
    await folded.getByRole('button').click()
    expect(await rows.count()).toBe(before + 24)
    // and back from the line to what was found there
    await folded.getByRole('link', { name: /planted-app\.mjs/ }).click()
    await culprit.waitFor()
    expect([faults, foreign]).toEqual([[], []])
    await page.close()
  })

  it('shows what fails, and from which line', async () => {
    const { page, faults } = await open(`${planted.url}/perf#/operation/http/GET%20%2Ffailing`)
    const error = page.getByRole('row', { name: /TypeError.*planted-app\.mjs/ })
    await error.waitFor()
    await error.getByRole('link').last().click()
    await page.getByRole('heading', { name: 'One request of GET /failing' }).waitFor()
    expect(await textOf(page)).toContain('failure 500: TypeError')
    expect(faults).toEqual([])
    await page.close()
  })

  it('takes a profile by a click, and looks into its flame graph', async () => {
    const { page, faults, foreign } = await open(`${planted.url}/perf`)
    await page.getByText('GET /orders').first().waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByLabel('How long').selectOption('1000')
    // the monitor may be taking one of its own accord
    await expect.poll(() => page.getByRole('button', { name: 'Take it' }).count(), { timeout: 20_000 }).toBe(1)
    const visits = planted.visit(12)
    // on a crowded machine the loop may be at its limit for a while: then it is refused, and the page says so
    const taken = page.getByRole('heading', { name: 'Profile of CPU time' })
    for (let n = 0; n < 20 && (await taken.count()) === 0; n++) {
      const button = page.getByRole('button', { name: 'Take it' })
      if ((await button.count()) === 1) await button.click().catch(() => undefined)
      await taken.waitFor({ timeout: 1500 }).catch(() => undefined)
    }
    await page.locator('.flame-box').first().waitFor({ timeout: 20_000 })
    await visits
    await page
      .getByRole('row', { name: /planted-app\.mjs:\d+ (isPrime|countPrimes) .*GET \/report/ })
      .first()
      .waitFor()

    const share = page.getByRole('status').filter({ hasText: 'of it is in what was searched for' })
    await page.keyboard.press('/')
    await page.keyboard.type('countPrimes')
    await share.waitFor()
    expect(Number.parseFloat(await share.innerText())).toBeGreaterThan(10)
    const box = page.locator('.flame-match', { hasText: 'countPrimes' }).first()
    const widthOf = async () => (await box.boundingBox())?.width ?? 0
    const whole = (await page.locator('.flame').boundingBox())?.width ?? 0
    expect(await widthOf()).toBeLessThan(whole - 1)
    await box.click()
    await expect.poll(async () => Math.abs((await widthOf()) - whole) < 2).toBe(true)
    expect(await page.getByRole('button', { name: '(root)' }).count()).toBe(1) // its callers stay above it
    await page.getByRole('button', { name: 'Show all' }).click()
    await expect.poll(async () => (await widthOf()) < whole - 1).toBe(true)

    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download for DevTools' }).click()
    expect((await download).suggestedFilename()).toMatch(/\.cpuprofile$/)
    expect([faults.filter((text) => !/status of (?:409|429)/.test(text)), foreign]).toEqual([[], []])
    await page.close()
  })

  it.each(['light', 'dark'] as const)('can be read in every view: %s', async (colorScheme) => {
    const { page, faults } = await open(`${planted.url}/perf`, { colorScheme, viewport: { width: 1280, height: 900 } })
    for (const view of NEW_VIEWS) {
      await show(page, await hashOf(view))
      expect([view, await page.evaluate(faintTexts, TEXT_CONTRAST)]).toEqual([view, []])
    }
    expect(faults).toEqual([])
    await page.close()
  })

  it('fits a phone in every view', async () => {
    const { page, faults } = await open(`${planted.url}/perf`, { viewport: { width: 380, height: 700 } })
    for (const view of NEW_VIEWS) {
      await show(page, await hashOf(view))
      expect([view, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([view, 380])
    }
    expect(faults).toEqual([])
    await page.close()
  })

  async function show(page: Page, hash: string): Promise<void> {
    await page.evaluate((value) => {
      location.hash = value
    }, hash)
    await page.locator('main table tbody tr').first().waitFor()
    await page.getByText('Loading').waitFor({ state: 'detached' })
  }

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

  it('says in a saved report that single requests and profiles are not in it; findings are, with their lines', async () => {
    await planted.untilFound(['n-plus-one'])
    const file = join(folder, 'planted.html')
    writeFileSync(file, await (await fetch(`${planted.url}/perf/report?format=html`)).text())
    const address = pathToFileURL(file).href
    for (const [hash, expected] of [
      ['#/profiles', /a report holds no profiles/i],
      ['#/profile/of-last-week', /a report holds no profiles/i],
      ['#/trace/of-last-week', /a report holds no single requests/i],
      ['#/operation/http/GET%20%2Forders', /a report holds no single requests/i],
    ] as const) {
      const { page, faults, foreign } = await open(`${address}${hash}`)
      await page.getByText(expected).first().waitFor()
      expect([faults, foreign]).toEqual([[], []])
      await page.close()
    }
    const { page, faults, foreign } = await open(`${address}${await hashOf('finding')}`)
    expect(await page.locator('.source-culprit').innerText()).toContain('await db.ofOrder(order)')
    expect([faults, foreign]).toEqual([[], []])
    await page.close()
  })
})
