/** Where traces go is OpenTelemetry's own matter: it reads `OTEL_*` by itself. This is what we have to know. */
export interface TracingConfig {
  /** Null: `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` may say it, else we do. */
  readonly serviceName: string | null
}

const TURNS_ON = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_CONFIG_FILE',
]

/** Null: no traces. Nobody is to get them who did not ask for them, so the default address of a collector is not enough. */
export function readTracingConfig(settings: { text(name: string): string | null }): TracingConfig | null {
  const isWanted = TURNS_ON.some((name) => settings.text(name) !== null)
  const isOff = settings.text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true'
  if (!isWanted || isOff || settings.text('OTEL_TRACES_EXPORTER') === 'none') return null
  const isNamed =
    settings.text('OTEL_SERVICE_NAME') !== null ||
    /\bservice\.name=/.test(settings.text('OTEL_RESOURCE_ATTRIBUTES') ?? '')
  return { serviceName: isNamed ? null : 'token-refresh-worker' }
}
