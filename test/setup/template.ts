/** The migrated database that every test copies. */
export const TEMPLATE = 'template_of_tests'
