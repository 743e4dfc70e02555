import { describe, expect, it } from 'vitest'
import { highDiskUsage } from '../../../src/optimizer/rules/high-disk-usage.js'
import { disk, HOSTILE_NAMES } from '../../helpers/window.js'
import { analyse, evidence } from './analyse.js'

const rule = highDiskUsage()
const GIB = 1024 ** 3
const MIB = 1024 ** 2

describe('high-disk-usage', () => {
  it('is one finding per mount above the threshold, not at it', () => {
    const disks = [
      disk({ usedPercent: 90 }),
      disk({ mount: '/data', usedPercent: 95 }),
      disk({ mount: '/snap', type: 'squashfs', usedPercent: 100 }),
    ]
    const findings = analyse(rule, { latestSystem: { disks, diskTotalBytes: 200 * GIB } })
    expect(findings.map(({ bottleneck }) => bottleneck.operation)).toEqual(['/data'])
    expect(findings[0]?.recommendations[0]).toMatchObject({
      title: 'Free 5 GiB on /data, or enlarge it',
      estimatedImpact: { metric: 'diskUsedPercent', current: 95, predicted: 90 },
    })
  })

  it('says when it is full where growth is significant and this disk is nearly all there is', () => {
    const used = Array.from({ length: 600 }, (_, i) => 93 * GIB + i * 4 * MIB)
    const growing = {
      system: { diskUsedBytes: used },
      latestSystem: { disks: [disk({ usedPercent: 95 })], diskTotalBytes: 100 * GIB },
    }
    const [finding] = analyse(rule, growing)
    // 5 GiB at 4 MiB a second
    expect((evidence(finding, 'timeUntilFullMs') as number) / 60_000).toBeCloseTo(21.3, 0)
    expect(finding?.bottleneck.title).toMatch(/^Disk \/ is 95 % full, full in about 21.3 min$/)
    expect(finding?.bottleneck.severity).toBe('critical')
    const two = { ...growing, latestSystem: { disks: [disk({ usedPercent: 95 })], diskTotalBytes: 300 * GIB } }
    expect(evidence(analyse(rule, two)[0], 'timeUntilFullMs')).toBeUndefined()
  })

  it('finds nothing where nothing was measured', () => {
    expect(analyse(rule, {})).toEqual([])
    expect(analyse(rule, { latestSystem: { disks: null } })).toEqual([])
    expect(analyse(rule, { latestSystem: { disks: [disk({ usedPercent: Number.NaN })] } })).toEqual([])
  })

  it.each(HOSTILE_NAMES)('writes one line for a mount named %j', (mount) => {
    const [finding] = analyse(rule, {
      latestSystem: { disks: [disk({ mount, usedPercent: 95 })], diskTotalBytes: null },
    })
    expect(finding?.bottleneck.operation).toBe(mount)
    expect(finding?.bottleneck.title).not.toMatch(/[\n\u202e]/)
  })
})
