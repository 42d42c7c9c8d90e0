// Starts the two design systems' components. Every page is whole without them.
import { initAll as startGovuk } from './vendor/govuk-frontend.min.js'
import { initAll as startMoj } from './vendor/moj-frontend.min.js'

startGovuk()
startMoj()
