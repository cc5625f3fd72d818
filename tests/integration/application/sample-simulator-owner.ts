/** A process that has the sample's simulator: says where it is, then waits to be killed. */
import { SampleSimulator } from '../../../agent/application/sample-simulator.ts'

const simulator = new SampleSimulator()
console.log(await simulator.url())
process.stdin.resume()
