// Runs whose end comes from elsewhere than a promise; what fails of ours costs the measurement only.
import type { Operation, PerformanceMonitor } from '@perf-monitor/core/adapter'
import { Observable, tap } from 'rxjs'

export interface Run {
  run<T>(fn: () => T): T
  end(success: boolean, error?: unknown): void
}

const UNMEASURED: Run = { run: (fn) => fn(), end() {} }

export function beginRun(monitor: PerformanceMonitor, operation: Operation): Run {
  const { guard } = monitor
  const span = guard.run('nestjs', () => operation.begin(), null)
  if (span === null) return UNMEASURED
  return {
    run(fn) {
      let called = false
      try {
        return span.run(() => {
          called = true
          return fn()
        })
      } catch (error) {
        if (called) throw error
        guard.report('nestjs', error)
        return fn()
      }
    },
    end: (success, error) => guard.run('nestjs', () => span.end(success, error), undefined),
  }
}

/** Each subscription is one run, from its beginning to completion, error or unsubscription. Values pass through as they come. */
export function timedObservable<T>(begin: () => Run, source: () => Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const run = begin()
    let success = true
    let reason: unknown
    const fail = (error: unknown) => {
      success = false
      reason = error
    }
    subscriber.add(() => run.end(success, reason))
    return run.run(() =>
      source()
        .pipe(tap({ error: fail }))
        .subscribe(subscriber),
    )
  })
}
