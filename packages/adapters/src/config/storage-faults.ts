import type { Fault, Variables } from "./rules.ts"

const needed = ["S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const
/** 3 to 63 small letters, digits, dots and hyphens (S3, "Bucket naming rules"). */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u

/** What is wrong between the variables of the object store. */
export const storageFaults = (variables: Variables): ReadonlyArray<Fault> => {
  const isChosen = variables["TRACK_STORAGE_BACKEND"] === "s3"
  const isBegun = needed.some((name) => variables[name] !== undefined)
  const reason = isChosen ? "TRACK_STORAGE_BACKEND=s3" : "the other settings of the object store"
  const bucket = variables["S3_BUCKET"]
  return [
    ...needed
      .filter((name) => (isChosen || isBegun) && variables[name] === undefined)
      .map((variable) => ({ variable, message: `is required with ${reason}` })),
    ...(bucket === undefined || bucketName.test(bucket)
      ? []
      : [{ variable: "S3_BUCKET", message: "must be 3 to 63 small letters, digits, dots and hyphens" }])
  ]
}
