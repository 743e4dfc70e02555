import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './styles.css'
import { App } from './app.js'
import { startClient } from './live/client.js'
import { readPageData } from './page-data.js'
import { withCourse, withRoute } from './state/reducers.js'
import { operationSeriesOf } from './state/series.js'
import { initialState } from './state/state.js'
import { createStore } from './state/store.js'
import { watchAppearance } from './theme.js'
import { AppContext } from './ui/context.js'

const data = readPageData(document.getElementById('perf-data')?.textContent ?? null)
const store = createStore(initialState(data, location.hash, Date.now()))

watchAppearance()
followAddress()
window.addEventListener('hashchange', followAddress)
const client = data?.mode === 'live' ? startClient(store) : null
const root = document.getElementById('app')
if (root !== null) {
  root.textContent = ''
  render(
    <AppContext.Provider value={{ store, client }}>
      <App />
    </AppContext.Provider>,
    root,
  )
}

function followAddress(): void {
  store.update((state) => withRoute(state, location.hash))
  const { view, component, operation } = store.get().route
  if (data?.mode !== 'report' || view !== 'operation' || component === null || operation === null) return
  // a report carries the course of its operations, or does not: nothing to wait for
  const series = operationSeriesOf(data.history, component, operation)
  if (series !== null) store.update((state) => withCourse(state, { component, operation }, series))
}
