import type {
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
  RouteHandlerMethod,
  RouteShorthandOptions,
} from 'fastify'
import { Problem } from './problem.ts'

type Handler<Route extends RouteGenericInterface> = RouteHandlerMethod<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Route
>

/** Adds an address that can only be read: GET is answered, and every other method is told so. */
export function addReadOnly<Route extends RouteGenericInterface>(
  server: FastifyInstance,
  url: string,
  options: RouteShorthandOptions,
  handler: Handler<Route>,
): void {
  server.get(url, options, handler as RouteHandlerMethod)
  server.route({
    method: server.supportedMethods.filter((method) => method !== 'GET'),
    url,
    schema: { hide: true },
    // Before a body is read, so that nothing is said about the body.
    onRequest: async () => {
      throw new Problem('METHOD_NOT_ALLOWED', 'This can only be read: use GET.')
    },
    handler: async () => {},
  })
}
