import type { PageData } from '../../core/src/types/report.js'

/** What the server, or the exporter, put into the document; `null` where nobody did. */
export function readPageData(text: string | null): PageData | null {
  try {
    const data = JSON.parse(text ?? 'null') as PageData | null
    return data?.mode === 'live' || data?.mode === 'report' ? data : null
  } catch {
    return null
  }
}
