/** Runs in the page: what stands there with less contrast than asked for. */
export function faintTexts(least: number): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (canvas === null) return ['no canvas']
  /** Colours over each other, the undermost first, as red, green and blue. */
  const mixed = (colors: string[]) => {
    for (const color of ['white', ...colors]) {
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = (rgb: number[]) => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) =>
      value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const faint = new Set<string>()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (element === null || text === '' || !element.checkVisibility() || element.closest('.off-screen, .skip, script'))
      continue
    const grounds: string[] = []
    for (let at: Element | null = element; at !== null; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor)
    const ground = luminance(mixed(grounds))
    const ink = luminance(mixed([...grounds, getComputedStyle(element).color]))
    const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)
    if (contrast < least) faint.add(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`)
  }
  return [...faint]
}
