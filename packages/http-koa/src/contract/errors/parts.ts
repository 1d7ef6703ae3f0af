/** When to try again, in seconds (RFC 9110 §10.2.3). */
export const retryHeader = (seconds: number) => ({ "Retry-After": String(seconds) })

export const megabytes = (bytes: number) => `${Math.floor(bytes / 1024 / 1024)} MB`
