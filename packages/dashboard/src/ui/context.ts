import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import type { Client } from '../live/client.js'
import type { Route } from '../routing.js'
import { formatRoute } from '../routing.js'
import type { State } from '../state/state.js'
import type { Store } from '../state/store.js'

export interface App {
  store: Store<State>
  /** `null` in a report: there is nobody to ask. */
  client: Client | null
}

export const AppContext = createContext<App>(null as never)

export function useApp(): App {
  return useContext(AppContext)
}

export function useAppState(): State {
  const { store } = useApp()
  const [state, setState] = useState(store.get)
  useEffect(() => {
    setState(store.get())
    return store.subscribe(() => setState(store.get()))
  }, [store])
  return state
}

/** Changes the address; the state follows the address. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const hash = formatRoute(route)
  if (!options.replace) {
    location.hash = hash
    return
  }
  history.replaceState(null, '', hash)
  window.dispatchEvent(new HashChangeEvent('hashchange'))
}
