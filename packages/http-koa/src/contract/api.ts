import { HttpApi, OpenApi } from "effect/http-api"
import { Auth, Users } from "./accounts.ts"
import { Guarded } from "./actors.ts"
import { Admin, Documents, Health } from "./platform.ts"
import { Tracks } from "./tracks.ts"

/** The whole contract: what is not declared here is not served. */
export const Api = HttpApi.make("veza")
  .add(Health)
  .add(Documents)
  .add(Auth.middleware(Guarded))
  .add(Users.middleware(Guarded))
  .add(Tracks.middleware(Guarded))
  .add(Admin.middleware(Guarded))
  .annotate(OpenApi.Title, "Veza API")
  .annotate(OpenApi.Version, "1.0.0")
  .annotate(
    OpenApi.Description,
    "The backend of a collaborative, ethical music platform. Every JSON answer is an envelope: `success`, `data`, `error`."
  )
