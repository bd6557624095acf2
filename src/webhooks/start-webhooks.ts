import { complainer } from '../complaint.ts'
import type { Database } from '../database/connect.ts'
import { claimDeliveries, releaseDeliveries } from '../database/webhook-deliveries.ts'
import { every } from '../every.ts'
import type { Queues } from '../queue/queues.ts'
import { type DeliveryContext, deliver } from './deliver.ts'

const DELIVERIES_AT_ONCE = 40
const OUTBOX_EVERY_MS = 500
const MOST_HANDED_OVER = 200

/**
 * Delivers events: hands what is due in the database to the queue, and takes it from there. Disposing waits for the
 * deliveries that run.
 */
export function startWebhooks(context: DeliveryContext, queues: Queues): AsyncDisposable {
  const complain = complainer(context.log, 'webhooks have trouble; nothing is lost, events wait in the database')
  const stack = new AsyncDisposableStack()
  const worker = queues.workOnDeliveries(DELIVERIES_AT_ONCE, async (delivery) => {
    // The queue would keep an error to itself. The delivery comes back by its own: its claim runs out.
    await deliver(context, delivery).catch(complain)
  })
  stack.defer(() => worker.close())
  stack.use(every(OUTBOX_EVERY_MS, () => handOver(context.db, queues), complain))
  return stack
}

async function handOver(db: Database, queues: Queues): Promise<void> {
  const claimed = await claimDeliveries(db, MOST_HANDED_OVER)
  if (claimed.length === 0) return
  try {
    await queues.addDeliveries(claimed)
  } catch (error) {
    await releaseDeliveries(db, claimed)
    throw error
  }
}
