export { RedisClient, redisClient } from "./redis/client.ts"
export { redisRateLimiter } from "./redis/rate-limiter.ts"
