/** Version of the Graph API that we speak. Meta serves it until 29 July 2028: take a newer one before then. */
export const GRAPH_VERSION = 'v25.0'
