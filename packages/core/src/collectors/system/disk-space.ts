import { statfs as statfsOfNode } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskMetrics, SystemMetrics } from '../../types/metrics.js'
import type { CollectorOptions, Containment, SystemCollector } from './collector.js'
import { diskMounts } from './disk-mounts.js'
import { isNotThere } from './kernel-file.js'
import { type Mount, readMounts } from './mounts.js'

const REFRESH_MS = 5000 // disks fill slowly, and each question takes a thread of the pool that the app shares
const OVERDUE_MS = 5000 // a healthy file system answers in microseconds
const STALE_MS = 20_000 // figures of a file system that stopped answering are shown no longer than this
const MAX_OVERDUE = 2 // of the four threads in the pool, ours never hold more than these

/** The part of `fs.StatsFs` that is used. */
export interface FileSystemStats {
  bsize: bigint
  blocks: bigint
  bfree: bigint
  bavail: bigint
  files: bigint
}

export interface DiskSpaceOptions extends CollectorOptions {
  guard: Containment
  statfs?: (path: string) => Promise<FileSystemStats>
  cwd?: string
}

interface MountState {
  mount: Mount
  askedAtMs: number | null
  answeredAtMs: number
  answer: { disk: DiskMetrics; files: bigint } | null
}

/** Space of the real file systems, as `df` shows it. Answers come when they come; `read` shows the last ones. */
export class DiskSpaceCollector implements SystemCollector {
  readonly part = 'system.disk-space'
  readonly #options: DiskSpaceOptions
  readonly #statfs: (path: string) => Promise<FileSystemStats>
  readonly #states = new Map<string, MountState>()
  #refreshedAtMs: number | null = null

  constructor(options: DiskSpaceOptions) {
    this.#options = options
    this.#statfs = options.statfs ?? ((path) => statfsOfNode(path, { bigint: true }))
  }

  read(): Partial<SystemMetrics> {
    const now = this.#options.monotonicMs()
    if (this.#refreshedAtMs === null || now - this.#refreshedAtMs >= REFRESH_MS) void this.refresh()
    const answers = [...this.#states.values()].flatMap(({ answer, answeredAtMs }) =>
      answer !== null && now - answeredAtMs <= STALE_MS ? [answer] : [],
    )
    const disks = withoutTwins(answers)
    if (disks.length === 0) return {}
    return {
      disks,
      diskTotalBytes: disks.reduce((sum, disk) => sum + disk.totalBytes, 0),
      diskUsedBytes: disks.reduce((sum, disk) => sum + disk.usedBytes, 0),
    }
  }

  /** Asks every file system that owes no answer. Settles when those asked now have answered; never rejects. */
  async refresh(): Promise<void> {
    const { root, monotonicMs, guard, cwd } = this.#options
    const now = monotonicMs()
    this.#refreshedAtMs = now
    const mounts = guard.run(this.part, () => diskMounts(readMounts(root) ?? [], cwd ?? process.cwd()), [])
    this.#forgetAllBut(new Set(mounts.map((mount) => mount.mountPoint)))
    if (this.#reportOverdue(now) >= MAX_OVERDUE) return
    await Promise.all(mounts.map((mount) => this.#ask(mount)))
  }

  #forgetAllBut(mountPoints: Set<string>): void {
    for (const [mountPoint, state] of this.#states) {
      if (!mountPoints.has(mountPoint) && state.askedAtMs === null) this.#states.delete(mountPoint)
    }
  }

  #reportOverdue(now: number): number {
    let overdue = 0
    for (const [mountPoint, { askedAtMs }] of this.#states) {
      if (askedAtMs === null || now - askedAtMs < OVERDUE_MS) continue
      overdue++
      const seconds = Math.round((now - askedAtMs) / 1000)
      this.#options.guard.report(
        this.part,
        new Error(`the file system at ${mountPoint} has not answered for ${seconds} s`),
      )
    }
    return overdue
  }

  async #ask(mount: Mount): Promise<void> {
    let state = this.#states.get(mount.mountPoint)
    if (state === undefined) {
      state = { mount, askedAtMs: null, answeredAtMs: 0, answer: null }
      this.#states.set(mount.mountPoint, state)
    }
    if (state.askedAtMs !== null) return // one outstanding question per mount
    state.mount = mount
    state.askedAtMs = this.#options.monotonicMs()
    try {
      const stats = await this.#statfs(join(this.#options.root, mount.mountPoint))
      state.answer = stats.blocks === 0n ? null : { disk: toDisk(mount, stats), files: stats.files }
      state.answeredAtMs = this.#options.monotonicMs()
    } catch (error) {
      state.answer = null
      // a mount point that this user cannot reach (EACCES) is not listed by `df` either
      const isHidden = isNotThere(error) || (error as NodeJS.ErrnoException | null)?.code === 'EACCES'
      if (!isHidden) this.#options.guard.report(this.part, error)
    } finally {
      state.askedAtMs = null
    }
  }
}

function toDisk(mount: Mount, stats: FileSystemStats): DiskMetrics {
  // multiplied before the conversion: blocks times size passes 2^53 only beyond 8 PiB, and then loses single bytes
  const total = Number(stats.blocks * stats.bsize)
  const used = Number((stats.blocks - stats.bfree) * stats.bsize)
  const available = Number(stats.bavail * stats.bsize)
  const usable = used + available // less than the total: root's reserve
  return {
    mount: mount.mountPoint,
    type: mount.type,
    totalBytes: total,
    usedBytes: used,
    availableBytes: available,
    usedPercent: usable === 0 ? 0 : (used / usable) * 100,
  }
}

/** An overlay shows the figures of the disk below it, which bind mounts (/etc/hosts in a container) show again. */
function withoutTwins(answers: { disk: DiskMetrics; files: bigint }[]): DiskMetrics[] {
  const overlay = answers.find(({ disk }) => disk.type === 'overlay')
  const isTwin = (answer: { disk: DiskMetrics; files: bigint }) =>
    overlay !== undefined &&
    answer !== overlay &&
    answer.disk.totalBytes === overlay.disk.totalBytes &&
    answer.files === overlay.files
  return answers.filter((answer) => !isTwin(answer)).map(({ disk }) => disk)
}
