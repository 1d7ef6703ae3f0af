/** The address of a server that the runner started; a test that cannot find its server says so and fails. */
export const given = (name: "REDIS_URL" | "RABBITMQ_URL" | "CLAMAV_ADDRESS" | "TEST_DATABASE_URL"): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run the tests with \`pnpm test\`.`)
  return value
}
