import { type Dispatcher, request as undiciRequest } from 'undici'
import { reach, reachNext } from '../steps.ts'
import { parseJson } from '../untrusted-json.ts'
import type { Answer, HttpRequest } from './request.ts'

export type Sent =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** Nothing left this machine: the request can be repeated freely. */
  | { readonly kind: 'not_sent'; readonly code: string }
  /** Bytes left, and what came back is no whole answer: nobody knows what the platform did. */
  | { readonly kind: 'no_answer'; readonly code: string }

export interface SendOptions {
  /** For everything from the look-up of the name to the last byte of the answer. */
  readonly deadlineMs: number
  /** Asked in the last moment before the first byte leaves. */
  readonly mayStillSend: () => boolean
}

/**
 * Sends one request once: no retry, no redirect, no abort other than by the total deadline.
 *
 * Never throws for what a network or a platform can do.
 */
export async function send(dispatcher: Dispatcher, request: HttpRequest, options: SendOptions): Promise<Sent> {
  const deadline = new AbortController()
  const progress: Progress = { isSent: false, mayStillSend: () => !deadline.signal.aborted && options.mayStillSend() }
  const { promise: waitedInVain, resolve: giveUp } = Promise.withResolvers<Sent>()
  const abort = () => deadline.abort(new TimeoutError())
  const timer = setTimeout(() => {
    // After a standstill of the process the timer is due before what arrived meanwhile has been read, and that may be
    // the only token that works: one look at the sockets lies between the timer and the immediate.
    if (progress.isSent) return void setImmediate(abort)
    abort()
    // undici lets a request wait for its connection beyond the signal; what has not left by now never leaves.
    giveUp({ kind: 'not_sent', code: 'TIMEOUT' })
  }, options.deadlineMs)
  try {
    return await Promise.race([exchange(dispatcher, request, deadline.signal, progress), waitedInVain])
  } finally {
    clearTimeout(timer)
  }
}

/** The title of a page and its heading. */
const MOST_PAGE_CHARACTERS = 500

interface Progress {
  isSent: boolean
  /** Asked in the last moment before the first byte leaves. */
  readonly mayStillSend: () => boolean
}

async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
  progress: Progress,
): Promise<Sent> {
  try {
    const response = await undiciRequest(request.url, {
      dispatcher: dispatcher.compose(watchFirstByte(progress)),
      method: request.method,
      headers: headersOf(request),
      body: bodyOf(request),
      signal,
    })
    const text = await response.body.text()
    const json = parseJson(text)
    const page = json === undefined ? text.slice(0, MOST_PAGE_CHARACTERS) : null
    return {
      kind: 'answered',
      answer: { status: response.statusCode, headers: firstValues(response.headers), json, page },
    }
  } catch (error) {
    return { kind: progress.isSent ? 'no_answer' : 'not_sent', code: codeOf(error) }
  }
}

class TimeoutError extends Error {
  readonly code = 'TIMEOUT'
}

class TooLateError extends Error {
  readonly code = 'TOO_LATE'
}

/** undici calls `onRequestStart` on the connected socket, directly before it writes. */
function watchFirstByte(progress: Progress): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        // Between the lease and this line the process may have been stopped for minutes.
        if (!progress.mayStillSend()) return controller.abort(new TooLateError('too late to send'))
        reach('before_send')
        progress.isSent = true
        reachNext('after_send')
        return handler.onRequestStart?.(controller, context)
      },
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    })
}

function headersOf({ headers, form, json }: HttpRequest): Record<string, string> {
  if (form !== undefined) return { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
  if (json !== undefined) return { ...headers, 'content-type': 'application/json' }
  return { ...headers }
}

function bodyOf({ form, json }: HttpRequest): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString()
  return json === undefined ? null : JSON.stringify(json)
}

function firstValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** A word for the history: never the message, which can hold the address with its query. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'ERROR'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
