// A line of code. Where a finding names it, the way to that finding.
import { Fragment } from 'preact'
import type { SourceLocation } from '../../../core/src/types/findings.js'
import { plainText } from '../format.js'
import { lineOf, placeOf } from '../markdown.js'
import { linkTo } from '../routing.js'
import { findingAt } from '../state/related.js'
import type { State } from '../state/state.js'

const TO_PACKAGE = /^.*\/(?=node_modules\/)/ // where the packages of a workspace lie says nothing

export function Place({ state, at }: { state: State; at: SourceLocation | null }) {
  if (at === null) return <span class="muted">–</span>
  const finding = state.route.view === 'finding' ? undefined : findingAt(state.findings, at)
  const code = (
    <code class="place" title={placeOf(at)}>
      <Breakable text={lineOf(at).replace(TO_PACKAGE, '')} />
    </code>
  )
  if (finding === undefined) return code
  return (
    <a href={linkTo(state.route, { view: 'finding', id: finding.id })} title={plainText(finding.title)}>
      {code}
    </a>
  )
}

/** May break after a slash: a path that breaks anywhere is hard to read. */
function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?<=\/)/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  )
}
