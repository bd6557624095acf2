/** What one look found; `todo` says what somebody is to do about it. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly message: string
  readonly todo: string | null
}

export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message, todo: null })

export const warning = (name: string, message: string, todo: string): Check => ({
  name,
  state: 'warning',
  message,
  todo,
})

export const failed = (name: string, message: string, todo: string): Check => ({ name, state: 'failed', message, todo })
