// Light, dark, or as the system has it. On paper it is light, whatever the screen shows: canvases are told before printing.

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'perf-monitor.theme'
const listeners = new Set<() => void>()
let printing = false

export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system' // a file, or a browser that keeps nothing
  }
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // it lasts as long as the page then
  }
  apply(theme)
}

export function isDark(): boolean {
  const forced = document.documentElement.dataset.theme
  return forced === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : forced === 'dark'
}

export function isPrinting(): boolean {
  return printing
}

/** Colours or paper changed: what is drawn on a canvas must be drawn again. */
export function onAppearance(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function watchAppearance(): void {
  apply(storedTheme())
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', notify)
  const print = matchMedia('print')
  const begin = () => setPrinting(true)
  const end = () => setPrinting(false)
  window.addEventListener('beforeprint', begin)
  window.addEventListener('afterprint', end)
  print.addEventListener('change', ({ matches }) => (matches ? begin() : end()))
}

export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

function setPrinting(value: boolean): void {
  if (printing === value) return
  printing = value
  if (value) document.documentElement.dataset.theme = 'light'
  else apply(storedTheme())
  notify()
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  notify()
}

function notify(): void {
  for (const listener of [...listeners]) listener()
}
