import type { Dispatcher } from 'undici'
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
 * Never throws for what a network or a platform can do. Reads the answer in undici's own callbacks and not from a stream:
 * what lies between the socket and the caller is time in which a killed process loses a token.
 */
export function send(dispatcher: Dispatcher, request: HttpRequest, options: SendOptions): Promise<Sent> {
  const { promise, resolve } = Promise.withResolvers<Sent>()
  const exchange: Exchange = { isSent: false, isLate: false, controller: null }
  const end = (sent: Sent) => {
    clearTimeout(timer)
    // Its connection may serve the next request by the time the deadline comes.
    exchange.controller = null
    resolve(sent)
  }
  const fail = (error: unknown) => end({ kind: exchange.isSent ? 'no_answer' : 'not_sent', code: codeOf(error) })
  const abort = () => {
    exchange.isLate = true
    exchange.controller?.abort(new TimeoutError())
  }
  const timer = setTimeout(() => {
    // After a standstill of the process the timer is due before what arrived meanwhile has been read, and that may be
    // the only token that works: one look at the sockets lies between the timer and the immediate.
    if (exchange.isSent) return void setImmediate(abort)
    abort()
    // undici lets a request wait for its connection beyond its end; what has not left by now never leaves.
    fail(new TimeoutError())
  }, options.deadlineMs)
  try {
    dispatcher.dispatch(optionsOf(request), {
      ...watchFirstByte(exchange, options.mayStillSend),
      ...collectAnswer((answer) => end({ kind: 'answered', answer })),
      onResponseError: (_, error) => fail(error),
    })
  } catch (error) {
    fail(error)
  }
  return promise
}

/** The title of a page and its heading. */
const MOST_PAGE_CHARACTERS = 500

interface Exchange {
  isSent: boolean
  isLate: boolean
  controller: Dispatcher.DispatchController | null
}

class TimeoutError extends Error {
  readonly code = 'TIMEOUT'
}

class TooLateError extends Error {
  readonly code = 'TOO_LATE'
}

/** undici calls `onRequestStart` on the connected socket, directly before it writes. */
function watchFirstByte(exchange: Exchange, mayStillSend: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      // Between the lease and this line the process may have been stopped for minutes.
      if (exchange.isLate || !mayStillSend()) return controller.abort(new TooLateError('too late to send'))
      reach('before_send')
      exchange.isSent = true
      exchange.controller = controller
      reachNext('after_send')
    },
  }
}

function collectAnswer(onAnswer: (answer: Answer) => void): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let status = 0
  let headers: Record<string, string> = {}
  return {
    // Called for each answer before the final one as well, such as 103.
    onResponseStart(_, statusCode, values) {
      status = statusCode
      headers = firstValues(values)
    },
    onResponseData: (_, chunk) => void chunks.push(chunk),
    onResponseEnd() {
      const text = new TextDecoder().decode(Buffer.concat(chunks))
      const json = parseJson(text)
      onAnswer({ status, headers, json, page: json === undefined ? text.slice(0, MOST_PAGE_CHARACTERS) : null })
    },
  }
}

function optionsOf(request: HttpRequest): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = new URL(request.url)
  return {
    ...{ origin, path: `${pathname}${search}`, method: request.method },
    ...{ headers: headersOf(request), body: bodyOf(request) },
  }
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
