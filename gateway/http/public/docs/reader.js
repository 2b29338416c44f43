/*
 * Shows the interface's own description. The library is served from here too: the page loads nothing from elsewhere, and no
 * script of it stands in the page itself.
 */

/** @type {{ SwaggerUIBundle: (options: Record<string, unknown>) => unknown }} */
const { SwaggerUIBundle } = /** @type {any} */ (window)

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reader',
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  // The badge of an outside validator would send the address of the page there.
  validatorUrl: null,
})
