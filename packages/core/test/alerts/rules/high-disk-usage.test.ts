import { describe, expect, it } from 'vitest'
import { highDiskUsage } from '../../../src/alerts/rules/high-disk-usage.js'
import { disk, HOSTILE_NAMES, metricsWindow } from '../../helpers/window.js'
import { evaluated, OPTIONS } from './rules.js'

const rule = highDiskUsage(OPTIONS)

function evaluate(...disks: ReturnType<typeof disk>[]) {
  return evaluated(rule, metricsWindow({ latestSystem: { disks } }))
}

describe('high-disk-usage', () => {
  it('is one condition per mount above the threshold, not at it', () => {
    const conditions = evaluate(
      disk({ usedPercent: 90 }),
      disk({ mount: '/data', usedPercent: 93 }),
      disk({ mount: '/logs', usedPercent: 99 }),
    )
    expect(conditions.map(({ labels, severity }) => [labels, severity])).toEqual([
      [{ mount: '/data' }, 'warning'],
      [{ mount: '/logs' }, 'critical'],
    ])
    expect(conditions[0]?.message).toBe('disk /data is 93 % full, 7 GiB left (threshold 90 %)')
  })

  it('leaves images out, which are always full, and what was not measured', () => {
    expect(evaluate(disk({ mount: '/snap/core', type: 'squashfs', usedPercent: 100 }))).toEqual([])
    expect(evaluate(disk({ usedPercent: Number.NaN }))).toEqual([])
    expect(evaluated(rule, metricsWindow({ latestSystem: { disks: null } }))).toEqual([])
    expect(evaluated(rule, metricsWindow())).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for a mount named %j', (mount) => {
    const [condition] = evaluate(disk({ mount, usedPercent: 95 }))
    expect(condition?.labels).toEqual({ mount })
    expect(condition?.message).not.toMatch(/[\n\u202e]/)
    expect(condition?.message.length).toBeLessThan(300)
  })
})
