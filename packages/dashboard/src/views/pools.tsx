// Pools of connections over time: how many are in use, how many there are, and who waits.
import { formatCount, shortenMiddle } from '../format.js'
import { poolsOf } from '../state/gauges.js'
import type { State } from '../state/state.js'
import { Section } from '../ui/bits.js'
import { Chart } from '../ui/chart.js'
import { frameOf } from './charts.js'

const SHOWN = 6 // those that somebody waits for come first
const TITLE_LENGTH = 40

export function Pools({ state }: { state: State }) {
  const { gauges, series } = state
  const pools = gauges === null ? [] : poolsOf(gauges)
  if (gauges === null || series === null || pools.length === 0) return null
  const frame = { ...frameOf(state, series), times: gauges.times, marks: [] }
  const shown = pools.slice(0, SHOWN)
  return (
    <Section
      title="Connection pools"
      note={pools.length > shown.length ? `${shown.length} of ${formatCount(pools.length)}` : undefined}
    >
      <div class="charts">
        {shown.map(({ name, inUse, open, waiting, max }) => (
          <Chart
            {...frame}
            key={name}
            title={shortenMiddle(name, TITLE_LENGTH)}
            unit="plain"
            scale="zero"
            limit={max === null ? undefined : { value: max, label: 'at most' }}
            lines={[
              { label: 'in use', values: inUse, ink: 'accent' },
              { label: 'open', values: open, ink: 'soft' },
              { label: 'waiting', values: waiting, ink: 'critical' },
            ]}
          />
        ))}
      </div>
    </Section>
  )
}
