import { HttpApi, OpenApi } from "effect/http-api"
import { usernameRule } from "@veza/domain/accounts"
import { Auth, Users } from "./accounts.ts"
import { Guarded } from "./actors.ts"
import { ApiKeys } from "./api-keys.ts"
import { UserAdministration } from "./administration.ts"
import { Audit } from "./audit.ts"
import { Dmca } from "./dmca.ts"
import { Embedding } from "./embedding.ts"
import { EmailChange } from "./email-change.ts"
import { Hls } from "./hls.ts"
import { OwnData } from "./personal-data.ts"
import { Admin, Documents, Health } from "./platform.ts"
import { SecondFactor } from "./second-factor.ts"
import { Legal, Preferences } from "./preferences.ts"
import { Releases } from "./releases.ts"
import { StoreWebhooks } from "./store-webhooks.ts"
import { Submissions } from "./submissions.ts"
import { PaymentWebhooks } from "./payment-webhooks.ts"
import { Profiles } from "./profiles.ts"
import { OAuth } from "./oauth.ts"
import { Royalties } from "./royalties.ts"
import { StreamServer } from "./stream-server.ts"
import { Subscriptions } from "./subscriptions.ts"
import { TokenKeys } from "./token-keys.ts"
import { Plays } from "./plays.ts"
import { TrackEditing } from "./track-editing.ts"
import { TrackImages } from "./track-images.ts"
import { Tracks } from "./tracks.ts"
import { Uploads } from "./uploads.ts"

/** The whole contract: what is not declared here is not served. */
export const Api = HttpApi.make("veza")
  .add(Health)
  .add(Documents)
  .add(Auth.middleware(Guarded))
  .add(OAuth.middleware(Guarded))
  .add(TokenKeys.middleware(Guarded))
  .add(Users.middleware(Guarded))
  .add(ApiKeys.middleware(Guarded))
  .add(SecondFactor.middleware(Guarded))
  .add(EmailChange.middleware(Guarded))
  .add(Profiles.middleware(Guarded))
  .add(Preferences.middleware(Guarded))
  .add(Legal.middleware(Guarded))
  .add(OwnData.middleware(Guarded))
  .add(Tracks.middleware(Guarded))
  .add(TrackEditing.middleware(Guarded))
  .add(StreamServer.middleware(Guarded))
  .add(Dmca.middleware(Guarded))
  .add(Plays.middleware(Guarded))
  .add(Hls.middleware(Guarded))
  .add(TrackImages.middleware(Guarded))
  .add(Embedding.middleware(Guarded))
  .add(Uploads.middleware(Guarded))
  .add(PaymentWebhooks.middleware(Guarded))
  .add(Releases.middleware(Guarded))
  .add(Submissions.middleware(Guarded))
  .add(StoreWebhooks.middleware(Guarded))
  .add(Subscriptions.middleware(Guarded))
  .add(Royalties.middleware(Guarded))
  .add(Admin.middleware(Guarded))
  .add(UserAdministration.middleware(Guarded))
  .add(Audit.middleware(Guarded))
  .annotate(OpenApi.Title, "Veza API")
  .annotate(OpenApi.Version, "1.0.0")
  .annotate(
    OpenApi.Description,
    `The backend of a collaborative, ethical music platform. Every JSON answer is an envelope: \`success\`, \`data\`, \`error\`. Usernames: ${usernameRule}`
  )
