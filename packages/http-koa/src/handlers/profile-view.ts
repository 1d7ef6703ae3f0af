import type { Profile, SeenProfile, StoredImage } from "@veza/domain/accounts"
import type { ProfileView } from "../contract/profiles.ts"

/** Names the content, so that a cache may keep it for long. */
const imageUrl = (profile: Profile, kind: "avatar" | "banner", image: StoredImage | null): string | null =>
  image === null ? null : `/api/v1/users/${profile.user.id}/${kind}?v=${image.contentHash.slice(0, 16)}`

/** A profile as far as its reader sees it. */
export const profileView = ({ profile, sight }: SeenProfile): ProfileView => {
  const { user } = profile
  const stub = {
    id: user.id,
    username: user.username,
    display_name: user.displayName,
    is_private: profile.isPrivate
  }
  if (sight === "stub") return stub
  const open = {
    ...stub,
    bio: profile.bio,
    avatar_url: imageUrl(profile, "avatar", profile.avatar),
    banner_url: imageUrl(profile, "banner", profile.banner),
    social_links: profile.socialLinks,
    role: user.role,
    created_at: user.createdAt
  }
  if (sight === "public") return open
  return {
    ...open,
    email: user.email,
    birthdate: user.birthdate,
    is_verified: user.isVerified,
    is_active: user.isActive,
    is_banned: user.isBanned,
    promoted_to_creator_at: user.promotedToCreatorAt,
    username_changed_at: profile.usernameChangedAt
  }
}
